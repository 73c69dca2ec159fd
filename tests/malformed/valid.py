"""Valid small files of each kind, to be damaged."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

PROSE = b"It was a bright cold day in April,\nand the clocks were striking 13.\n" * 8
INKML = b"""<?xml version="1.0" encoding="UTF-8"?><ink xmlns="http://www.w3.org/2003/InkML">
<definitions><brush xml:id="b"/></definitions><traceFormat><channel name="X" type="decimal"/>
<channel name="Y" type="decimal"/><channel name="T" type="integer" units="ms"/></traceFormat>
<annotation type="truth">ab</annotation><traceGroup><trace id="t1">10 0 1, 9 14 2, 8 28 3</trace>
<trace type="penDown">1 2 4, 3 4 5</trace></traceGroup></ink>"""
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="9mm" viewBox="0 0 90 40">
<style>.a{stroke:red}</style><title>ab</title><defs><path id="p" d="M0 0h1"/></defs>
<g transform="translate(1,2) scale(2) rotate(30 1 1)"><path class="a" style="fill:none"
d="M1 2L3 4c0 4 4 4 4 0s4-4 4 0q2 4 4 0t4 0a2 3 10 0 1 4 4z"/><polyline points="0,0 1,1 2 0"/>
<line x1="1" y1="2" x2="3px" y2="4"/><circle cx="3" cy="4" r=".5"/>
<rect x="1" y="1" width="3" height="2"/><use href="#p" x="3"/></g></svg>"""
INK = b'{"strokes": [[[0, 1, 0.0], [2, 3.5, 0.01]], [[4, 5, 0.02]]], "text": "ab"}'
TABLE = b'kind,size,text\na,1,"row, row\nyour boat"\nb,2.5,down a stream\na,3,merrily merrily\n'
JSONL = (
    b'{"kind": "a", "size": 1, "text": "row the boat"}\n{"kind": "b", "size": 2, "text": "down"}\n'
)
PAIRS = "ein Haus\ta house\ndrei Häuser\tthree houses\nja\tyes\n".encode()
TOML = b'[network]\nhidden = 12\ncell = "gru"\n[training]\nrate = 0.01\nsteps = 30\nlanes = 4\n'


def drawings() -> dict[str, bytes]:
    """Drawings in all the forms of an .npz."""
    rows = np.array([[1, 2, 0], [3, 0, 1], [0, 5, 0], [1, 1, 1]], np.int16)
    several = np.empty(2, object)
    several[:] = [rows, rows[:2]]
    forms: list[dict[str, Any]] = [
        {"strokes": rows, "lengths": np.array([3, 1])},
        {"train": several, "test": several},
        {"train": np.stack([rows, rows])},
    ]
    return {f"{n}.npz": pack_npz(form) for n, form in enumerate(forms)}


def pack_npz(arrays: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def checkpoint() -> bytes:
    """A checkpoint of no training."""
    from safetensors.numpy import save

    from reverie.trees import digest

    arrays = {"learner.a": np.arange(6.0, dtype=np.float32).reshape(2, 3)}
    course = {"step": 3, "position": [0, 1], "seconds": 1.0, "best": None}
    return save(arrays, {"reverie": json.dumps({"course": course, "digest": digest(arrays)})})


def run_note() -> bytes:
    """What stands in the folder of a run."""
    from dataclasses import asdict

    from reverie.recipes import recipe

    return json.dumps(
        {"recipe": "characters", "config": asdict(recipe("characters").Config()), "from": None}
    ).encode()

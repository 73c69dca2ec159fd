"""The table of tasks: for each, a tiny fixture and a command line for every verb."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from reverie.codecs.ink import Ink
from reverie.codecs.tune import Note, Tune
from reverie.formats import midi
from reverie.formats.ink_files import write_ink
from reverie.tasks.algorithms.options import ALGORITHMS
from reverie.tasks.captions.options import CAPTIONS
from reverie.tasks.chorales.options import CHORALES
from reverie.tasks.handwriting.options import CONDITIONAL, UNCONDITIONAL
from reverie.tasks.labelled_text.options import LABELLED_TEXT
from reverie.tasks.music.options import MUSIC
from reverie.tasks.programs.options import PROGRAMS
from reverie.tasks.spans.options import SPANS
from reverie.tasks.stories.options import STORIES
from reverie.tasks.task import TaskSpec
from reverie.tasks.text.options import TEXT
from reverie.tasks.transcription.options import TRANSCRIPTION
from reverie.tasks.translation.options import TRANSLATION

TRAINING = {
    "steps": 40,
    "lanes": 2,
    "optimiser": "adam",
    "rate": 0.01,
    "schedule": "constant",
    "averaging": 0.0,
    "evaluations": 1,
    "processes": 1,
}
SONG = "row, row, row your boat\n"


class Row(NamedTuple):
    """A task, a recipe of it, options that make it tiny, and what its verbs are given."""

    spec: TaskSpec
    recipe: str
    data: Callable[[Path], Mapping[str, Any]]
    """Writes the fixture into a folder; the options that name it."""
    network: Mapping[str, Any]
    verbs: Mapping[str, list[str]]
    """The arguments of each verb besides the model."""


def _text(folder: Path) -> dict[str, Any]:
    (folder / "song.txt").write_text(SONG * 20)
    return {"data": str(folder / "song.txt"), "length": 8}


def _table(folder: Path) -> dict[str, Any]:
    rows = [{"kind": k, "text": t} for k, t in (("a", "row the boat"), ("b", "down a stream"))]
    (folder / "table.jsonl").write_text("\n".join(map(json.dumps, rows * 10)))
    return {"data": str(folder / "table.jsonl")}


def _ink(folder: Path) -> dict[str, Any]:
    (folder / "ink").mkdir()
    for number, text in enumerate(("ab", "ba", "aba", "bab", "abb", "baa", "aab", "bba")):
        steps = np.random.default_rng(number).normal((8, 0), 25, (24, 2))
        points = np.cumsum(steps, axis=0)
        write_ink(Ink((points[:12], points[12:]), text), folder / "ink" / f"{number}.json")
    return {"data": str(folder / "ink"), "valid_part": 0.25, "test_part": 0.25}


def _pairs(folder: Path) -> dict[str, Any]:
    rows = [f"{a}{b}\t{b}{a}" for a in "abcd" for b in "abcd"]
    (folder / "pairs.tsv").write_text("\n".join(rows * 2) + "\n")
    return {
        "data": str(folder / "pairs.tsv"),
        "unit": "characters",
        "valid_part": 0.25,
        "test_part": 0.1,
    }


def _pictures(folder: Path) -> dict[str, Any]:
    (folder / "pictures").mkdir()
    lines = []
    for n, (name, colour) in enumerate([("red", (220, 20, 20)), ("blue", (20, 20, 220))] * 3):
        pixels = np.full((9, 7, 3), colour, np.uint8) + np.uint8(n)
        Image.fromarray(pixels).save(folder / "pictures" / f"{n}.png")
        lines += [f"{n}.png#0\ta {name} thing", f"{n}.png#1\tall is {name}"]
    (folder / "captions.txt").write_text("\n".join(lines))
    return {
        "data": str(folder / "pictures"),
        "captions": str(folder / "captions.txt"),
        "side": 8,
        "valid_part": 0.17,
        "test_part": 0.17,
    }


def _passages(folder: Path) -> dict[str, Any]:
    articles = []
    for name, animal in (("Ann", "cat"), ("Bob", "dog"), ("Eve", "fox"), ("Tom", "hen")):
        context = f"{name} has a {animal}. It is old."
        asked = (("Who has it?", name), ("What is old?", animal))
        qas = [
            {"question": q, "answers": [{"text": a, "answer_start": context.index(a)}]}
            for q, a in asked
        ]
        articles.append({"title": name, "paragraphs": [{"context": context, "qas": qas}]})
    (folder / "squad.json").write_text(json.dumps({"data": articles}))
    (folder / "story.txt").write_text("Ann has a cat.\nBob has a dog.\n")
    return {
        "data": str(folder / "squad.json"),
        "valid_part": 0.25,
        "test_part": 0.25,
        "least_count": 1,
    }


def _stories(folder: Path) -> dict[str, Any]:
    places = {"Ann": "garden", "Bob": "hall", "Eve": "garden", "Tom": "shed"}
    lines = [
        line
        for one, there in places.items()
        for other, elsewhere in places.items()
        for line in (
            f"1 {one} went to the {there}.",
            f"2 {other} ran to the {elsewhere}.",
            f"3 Where is {one}?\t{there}\t1",
        )
    ]
    (folder / "qa1_places_train.txt").write_text("\n".join(lines) + "\n")
    (folder / "told.txt").write_text("Ann went to the hall.\nBob ran to the shed.\n")
    return {"data": str(folder / "qa1_places_train.txt"), "valid_part": 0.25, "test_part": 0.25}


def _tunes(folder: Path) -> dict[str, Any]:
    (folder / "tunes").mkdir()
    for number in range(6):
        notes = [
            Note(pitch + number % 3, float(n), 1.0, voice=voice)
            for voice, line in enumerate(((64, 65, 67, 65), (60, 57, 59, 60)))
            for n, pitch in enumerate(line)
        ]
        midi.write(Tune(tuple(sorted(notes, key=start_of))), folder / "tunes" / f"{number}.mid")
    return {"data": str(folder / "tunes"), "step": 0.5, "valid_part": 0.17, "test_part": 0.17}


def start_of(note: Note) -> tuple[float, int]:
    return note.start, note.pitch


INK = {"hidden": 4, "layers": 1, "components": 2}
LABELS = ["--label", "kind=a"]
ROWS = [
    Row(
        TEXT,
        "characters",
        _text,
        {"hidden": 4},
        {
            "sample": ["--length", "5"],
            "inspect": ["--text", "row"],
            "evaluate": ["--lanes", "2"],
        },
    ),
    Row(
        LABELLED_TEXT,
        "reviews",
        _table,
        {"hidden": 4},
        {
            "classify": ["row the boat"],
            "sample": ["--length", "5", *LABELS],
            "inspect": ["--text", "row", *LABELS],
            "evaluate": ["--texts", "2"],
        },
    ),
    Row(
        CONDITIONAL,
        "handwriting",
        _ink,
        {**INK, "gaussians": 2, "recurrent_dropout": 0.2, "copies": 2, "distortion": 0.3},
        {
            "write": ["ab", "--seed", "1"],
            "picture": ["window", "ab", "--seed", "1", "-o", "a.svg"],
            "evaluate": ["--rows", "2"],
        },
    ),
    Row(
        UNCONDITIONAL,
        "handwriting_prediction",
        _ink,
        INK,
        {"scribble": ["--points", "9"], "evaluate": ["--rows", "2"]},
    ),
    Row(
        TRANSCRIPTION,
        "reading",
        _ink,
        {"hidden": 4, "layers": 1, "copies": 1, "dropout": 0.0},
        {"read": ["ink/0.json"], "evaluate": []},
    ),
    Row(
        TRANSLATION,
        "translation",
        _pairs,
        {"hidden": 4, "embedding": 3, "dropout": 0.0},
        {"translate": ["ab", "--beam", "2"], "evaluate": ["--beam", "2"]},
    ),
    Row(
        CAPTIONS,
        "captions",
        _pictures,
        {"channels": 2, "halvings": 2, "hidden": 4, "width": 4, "embedding": 3, "dropout": 0.0},
        {"caption": ["pictures/0.png", "--beam", "2"], "evaluate": ["--beam", "2"]},
    ),
    Row(
        MUSIC,
        "rnn_nade",
        _tunes,
        {"hidden": 4, "units": 3, "dropout": 0.0},
        {"compose": ["--bars", "1", "--prime", "tunes/0.mid"], "evaluate": []},
    ),
    Row(
        CHORALES,
        "chorales",
        _tunes,
        {"voices": 2, "hidden": 4, "embedding": 3, "around": 3, "dropout": 0.0},
        {"compose": ["--harmonise", "tunes/0.mid", "--sweeps", "1"], "evaluate": []},
    ),
    Row(
        ALGORITHMS,
        "turing",
        lambda folder: {"width": 2, "largest": 2},
        {"hidden": 4, "places": 4, "place_width": 3},
        {"evaluate": ["1", "3", "--count", "2"], "inspect": []},
    ),
    Row(
        PROGRAMS,
        "memorisation",
        lambda folder: {"length": 2},
        {"hidden": 4, "layers": 1},
        {"execute": ["12"], "evaluate": ["--count", "2", "-o", "heat.png"]},
    ),
    Row(
        SPANS,
        "spans",
        _passages,
        {"hidden": 4, "width": 3, "embedding": 3, "dropout": 0.0},
        {
            "ask": ["--story", "story.txt", "Who has a cat?", "--best", "2"],
            "evaluate": [],
            "inspect": ["--story", "story.txt", "Who has a cat?"],
        },
    ),
    Row(
        STORIES,
        "stories",
        _stories,
        {"width": 6, "hops": 2, "recent": 4},
        {
            "ask": ["Where is Ann?", "--story", "told.txt", "--hops", "page.html"],
            "evaluate": [],
            "inspect": ["--count", "3"],
        },
    ),
]

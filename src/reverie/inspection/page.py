"""A self-contained web page about a model reading a text.

The text is in it as text, so that it can be read and searched without scripts; the data for
colours and tables is packed as small integers.
"""

from __future__ import annotations

import base64
import html
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from reverie.inspection.features import correlate, features, select_units
from reverie.inspection.template import embed_json, fill_template
from reverie.inspection.texts import TextTrace

TEMPLATE = Path(__file__).with_name("page.html")
UNITS = 320
"""The most units on a page: at 10,000 characters they take most of 3 MB."""
LEVELS = 15
"""Shades on either side of the mean of a unit."""
GUESSES = 5
LINE = 1000
"""The most elements in one block of the page, however long a line is."""
ROWS = 1024
"""Elements whose predictions are sorted at once: there may be many symbols."""


def page(read: TextTrace, symbols: Sequence[str], title: str) -> str:
    """The page, in HTML; `symbols` has the name of each value."""
    places, chances = guesses(read.log_probs)
    used, index = np.unique(places, return_inverse=True)
    data = {
        "symbols": [symbols[value] for value in used],
        "lengths": pack(np.array([_utf16(piece) for piece in read.pieces]), "u2"),
        "bits": pack(np.minimum(np.round(100 * read.bits), 65535), "u2"),
        "guesses": pack(index.reshape(places.shape), "u2"),
        "chances": pack(np.round(255 * chances), "u1"),
        "levels": LEVELS,
        **sources(read),
    }
    slots = {
        "title": html.escape(title),
        "summary": read.summary(),
        "text": "".join(f"<div class=line>{escape(block)}</div>" for block in blocks(read.pieces)),
        "data": embed_json(data),
    }
    return fill_template(TEMPLATE, slots)


def sources(read: TextTrace) -> dict[str, Any]:
    """The selected units of each array, and their correlations with features of the text."""
    found = features(read.pieces)
    most = max(1, UNITS // len(read.units))
    return {
        "features": list(found),
        "sources": [
            source(name, activations, found, most) for name, activations in read.units.items()
        ],
    }


def source(
    name: str,
    activations: Float[np.ndarray, "T N"],
    found: Mapping[str, Float[np.ndarray, " T"]],
    most: int,
) -> dict[str, Any]:
    """One array of units for JSON: a value is mean + level * step of its unit."""
    correlations = correlate(activations, dict(found))
    chosen = select_units(correlations, activations, most)
    rows = np.asarray(activations[:, chosen].T, np.float32)
    mean = rows.mean(1)
    step = np.abs(rows - mean[:, None]).max(1) / LEVELS
    levels = np.round((rows - mean[:, None]) / np.maximum(step, 1e-12)[:, None])
    return {
        "name": name,
        "of": activations.shape[1],
        "units": chosen.tolist(),
        "mean": _round(mean, 5),
        "step": _round(step, 7),
        "r": _round(correlations.r[chosen], 3),
        "chance": _round(correlations.chance, 3),
        "data": pack(levels, "i1"),
    }


def guesses(
    log_probs: Float[np.ndarray, "T V"],
) -> tuple[Int[np.ndarray, "T 5"], Float[np.ndarray, "T 5"]]:
    """The most probable next symbols, best first, and their probabilities."""
    parts = [_best(log_probs[at : at + ROWS]) for at in range(0, len(log_probs), ROWS)]
    places, likely = (np.concatenate(part) for part in zip(*parts, strict=True))
    return places, np.exp(likely)


def _best(log_probs: Float[np.ndarray, "T V"]) -> tuple[np.ndarray, np.ndarray]:
    count = min(GUESSES, log_probs.shape[1])
    best = np.argpartition(-log_probs, count - 1, axis=1)[:, :count]
    likely = np.take_along_axis(log_probs, best, 1)
    order = np.argsort(-likely, axis=1, kind="stable")
    return np.take_along_axis(best, order, 1), np.take_along_axis(likely, order, 1)


def blocks(pieces: Sequence[str]) -> Iterator[str]:
    """The text line by line, each with its newline; elements are not cut."""
    block: list[str] = []
    for piece in pieces:
        block.append(piece)
        if piece.endswith("\n") or len(block) == LINE:
            yield "".join(block)
            block = []
    if block:
        yield "".join(block)


def escape(text: str) -> str:
    """Text escaped for HTML, including carriage returns."""
    return html.escape(text, quote=False).replace("\r", "&#13;").replace("\0", "\ufffd")


def pack(numbers: np.ndarray, dtype: str) -> str:
    """Integers, deflated, in base64."""
    return base64.b64encode(zlib.compress(numbers.astype(f"<{dtype}").tobytes(), 6)).decode()


def _utf16(piece: str) -> int:
    """The length of a string in JavaScript."""
    return len(piece.encode("utf-16-le")) // 2


def _round(numbers: np.ndarray, digits: int) -> Any:
    return np.round(numbers.astype(float), digits).tolist()

"""One web page of what a model made of a text: it holds all it needs and asks no network.

The text stands in it as text, so that it can be read and searched without scripts; what is
coloured and counted rides along as small whole numbers, packed.
"""

from __future__ import annotations

import base64
import html
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from reverie.inspection.features import correlate, features, select_units
from reverie.inspection.template import embed_json, fill_template
from reverie.inspection.texts import TextTrace

UNITS = 320
"""On a page, in all: at 10,000 characters they take most of 3 MB."""
LEVELS = 15
"""Shades on either side of a unit's mean."""
GUESSES = 5
LINE = 1000
"""Elements in one block of the page at most, however long a line is."""
ROWS = 1024
"""Elements whose guesses are sorted at once: there may be many symbols."""


def page(read: TextTrace, symbols: Sequence[str], title: str) -> str:
    """The page, in HTML; `symbols` is what people call each value."""
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
        "said": read.summary(),
        "text": "".join(f"<div class=line>{escape(block)}</div>" for block in blocks(read.pieces)),
        "data": embed_json(data),
    }
    return fill_template("page.html", slots)


def sources(read: TextTrace) -> dict[str, Any]:
    """The units that are kept of each array of units, and how they follow the text."""
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
    """One array of units, ready for JSON: a value is its unit's mean + level * step."""
    follows = correlate(activations, dict(found))
    chosen = select_units(follows, activations, most)
    rows = np.asarray(activations[:, chosen].T, np.float32)
    mean = rows.mean(1)
    step = np.abs(rows - mean[:, None]).max(1) / LEVELS
    levels = np.round((rows - mean[:, None]) / np.maximum(step, 1e-12)[:, None])
    return {
        "name": name,
        "of": activations.shape[1],
        "units": chosen.tolist(),
        "mean": _rounded(mean, 5),
        "step": _rounded(step, 7),
        "r": _rounded(follows.r[chosen], 3),
        "chance": _rounded(follows.chance, 3),
        "data": pack(levels, "i1"),
    }


def guesses(
    log_probs: Float[np.ndarray, "T V"],
) -> tuple[Int[np.ndarray, "T 5"], Float[np.ndarray, "T 5"]]:
    """What most likely comes next, the best first, and how likely it is."""
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
    """The text line by line, each with its newline; no element is cut in two."""
    block: list[str] = []
    for piece in pieces:
        block.append(piece)
        if piece.endswith("\n") or len(block) == LINE:
            yield "".join(block)
            block = []
    if block:
        yield "".join(block)


def escape(text: str) -> str:
    """Text that a parser of HTML reads as it is, carriage returns as well."""
    return html.escape(text, quote=False).replace("\r", "&#13;").replace("\0", "\ufffd")


def pack(numbers: np.ndarray, dtype: str) -> str:
    """Whole numbers, deflated, in base64."""
    return base64.b64encode(zlib.compress(numbers.astype(f"<{dtype}").tobytes(), 6)).decode()


def _utf16(piece: str) -> int:
    """How long a script finds it."""
    return len(piece.encode("utf-16-le")) // 2


def _rounded(numbers: np.ndarray, digits: int) -> Any:
    return np.round(numbers.astype(float), digits).tolist()

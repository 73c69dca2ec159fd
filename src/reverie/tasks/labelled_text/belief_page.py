"""A self-contained web page of the posteriors of a classifier, symbol by symbol."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from reverie.codecs.decoding import decode_pieces
from reverie.codecs.text import TextCodec
from reverie.files import replace_file
from reverie.inspection.template import embed_json, fill_template

TEMPLATE = Path(__file__).with_name("belief_page.html")
COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")
"""Okabe and Ito's colours for the colour-blind (2008); the other classes are grey."""
GREY = "#999999"


def write_page(
    path: str | Path,
    codec: TextCodec,
    values: Int[np.ndarray, " T"],
    label: str,
    names: Sequence[str],
    probabilities: Float[np.ndarray, "T+1 K"],
) -> None:
    """Write the page of a text and of the probabilities of the classes `names` of a label.

    Row t + 1 is the posterior after symbol t. Raises InputError where the file cannot be written.
    """
    with replace_file(path) as file:
        file.write(belief_page(decode_pieces(codec.decoder(), values), label, names, probabilities))


def belief_page(
    pieces: Sequence[str],
    label: str,
    names: Sequence[str],
    probabilities: Float[np.ndarray, "T+1 K"],
) -> str:
    """The page, in HTML: each symbol has the colour of the most probable class after it."""
    colours = _colours(probabilities)
    data = {
        "names": list(names),
        "colours": colours,
        # Thousandths: the page of a long text stays small.
        "beliefs": np.round(probabilities * 1000).astype(int).tolist(),
    }
    slots = {
        "label": escape(label),
        "text": "".join(_spans(pieces, names, probabilities)),
        "style": " ".join(f".c{k}{{--c:{colour}}}" for k, colour in enumerate(colours)),
        "data": embed_json(data),
        "last": str(len(pieces)),
    }
    return fill_template(TEMPLATE, slots)


def _spans(
    pieces: Sequence[str], names: Sequence[str], probabilities: Float[np.ndarray, "T+1 K"]
) -> list[str]:
    after = probabilities[1:]
    leaders, chance = after.argmax(1), 1 / after.shape[1]
    spans = []
    for piece, row, k in zip(pieces, after, leaders, strict=True):
        depth = round(10 + 60 * max(0.0, (row[k] - chance) / (1 - chance + 1e-9)))
        title = f"{escape(names[k], quote=True)} {row[k]:.0%}"
        spans.append(f'<i class=c{k} style=--d:{depth}% title="{title}">{escape(piece)}</i>')
    return spans


def _colours(probabilities: Float[np.ndarray, "T+1 K"]) -> list[str]:
    """A colour for each class: one of `COLOURS` for those of the highest mean probability."""
    order = np.argsort(-probabilities.mean(0), kind="stable")
    colours = [GREY] * len(order)
    for k, colour in zip(order, COLOURS, strict=False):
        colours[k] = colour
    return colours

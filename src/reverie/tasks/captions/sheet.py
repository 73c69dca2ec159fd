"""A contact sheet: a self-contained page of pictures, their captions and where each word looked."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.errors import InputError, require
from reverie.files import replace_file
from reverie.inspection.template import embed_json, fill_template
from reverie.tasks.captions.generate import Caption, CaptionTrace, grid_of

TEMPLATE = Path(__file__).with_name("sheet.html")
LONGEST, TINY = 480, 128
"""Pixels of the longer side of a picture on the page: at most, and so few that they are shown."""
DARK = 24
"""The grey of a board around frames and behind the last one."""


class Told(NamedTuple):
    """A picture and what was said of it."""

    name: str
    board: np.ndarray
    """What is shown (H, W, 3): the picture, or the frames of a clip in rows."""
    frames: int
    captions: list[Caption]
    """Best first."""
    reading: CaptionTrace
    """Of the best."""


def board(pixels: np.ndarray) -> np.ndarray:
    """Frames (N, H, W, 3) in rows, as many as there are columns or one less, in the size of the
    page; one frame is a picture."""
    rows, columns = board_shape(len(pixels))
    small = np.stack([_shrink(frame, LONGEST // columns) for frame in pixels])
    edge, empty = int(len(pixels) > 1), rows * columns - len(pixels)
    around = [(0, empty), (edge, edge), (edge, edge), (0, 0)]
    filled = np.pad(small, around, constant_values=DARK)
    height, width = filled.shape[1:3]
    tiles = filled.reshape(rows, columns, height, width, 3).swapaxes(1, 2)
    return tiles.reshape(rows * height, columns * width, 3)


def board_shape(frames: int) -> tuple[int, int]:
    """Rows and columns of a board."""
    columns = math.ceil(math.sqrt(frames))
    return -(-frames // columns), columns


def heat_maps(told: Told) -> Float[np.ndarray, "T h w"]:
    """How much of each place of the board each word read, from 0 to 1 for the one it read most.

    Raises InputError where the model looks at no places, or at some that are in no square.
    """
    alpha = told.reading.alpha
    if alpha is None:
        raise InputError("this model has no attention: there is nothing to show of where it looks")
    high, wide = grid_of(alpha.shape[1] // told.frames)
    rows, columns = board_shape(told.frames)
    heat = alpha / np.maximum(alpha.max(1, keepdims=True), 1e-9)
    frames = heat.reshape(len(alpha), told.frames, high, wide)
    filled = np.pad(frames, [(0, 0), (0, rows * columns - told.frames), (0, 0), (0, 0)])
    tiles = filled.reshape(-1, rows, columns, high, wide).swapaxes(2, 3)
    return np.asarray(tiles.reshape(-1, rows * high, columns * wide))


def write_sheet(path: str | Path, told: Sequence[Told]) -> None:
    """Writes the page. InputError where the file cannot be written."""
    page = contact_sheet(told)
    with replace_file(path) as file:
        file.write(page)


def contact_sheet(told: Sequence[Told]) -> str:
    """The page, in HTML."""
    cards = "".join(_card(number, each) for number, each in enumerate(told))
    return fill_template(TEMPLATE, {"cards": cards, "data": embed_json([_maps(t) for t in told])})


def _maps(told: Told) -> dict[str, object] | None:
    """Where each word looked, in percent of the most; None where that cannot be shown."""
    try:
        heat = heat_maps(told)
    except InputError:
        return None
    maps = np.round(100 * heat).astype(int)
    rows, columns = maps.shape[1:]
    return {
        "rows": rows,
        "columns": columns,
        "smooth": told.frames == 1,
        "maps": maps.reshape(len(maps), -1).tolist(),
    }


def _card(number: int, told: Told) -> str:
    reading = told.reading
    words = "".join(
        f'<i data-t={t} tabindex=0 title="p = {np.exp(log_prob):.3f}">{escape(word)}</i> '
        for t, (word, log_prob) in enumerate(zip(reading.words, reading.log_probs, strict=True))
    )
    others = "".join(_line(each) for each in told.captions[1:])
    return (
        f"<figure data-n={number}><div class=see>{_image(told)}<canvas></canvas></div>"
        f"<figcaption><p>{words}<small>log p {told.captions[0].log_prob:.2f}</small></p>{others}"
        f"<small>{escape(told.name)}</small></figcaption></figure>\n"
    )


def _line(found: Caption) -> str:
    return f"<p>{escape(found.text)} <small>log p {found.log_prob:.2f}</small></p>"


def _shrink(pixels: np.ndarray, most: int) -> np.ndarray:
    """A picture whose longer side has at most so many pixels."""
    scale = most / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    image = require("PIL.Image", "pictures", "pillow")
    size = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
    return np.asarray(image.fromarray(pixels).resize(size, image.Resampling.LANCZOS))


def _image(told: Told) -> str:
    """The board as an element with all of its pixels; few of them are seen as squares."""
    file = io.BytesIO()
    tiny = max(told.board.shape[:2]) <= TINY
    kind, options = ("PNG", {}) if tiny else ("JPEG", {"quality": 85})
    require("PIL.Image", "pictures", "pillow").fromarray(told.board).save(file, kind, **options)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<img{" class=tiny" * tiny} alt="{escape(told.captions[0].text)}" '
        f'src="data:image/{kind.lower()};base64,{data}">'
    )

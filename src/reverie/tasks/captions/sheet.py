"""A contact sheet: a self-contained page of pictures, their captions and where each word looked."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.errors import InputError, require
from reverie.files import replace_file
from reverie.inspection.template import embed_json, fill_template
from reverie.tasks.captions.generate import Caption, Reading, grid_of

TEMPLATE = Path(__file__).with_name("sheet.html")
LONGEST = 480
"""Pixels of the longer side of a picture on the page, at most."""


class Told(NamedTuple):
    """A picture and what was said of it."""

    name: str
    pixels: np.ndarray
    """The frames (N, H, W, 3)."""
    captions: list[Caption]
    """Best first."""
    reading: Reading
    """Of the best."""

    @property
    def frames(self) -> bool:
        """Whether it is frames that were looked at."""
        return len(self.pixels) > 1

    def frame_of(self, word: int) -> np.ndarray:
        """What is shown for a word: the picture, or the frame that it read most."""
        alpha = self.reading.alpha
        if not self.frames or alpha is None or word < 0:
            return np.asarray(self.pixels[0])
        return np.asarray(self.pixels[min(int(alpha[word].argmax()), len(self.pixels) - 1)])


def heat_maps(reading: Reading) -> Float[np.ndarray, "T h w"]:
    """How much of each place was read, in rows, from 0 to 1 for the place that was read most.

    Of a clip the places are frames, one row of them. Raises InputError where the model looks at no
    places.
    """
    if reading.alpha is None:
        raise InputError("this model has no attention: there is nothing to show of where it looks")
    alpha = reading.alpha / np.maximum(reading.alpha.max(1, keepdims=True), 1e-9)
    return np.asarray(alpha.reshape(len(alpha), *_grid(alpha.shape[1])))


def _grid(places: int) -> tuple[int, int]:
    try:
        return grid_of(places)
    except InputError:
        return 1, places


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
    """Where each word looked, in percent of the most; None of a model that does not look."""
    if told.reading.alpha is None:
        return None
    maps = np.round(100 * heat_maps(told.reading)).astype(int)
    rows, columns = maps.shape[1:]
    return {
        "rows": rows,
        "columns": columns,
        "frames": len(told.pixels),
        "maps": maps.reshape(len(maps), -1).tolist(),
    }


def _card(number: int, told: Told) -> str:
    reading = told.reading
    words = "".join(
        f'<i data-t={t} tabindex=0 title="p = {np.exp(log_prob):.3f}">{escape(word)}</i> '
        for t, (word, log_prob) in enumerate(zip(reading.words, reading.log_probs, strict=True))
    )
    others = "".join(_line(each) for each in told.captions[1:])
    strip = _png(np.concatenate([_shrink(frame, len(told.pixels)) for frame in told.pixels], 1))
    return (
        f'<figure data-n={number}><div class=see><img alt="{escape(told.captions[0].text)}" '
        f'src="{strip}"><canvas></canvas></div><figcaption><p>{words}'
        f"<small>log p {told.captions[0].log_prob:.2f}</small></p>{others}"
        f"<small>{escape(told.name)}</small></figcaption></figure>\n"
    )


def _line(found: Caption) -> str:
    return f"<p>{escape(found.text)} <small>log p {found.log_prob:.2f}</small></p>"


def _shrink(pixels: np.ndarray, count: int) -> np.ndarray:
    """A frame in the size of the page: by whole steps, larger where it is tiny."""
    longest = max(pixels.shape[:2])
    most = LONGEST // (1 if count == 1 else 3)
    image = require("PIL.Image", "pictures", "pillow")
    scale = most / longest
    size = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
    how = image.Resampling.NEAREST if scale > 2 else image.Resampling.LANCZOS
    return np.asarray(image.fromarray(pixels).resize(size, how))


def _png(pixels: np.ndarray) -> str:
    """A picture as the address of itself."""
    file = io.BytesIO()
    image = require("PIL.Image", "pictures", "pillow").fromarray(pixels)
    small = len(np.unique(pixels.reshape(-1, 3)[:: max(1, pixels.size // 30000)], axis=0)) < 64
    kind = "PNG" if small else "JPEG"
    image.save(file, kind, **({} if small else {"quality": 85}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"

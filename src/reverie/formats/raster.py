"""Ink as pixels, for still pictures and animations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from reverie.codecs.ink import Ink
from reverie.errors import InputError, require
from reverie.formats.drawing import INK, PAPER, Page, page_of, usual_speed, widths

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

FINER = 3
"""Lines are drawn this many times larger and then reduced, which smooths them."""


class Canvas:
    """A sheet on which the steps of `ink` are drawn one by one, at most `longest` pixels wide
    or high, the pen `pen` pixels wide where that allows it.

    Raises InputError where the extra "pictures" is not installed, and for an ink so much
    longer than its letters are high that these would be smaller than a pixel.
    """

    def __init__(self, ink: Ink, *, pen: float, longest: int, by_speed: bool) -> None:
        image = require("PIL.Image", "pictures", "pillow")
        drawing = require("PIL.ImageDraw", "pictures", "pillow")
        self.page: Page = page_of(ink)
        scale = min(pen / self.page.pen, longest / max(self.page.width, self.page.height))
        width, height = (max(1, round(side * scale)) for side in self.page[2:4])
        if scale * self.page.pen < 0.05:
            raise InputError(
                "the ink is too long for a picture, its letters would be smaller than a pixel: "
                "draw it as .svg, or draw a part of it"
            )
        self._image: Image.Image = image.new("L", (width * FINER, height * FINER), 255)
        self._draw: ImageDraw.ImageDraw = drawing.Draw(self._image)
        corner = np.array([self.page.left, self.page.top])
        self._points = (ink.points[:, :2] - corner) * scale * FINER
        usual = usual_speed(ink)
        self._widths = (
            np.concatenate([widths(s, self.page.pen, usual) for s in ink.strokes])
            if by_speed
            else np.full(len(self._points), self.page.pen)
        ) * (scale * FINER)
        self._begins = np.append(True, ink.ends[:-1])
        self._reached = 0

    def draw_until(self, count: int) -> None:
        """Draw the first `count` points, except those that are drawn already."""
        for index in range(self._reached, count):
            self._blot(index)
            if not self._begins[index]:
                ends = [tuple(self._points[index - 1]), tuple(self._points[index])]
                self._draw.line(ends, 0, max(1, round(self._widths[index])))
        self._reached = max(self._reached, count)

    def picture(self) -> Image.Image:
        """The picture so far, in 256 shades from the colour of ink to that of paper."""
        small = self._image.reduce(FINER)
        small.putpalette([shade for level in range(256) for shade in _mix(level)])
        return small

    def _blot(self, index: int) -> None:
        """Draws a disc: a dot, and the round end and joint of lines."""
        (x, y), radius = self._points[index], max(self._widths[index] / 2, 0.5)
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), 0)


def _mix(level: int) -> Iterator[int]:
    """The colour (red, green, blue) of a level of lightness, 0 to 255."""
    for at in (1, 3, 5):
        dark, light = int(INK[at : at + 2], 16), int(PAPER[at : at + 2], 16)
        yield dark + (light - dark) * level // 255

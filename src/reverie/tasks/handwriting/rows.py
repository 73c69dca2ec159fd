"""Pictures that compare lines of handwriting in rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reverie.codecs.ink import Ink
from reverie.formats.drawing import pen_width
from reverie.inspection.panels import NARROWEST, WIDEST, WORDS, draw_ink, make_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE, ABOVE, BELOW, ASIDE, MARGIN, HEAD = 0.6, 0.22, 0.22, 0.5, 0.35, 0.3
"""In inches: a median line, the space for labels above it, the gaps below and beside it, the
margin, and the space for column titles."""


def rows_picture(
    rows: Sequence[Sequence[Ink]], labels: Sequence[str], heads: Sequence[str] = ()
) -> Figure:
    """Inks in rows, all on one scale, with labels above rows and titles above columns."""
    sizes = np.array([[_size(ink) for ink in row] for row in rows])
    inches = min(LINE / np.median(sizes[..., 1]), WIDEST / sizes[..., 0].max(0).sum())
    widths, heights = inches * sizes[..., 0].max(0), inches * sizes[..., 1].max(1)
    lefts = MARGIN + np.cumsum([0.0, *(widths + ASIDE)])
    tops = MARGIN + HEAD * bool(heads) + np.cumsum([0.0, *(heights + ABOVE + BELOW)])
    figure, axes = _blank(max(NARROWEST, lefts[-1] - ASIDE + MARGIN), tops[-1] - BELOW + MARGIN)
    pen = 72 * inches * float(np.median([pen_width(ink) for row in rows for ink in row]))
    for left, words in zip(lefts, heads, strict=False):
        _write(axes, left, MARGIN, words, weight="bold")
    for row, label, top, height in zip(rows, labels, tops, heights, strict=False):
        _write(axes, lefts[0], top, label)
        for ink, left in zip(row, lefts, strict=False):
            draw_ink(axes, _place(ink, left, top + ABOVE + height / 2, inches), pen)
    return figure


def _size(ink: Ink) -> tuple[float, float]:
    """The width and the height of an ink in page units, at least that of the pen."""
    left, top, right, bottom = ink.bounds
    return max(right - left, pen_width(ink)), max(bottom - top, pen_width(ink))


def _place(ink: Ink, left: float, middle: float, inches: float) -> Ink:
    """The ink scaled to `inches` per page unit, from `left` on, centred at the height `middle`."""
    x, top, _, bottom = ink.bounds
    return ink.move(left - inches * x, middle - inches * (top + bottom) / 2, inches)


def _blank(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure with coordinates in inches from the left and from the top."""
    figure = make_figure(width, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def _write(axes: Axes, x: float, y: float, words: str, weight: str = "normal") -> None:
    """Writes words below and to the right of a point."""
    axes.text(
        x,
        y,
        words,
        fontsize=8,
        color=WORDS,
        verticalalignment="top",
        weight=weight,
        parse_math=False,
    )

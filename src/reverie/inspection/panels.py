"""Parts of pictures: figures, ink, panels over time and colour bars.

They need matplotlib, of the extra "pictures", which is imported when the first figure is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from reverie.codecs.ink import Ink
from reverie.errors import require
from reverie.formats.drawing import INK, PAPER, page_of, pen_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

WORDS = "#5b6478"
SHADES = "#f3f4f8", "#e6e8f0"
"""The shades that connect a stroke to its steps."""
LEFT, RIGHT, TOP, GAP = 0.7, 0.9, 0.5, 0.35
"""The margins of a figure, and the gap between its panels, in inches."""
PLAIN, TICKED = 0.25, 0.55
"""The lower margin of a figure, below a panel without ticks and below one with them."""
WIDEST, NARROWEST, HIGHEST = 11.0, 4.5, 2.0
"""Limits of the width and the height of a line of writing, in inches."""
THINNEST, THICKEST = 0.8, 2.2
"""Limits of the width of the pen, in points."""


class View(NamedTuple):
    """A part of the plane in page units, and its size in the picture, in inches."""

    left: float
    top: float
    width: float
    height: float
    across: float
    high: float

    @classmethod
    def of(cls, left: float, top: float, width: float, height: float) -> View:
        """The view of a rectangle, widened on both sides where it is narrow."""
        high = min(HIGHEST, WIDEST * height / width)
        across = max(NARROWEST, high * width / height)
        wider = across * height / high
        return cls(left - (wider - width) / 2, top, wider, height, across, high)


def make_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches. InputError where the extra "pictures" is not installed."""
    module = require("matplotlib.figure", "pictures")
    figure: Figure = module.Figure((width, height), facecolor=PAPER)
    return figure


def add_panel(figure: Figure, left: float, top: float, across: float, high: float) -> Axes:
    """An empty panel; its position from the left and the top, and its size, are in inches."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, 1 - (top + high) / height, across / width, high / height))
    axes.spines[:].set_visible(False)
    axes.tick_params(labelsize=7, colors=WORDS, length=2)
    return axes


def make_panels(view: View, heights: Sequence[float], bottom: float) -> tuple[Figure, list[Axes]]:
    """A figure with panels below each other, of these heights and as wide as the view."""
    width = LEFT + view.across + RIGHT
    height = TOP + sum(heights) + GAP * (len(heights) - 1) + bottom
    figure = make_figure(width, height)
    made, top = [], height - TOP
    for high in heights:
        box = LEFT / width, (top - high) / height, view.across / width, high / height
        made.append(figure.add_axes(box))
        top -= high + GAP
    return figure, made


def make_panel_over_time(ink: Ink, high: float) -> tuple[Figure, Axes]:
    """A figure with the line, and below it an empty panel for its steps; shades connect each stroke
    to the steps in which it was written."""
    view = View.of(*page_of(ink)[:4])
    figure, (above, below) = make_panels(view, [view.high, high], TICKED)
    show_view(above, view, ink)
    _connect(figure, above, below, ink)
    below.set_xlabel("step", fontsize=8, color=WORDS)
    below.tick_params(labelsize=7, colors=WORDS, length=2)
    below.spines[:].set_visible(False)
    return figure, below


def show_view(axes: Axes, view: View, ink: Ink | None = None) -> None:
    """Sets a panel to a part of the plane, and draws the ink there."""
    if ink is not None:
        draw_ink(axes, ink, 72 * view.high / view.height * pen_width(ink))
    axes.set(xlim=(view.left, view.left + view.width), ylim=(view.top + view.height, view.top))
    axes.axis("off")


def draw_ink(axes: Axes, ink: Ink, pen: float) -> None:
    """Draws the strokes of an ink; the width `pen`, in points, is limited to visible ones."""
    width = min(max(pen, THINNEST), THICKEST)
    for stroke in ink.strokes:
        (line,) = axes.plot(stroke[:, 0], stroke[:, 1], color=INK, linewidth=width)
        line.set(solid_capstyle="round", solid_joinstyle="round")
        if not np.ptp(stroke[:, :2], axis=0).any():
            line.set(marker="o", markersize=1.3 * width, markeredgewidth=0)


def set_title(axes: Axes, words: str) -> None:
    """Sets the title of a panel."""
    axes.set_title(words, loc="left", fontsize=9, color=WORDS, pad=7, parse_math=False)


def add_colour_bar(
    axes: Axes,
    image: AxesImage,
    words: str,
    *,
    ticks: Sequence[float] | np.ndarray | None = None,
    beyond: Literal["neither", "max", "both"] = "neither",
) -> None:
    """Adds a colour bar to the right of a panel; `beyond` marks ends with values outside it."""
    figure = image.get_figure(root=True)
    assert figure is not None
    box, across = axes.get_position(), figure.get_figwidth()
    beside = figure.add_axes((box.x1 + 0.12 / across, box.y0, 0.1 / across, box.height))
    figure.colorbar(
        image,
        cax=beside,
        extend=beyond,
        extendfrac=0.03,
        ticks=ticks,
        format=None if ticks is None else "%.2g",
    )
    beside.spines[:].set_visible(False)
    beside.tick_params(which="both", labelsize=7, colors=WORDS, length=2)
    beside.set_ylabel(words, fontsize=7, color=WORDS)


def _connect(figure: Figure, above: Axes, below: Axes, ink: Ink) -> None:
    """Draws shades from the extent of each stroke to its steps, between two panels of one width."""
    upper, lower = above.get_position(), below.get_position()
    between = figure.add_axes((lower.x0, lower.y1, lower.width, upper.y0 - lower.y1))
    left, right = above.get_xlim()
    times = np.flatnonzero(ink.ends) / (len(ink.points) - 1)
    for number, (stroke, span) in enumerate(zip(ink.strokes, pairwise([0.0, *times]), strict=True)):
        x = (np.array([stroke[:, 0].min(), stroke[:, 0].max()]) - left) / (right - left)
        between.fill([*x, *reversed(span)], [1, 1, 0, 0], color=SHADES[number % 2], linewidth=0)
    between.set(xlim=(0, 1), ylim=(0, 1))
    between.axis("off")

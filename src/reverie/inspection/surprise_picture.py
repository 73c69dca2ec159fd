"""A picture of surprise along a text, and of loss against the length of context."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reverie.inspection import symbol_axis
from reverie.inspection.context import ContextLosses
from reverie.inspection.panels import (
    LEFT,
    RIGHT,
    TOP,
    WIDEST,
    WORDS,
    add_panel,
    make_figure,
    set_title,
)
from reverie.inspection.surprise import Surprise

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HIGH, BOTTOM = 1.8, 0.5
"""The height of a panel and of the margin below it, in inches."""
LINE, FAINT, GRID = "#1d5fa8", "#9fc3ec", "#eef0f5"
DOTS = 2000
"""The most symbols with a dot for each."""
WINDOW, WINDOWS, POINTS = 32, 256, 1000
"""The running mean: its least window, the windows in a text, and the points of the curve."""


def surprise_picture(
    found: Surprise, labels: Sequence[str], contexts: ContextLosses | None
) -> Figure:
    """Above, the bits of each symbol along the text, or their running mean; below, if given, the
    mean bits against the length of context.

    `labels` are those of all symbols, where they are few; else they may be empty.
    """
    short = bool(labels) and symbol_axis.fits(labels)
    across = symbol_axis.width_of(labels) if short else WIDEST
    below = symbol_axis.depth_of(labels) if short else BOTTOM
    high = TOP + HIGH + below + (contexts is not None) * (TOP + HIGH + BOTTOM)
    figure = make_figure(LEFT + across + RIGHT, high)
    above = _panel(figure, TOP, across)
    if short:
        _bars(above, found, labels)
    else:
        _along(above, found)
    if contexts is not None:
        _by_context(_panel(figure, TOP + HIGH + below + TOP, across), contexts, found)
    return figure


def _panel(figure: Figure, top: float, across: float) -> Axes:
    axes = add_panel(figure, LEFT, top, across, HIGH)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_ylabel("bits", fontsize=8, color=WORDS)
    return axes


def _bars(axes: Axes, found: Surprise, labels: Sequence[str]) -> None:
    axes.bar(found.positions + 0.5, found.bits, 0.8, color=LINE)
    symbol_axis.label_symbols(axes, labels)
    set_title(axes, f"surprise: {found.summary()}")


def _along(axes: Axes, found: Surprise) -> None:
    count = len(found.bits)
    window = max(WINDOW, 2 ** round(math.log2(count / WINDOWS)))
    if count <= DOTS:
        axes.plot(found.positions, found.bits, ".", color=FAINT, markersize=3, markeredgewidth=0)
    axes.plot(*found.running(window, POINTS), color=LINE, linewidth=1.2)
    axes.set_xlim(0, found.total)
    symbol_axis.number_symbols(axes, "symbol")
    set_title(axes, f"surprise: {found.summary()}; the mean over {window:,} at a time")


def _by_context(axes: Axes, contexts: ContextLosses, found: Surprise) -> None:
    curve = contexts.curve()
    count, longest = contexts.bits.shape
    low, high = curve.bits - curve.errors, curve.bits + curve.errors
    axes.fill_between(curve.contexts, low, high, color=FAINT, alpha=0.5, linewidth=0)
    axes.plot(curve.contexts, curve.bits, ".-", color=LINE, linewidth=1.2, markersize=4)
    _mark(axes, found.bits.mean(), "all\ncontext")
    axes.set_xscale("symlog", linthresh=1, linscale=0.3)
    ticks = [0, *(scale * 10**n for n in range(4) for scale in (1, 2, 5))]
    axes.set_xticks([n for n in ticks if n < longest])
    axes.set_xlim(0, curve.contexts[-1])
    symbol_axis.number_symbols(axes, "symbols of context")
    set_title(axes, f"loss against the length of context; {count} windows, two standard errors")


def _mark(axes: Axes, height: float, words: str) -> None:
    """A horizontal line with its name on the right."""
    axes.axhline(height, color=WORDS, linewidth=0.8, linestyle=(0, (4, 2)))
    beside = axes.get_yaxis_transform()
    axes.text(1.01, height, words, transform=beside, va="center", fontsize=7, color=WORDS)

"""The symbols of a text as labels of the x axis, where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reverie.inspection.panels import NARROWEST, WIDEST, WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL = 0.1
"""The usual width of a symbol, in inches."""
UPRIGHT, ROTATED = 0.072, 0.12
"""The least width of a symbol with an upright letter as its label, and with a rotated label."""
MOST = int(WIDEST / UPRIGHT)
"""The most symbols whose labels may fit."""
LETTER = 0.062
"""The width of a letter of a rotated label."""


def fits(labels: Sequence[str]) -> bool:
    """Whether the labels fit on one line."""
    return len(labels) * (ROTATED if _rotated(labels) else UPRIGHT) <= WIDEST


def width_of(labels: Sequence[str]) -> float:
    """The width of a panel over the symbols, in inches."""
    cell = 1.5 * ROTATED if _rotated(labels) else CELL
    return min(WIDEST, max(NARROWEST, cell * len(labels)))


def depth_of(labels: Sequence[str]) -> float:
    """The margin below such a panel for labels or positions, in inches."""
    if not fits(labels):
        return 0.5
    return 0.25 + (LETTER * max(map(len, labels)) if _rotated(labels) else 0.1)


def label_symbols(axes: Axes, labels: Sequence[str]) -> None:
    """Labels the interval from t to t + 1 with symbol t, or the axis with positions if these do not
    fit."""
    axes.set_xlim(0, len(labels))
    if not fits(labels):
        number_symbols(axes, "symbol")
        return
    turn = 90 if _rotated(labels) else 0
    middles = [t + 0.5 for t in range(len(labels))]
    axes.set_xticks(middles, labels, rotation=turn, family="monospace", parse_math=False)
    axes.tick_params(axis="x", length=0, pad=2)


def number_symbols(axes: Axes, what: str) -> None:
    """Labels the axis with numbers, and with what they count."""
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(what, fontsize=8, color=WORDS)


def _rotated(labels: Sequence[str]) -> bool:
    return max(map(len, labels)) > 1

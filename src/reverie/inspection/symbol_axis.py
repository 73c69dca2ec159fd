"""The symbols of a text along the lower axis of a picture, where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reverie.inspection.panels import NARROWEST, WIDEST, WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL = 0.1
"""The usual width of a symbol, in inches."""
UPRIGHT, TURNED = 0.072, 0.12
"""The least width of one whose label is a letter, and of one whose label stands on end."""
MOST = int(WIDEST / UPRIGHT)
"""Symbols whose labels may fit."""
LETTER = 0.062
"""The width of a letter of such a label."""


def fits(labels: Sequence[str]) -> bool:
    """Can the labels be read on one line?"""
    return len(labels) * (TURNED if _turned(labels) else UPRIGHT) <= WIDEST


def width_of(labels: Sequence[str]) -> float:
    """The width of a panel over the symbols, in inches."""
    cell = 1.5 * TURNED if _turned(labels) else CELL
    return min(WIDEST, max(NARROWEST, cell * len(labels)))


def depth_of(labels: Sequence[str]) -> float:
    """What lies below such a panel, in inches: the labels, or else positions and what they are."""
    if not fits(labels):
        return 0.5
    return 0.25 + (LETTER * max(map(len, labels)) if _turned(labels) else 0.1)


def label_symbols(axes: Axes, labels: Sequence[str]) -> None:
    """Symbol t is from t to t + 1: its label stands there, or numbers where labels do not fit."""
    axes.set_xlim(0, len(labels))
    if not fits(labels):
        number_symbols(axes, "symbol")
        return
    turn = 90 if _turned(labels) else 0
    middles = [t + 0.5 for t in range(len(labels))]
    axes.set_xticks(middles, labels, rotation=turn, family="monospace", parse_math=False)
    axes.tick_params(axis="x", length=0, pad=2)


def number_symbols(axes: Axes, what: str) -> None:
    """Numbers along the axis, and what they count."""
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(what, fontsize=8, color=WORDS)


def _turned(labels: Sequence[str]) -> bool:
    return max(map(len, labels)) > 1

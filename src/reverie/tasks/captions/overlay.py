"""A picture of where each word of a caption looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reverie.inspection.panels import WORDS, add_panel, make_figure
from reverie.tasks.captions.sheet import TINY, Told, heat_maps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL, THINNEST = 1.6, 0.1
"""The longer side of a panel in inches, and the shorter one at the least."""
GAP, TITLE = 0.12, 0.26
"""The gap between two panels, and the height of a title, in inches."""
ACROSS = 6
"""Panels side by side."""
WORD = 16
"""Letters of a word for which a title has room."""


def attention_picture(told: Told) -> Figure:
    """The picture, and again for each word: the lighter a place, the more the word read it.

    Raises InputError where the model looks at no places, or at some that are in no square.
    """
    maps = [None, *heat_maps(told)]
    titles = ["", *map(_title, told.reading.words, told.reading.log_probs)]
    across, high = _size(told.board)
    columns, rows = min(ACROSS, len(maps)), -(-len(maps) // ACROSS)
    wide = max(across, PANEL) + GAP
    figure = make_figure(columns * wide + GAP, rows * (high + TITLE + GAP))
    for n, (heat, title) in enumerate(zip(maps, titles, strict=True)):
        row, column = divmod(n, ACROSS)
        left = GAP + column * wide + (wide - GAP - across) / 2
        axes = add_panel(figure, left, TITLE + row * (high + TITLE + GAP), across, high)
        _show(axes, told, heat)
        axes.set_title(title, fontsize=8, color=WORDS, pad=3, parse_math=False)
    return figure


def _title(word: str, log_prob: float) -> str:
    """A word and its probability."""
    shown = word if len(word) <= WORD else f"{word[: WORD - 1]}\N{HORIZONTAL ELLIPSIS}"
    return f"{shown} {np.exp(log_prob):.2f}"


def _size(board: np.ndarray) -> tuple[float, float]:
    """Of a panel, across and high: in the ratio of the picture's sides."""
    scale = PANEL / max(board.shape[:2])
    high, across = (max(side * scale, THINNEST) for side in board.shape[:2])
    return across, high


def _show(axes: Axes, told: Told, heat: np.ndarray | None) -> None:
    """A picture, darkened where it was not read."""
    extent = (0, 1, 1, 0)
    tiny, smooth = max(told.board.shape[:2]) <= TINY, told.frames == 1
    axes.imshow(told.board, extent=extent, interpolation="nearest" if tiny else None)
    if heat is not None:
        axes.imshow(
            np.zeros(heat.shape),
            cmap="gray",
            alpha=0.75 * (1 - heat),
            extent=extent,
            interpolation="bicubic" if smooth else "nearest",
        )
    axes.set(xticks=[], yticks=[], aspect="auto")

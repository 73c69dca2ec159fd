"""A picture of where each word of a caption looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reverie.inspection.panels import WORDS, add_panel, make_figure
from reverie.tasks.captions.sheet import Told, heat_maps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL, GAP, TITLE = 1.6, 0.12, 0.32
"""The side of a panel, the gap between two and the height of a title, in inches."""
ACROSS = 6
"""Panels side by side."""


def attention_picture(told: Told) -> Figure:
    """The picture, and again for each word: the lighter a place, the more the word read it.

    Raises InputError where the model looks at no places.
    """
    maps = heat_maps(told.reading)
    titles = [""] + [
        f"{word} {np.exp(log_prob):.2f}"
        for word, log_prob in zip(told.reading.words, told.reading.log_probs, strict=True)
    ]
    rows = -(-len(titles) // ACROSS)
    across = min(ACROSS, len(titles))
    figure = make_figure(across * (PANEL + GAP) + GAP, rows * (PANEL + TITLE) + GAP)
    for n, title in enumerate(titles):
        row, column = divmod(n, ACROSS)
        left, top = GAP + column * (PANEL + GAP), TITLE + row * (PANEL + TITLE)
        axes = add_panel(figure, left, top, PANEL, PANEL)
        _show(axes, told.frame_of(n - 1), None if n == 0 else maps[n - 1], title)
    return figure


def _show(axes: Axes, pixels: np.ndarray, heat: np.ndarray | None, title: str) -> None:
    """A picture, darkened where it was not read."""
    height, width = pixels.shape[:2]
    extent = (0, width, height, 0)
    axes.imshow(pixels, extent=extent, interpolation="nearest" if width < 100 else None)
    if heat is not None:
        axes.imshow(
            np.zeros(heat.shape), cmap="gray", alpha=0.75 * (1 - heat), extent=extent,
            interpolation="bicubic",
        )  # fmt: skip
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("auto" if width == height else "equal", anchor="C")
    axes.set_title(title, fontsize=8, color=WORDS)

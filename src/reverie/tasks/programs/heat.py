"""Heat maps of models of programs: their accuracy by length and nesting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from reverie.formats.drawing import PAPER
from reverie.inspection.heatmap import blue_map
from reverie.inspection.panels import (
    LEFT,
    RIGHT,
    TOP,
    WORDS,
    add_colour_bar,
    add_panel,
    make_figure,
    set_title,
)
from reverie.tasks.programs.accuracy import AccuracyTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = {"characters": "characters, given the true ones", "exact": "whole answers"}
CELL, NARROWEST, BOTTOM = 0.5, 2.6, 0.6
"""The side of a cell, the least width of a panel and the lower margin, in inches."""


def heat_picture(tables: Mapping[str, AccuracyTable]) -> Figure:
    """Two panels for each name, length across and nesting down: the accuracy of characters given
    the true ones before, and that of whole answers in free running."""
    lengths, nestings = next(iter(tables.values())).array("exact").shape
    across, high = max(NARROWEST, CELL * lengths), CELL * nestings
    wide, deep = LEFT + across + RIGHT, TOP + high + BOTTOM
    figure = make_figure(2 * wide, len(tables) * deep)
    for row, (name, table) in enumerate(tables.items()):
        for column, (field, title) in enumerate(PANELS.items()):
            axes = add_panel(figure, LEFT + column * wide, TOP + row * deep, across, high)
            _show(axes, table.array(field).T, f"{name}: {title}" if name else title)
    return figure


def _show(axes: Axes, accuracy: np.ndarray, title: str) -> None:
    """One accuracy as colours, with its numbers in %."""
    nestings, lengths = accuracy.shape
    image = axes.imshow(
        accuracy,
        cmap=blue_map(),
        vmin=0,
        vmax=1,
        aspect="auto",
        extent=(0.5, lengths + 0.5, nestings + 0.5, 0.5),
    )
    for (row, column), value in np.ndenumerate(accuracy):
        axes.text(
            column + 1,
            row + 1,
            f"{100 * value:.0f}",
            ha="center",
            va="center",
            fontsize=7,
            color=PAPER if value > 0.3 else WORDS,
        )
    axes.set_xticks(range(1, lengths + 1))
    axes.set_yticks(range(1, nestings + 1))
    axes.set_xlabel("length", fontsize=8, color=WORDS)
    axes.set_ylabel("nesting", fontsize=8, color=WORDS)
    set_title(axes, title)
    add_colour_bar(axes, image, "right")

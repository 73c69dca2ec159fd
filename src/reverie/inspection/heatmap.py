"""A heatmap of units over time, with similar units side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from reverie.errors import require
from reverie.formats.drawing import PAPER
from reverie.inspection import symbol_axis
from reverie.inspection.ordering import order_by_similarity
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
from reverie.inspection.saving import DOTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 2000
"""The most symbols: a picture cannot show more columns."""
BLUES, ORANGES = ("#123f73", "#1d5fa8", "#6aa6e6"), ("#ef9a4c", "#c96a12", "#7d3c02")
"""The colours of the page, for the colour-blind; from low to high."""
UNIT, LEAST, MOST = 0.14, 1.0, 6.0
"""The height of a unit where there is room, and the limits for all units, in inches."""
NUMBERED = 0.13
"""The least distance of the numbers of units, in inches."""
WITHIN = 0.995
"""The fraction of the numbers within the colour scale."""


def heatmap_picture(
    activations: Float[np.ndarray, "T N"], labels: Sequence[str], name: str
) -> Figure:
    """Units (rows, numbered) over time (columns). Values within 0 and 1, as of gates, go from white
    to dark blue; else negative values are blue and positive ones orange."""
    count = activations.shape[1]
    across, high = symbol_axis.width_of(labels), min(MOST, max(LEAST, UNIT * count))
    figure = make_figure(LEFT + across + RIGHT, TOP + high + symbol_axis.depth_of(labels))
    axes = add_panel(figure, LEFT, TOP, across, high)
    order = order_by_similarity(activations)
    _show(axes, activations[:, order])
    rows = np.linspace(0, count - 1, min(count, int(high / NUMBERED))).astype(int)
    axes.set_yticks(rows + 0.5, [str(unit) for unit in order[rows]])
    axes.tick_params(axis="y", labelsize=6, length=0)
    axes.set_ylabel("unit", fontsize=8, color=WORDS)
    symbol_axis.label_symbols(axes, labels)
    set_title(
        axes,
        f"{name} of {count:,} units while the text is read; similar units are side by side",
    )
    return figure


def blue_map() -> Any:
    """From paper at 0 to dark blue at the most, as gates are shown."""
    colours_of = require("matplotlib.colors", "pictures").LinearSegmentedColormap
    return colours_of.from_list("", [PAPER, *BLUES[::-1]])


def _show(axes: Axes, activations: Float[np.ndarray, "T N"]) -> None:
    """The numbers as colours, with a colour bar."""
    colours_of = require("matplotlib.colors", "pictures").LinearSegmentedColormap
    steps, count = activations.shape
    gated = activations.min() >= 0 and activations.max() <= 1
    most = 1.0 if gated else float(f"{max(np.quantile(np.abs(activations), WITHIN), 1e-6):.2g}")
    image = axes.imshow(
        activations.T,
        cmap=blue_map() if gated else colours_of.from_list("", [*BLUES, PAPER, *ORANGES]),
        vmin=0 if gated else -most,
        vmax=most,
        aspect="auto",
        # Where there is a pixel for each number, interpolation would invent colours.
        interpolation="nearest" if count <= MOST * DOTS else None,
        extent=(0, steps, count, 0),
    )
    beyond = np.abs(activations).max() > most
    add_colour_bar(axes, image, "activation", beyond="both" if beyond else "neither")

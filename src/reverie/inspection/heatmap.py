"""A picture of units over time: which are on where, those that do alike side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

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
"""Symbols at most: a picture cannot show more columns."""
BLUES, ORANGES = ("#123f73", "#1d5fa8", "#6aa6e6"), ("#ef9a4c", "#c96a12", "#7d3c02")
"""Those of the page, which all eyes tell apart; from low to high."""
UNIT, LEAST, MOST = 0.14, 1.0, 6.0
"""The height of a unit where there is room, and of all of them, in inches."""
NUMBERED = 0.13
"""From the number of one unit to that of the next."""
WITHIN = 0.995
"""The part of the numbers that lies within the scale."""


def heatmap_picture(
    activations: Float[np.ndarray, "T N"], labels: Sequence[str], name: str
) -> Figure:
    """Time by unit. Where all is within 0 and 1, as gates are, it goes from white to dark blue;
    else what is below 0 is blue and what is above is orange. Rows bear the numbers of units."""
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
        f"{name} of {count:,} units while the text is read; those that do alike are side by side",
    )
    return figure


def _show(axes: Axes, activations: Float[np.ndarray, "T N"]) -> None:
    """The numbers as colours, and what those mean."""
    from matplotlib.colors import LinearSegmentedColormap

    steps, count = activations.shape
    gated = activations.min() >= 0 and activations.max() <= 1
    most = 1.0 if gated else float(f"{max(np.quantile(np.abs(activations), WITHIN), 1e-6):.2g}")
    colours = [PAPER, *BLUES[::-1]] if gated else [*BLUES, PAPER, *ORANGES]
    image = axes.imshow(
        activations.T,
        cmap=LinearSegmentedColormap.from_list("", colours),
        vmin=0 if gated else -most,
        vmax=most,
        aspect="auto",
        # Where there is a dot for each number, mixed colours would be those of none.
        interpolation="nearest" if count <= MOST * DOTS else None,
        extent=(0, steps, count, 0),
    )
    beyond = np.abs(activations).max() > most
    add_colour_bar(axes, image, "activation", beyond="both" if beyond else "neither")

"""Pictures of the trace of a model of handwriting on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from reverie.codecs.ink import Ink
from reverie.errors import require
from reverie.inspection.panels import (
    PLAIN,
    WORDS,
    View,
    add_colour_bar,
    make_panel_over_time,
    make_panels,
    set_title,
    show_view,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from reverie.tasks.handwriting.density import Grid

COLOURS = "magma"
"""A perceptually uniform colour map, also for the colour-blind."""
DECADES = 4
"""The range of densities in the picture."""
BRIGHT = 0.95, 0.99
"""The quantile of the mass, and of the steps, above which the colour is the brightest."""
TICKS = np.array([0, 0.05, 0.2, 0.5, 1])
"""The ticks of a square-root scale."""


def density_picture(ink: Ink, grid: Grid, density: Float[np.ndarray, "Y X"]) -> Figure:
    """The density of the next point on the page (log scale), and below it the line."""
    left, right, bottom, top = grid.extent
    view = View.of(left, top, right - left, bottom - top)
    figure, (above, below) = make_panels(view, [view.high, view.high], PLAIN)
    most = float(np.quantile(density, BRIGHT[0], weights=density, method="inverted_cdf"))
    least = most / 10**DECADES
    image = above.imshow(
        np.clip(density, least, most),
        norm="log",
        vmin=least,
        vmax=most,
        cmap=COLOURS,
        extent=grid.extent,
        interpolation="bilinear",
    )
    show_view(above, view)
    show_view(below, view, ink)
    set_title(above, "the predicted density of the next point, and the line")
    add_colour_bar(above, image, "points per square unit", beyond="both")
    return figure


def weights_picture(ink: Ink, weights: Float[np.ndarray, "T M"]) -> Figure:
    """The line, and below it the weight of each component of the mixture at each step."""
    count = weights.shape[1]
    figure, panel = make_panel_over_time(ink, max(1.0, 0.12 * count))
    image = _over_time(panel, weights, 1.0)
    panel.set_yticks([1, *range(5, count + 1, 5)])
    panel.set_ylabel("component", fontsize=8, color=WORDS)
    set_title(figure.axes[0], "the weights of the mixture while the line is written")
    add_colour_bar(panel, image, "weight", ticks=TICKS)
    return figure


def window_picture(ink: Ink, text: str, phi: Float[np.ndarray, "T U+1"]) -> Figure:
    """The line, and below it the window over the characters of its text at each step."""
    places = len(text) + 1
    figure, panel = make_panel_over_time(ink, max(1.0, 0.15 * places))
    most = float(f"{max(np.quantile(phi.max(1), BRIGHT[1]), 1e-6):.1g}")
    image = _over_time(panel, phi, most)
    panel.set_yticks(range(1, places + 1), [*text.replace(" ", "\u2423"), "end"], parse_math=False)
    panel.tick_params(axis="y", length=0)
    set_title(figure.axes[0], "the window over the text while the line is written")
    add_colour_bar(panel, image, "phi", ticks=most * TICKS, beyond="max")
    return figure


def _over_time(panel: Axes, values: Float[np.ndarray, "T N"], most: float) -> AxesImage:
    """Numbers at each step, from 0 to `most`, as colours on a square-root scale."""
    norm = require("matplotlib.colors", "pictures").PowerNorm(0.5, 0, most, clip=True)
    steps, count = values.shape
    return panel.imshow(
        values.T,
        norm=norm,
        cmap=COLOURS,
        aspect="auto",
        interpolation="nearest",
        extent=(0, steps, count + 0.5, 0.5),
    )

"""Pictures of what a model of handwriting makes of a line: arrays in, figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from reverie.codecs.ink import Ink
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
"""Even steps to the eye, also to one that tells few hues apart."""
DECADES = 4
"""Of the densities that are told apart."""
BRIGHT = 0.95, 0.99
"""The part of the mass, and of the steps, above which all is of the brightest colour."""
TICKS = np.array([0, 0.05, 0.2, 0.5, 1])
"""On a scale of roots."""


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
    set_title(above, "where the next point was expected, and where it was")
    add_colour_bar(above, image, "points a square unit", beyond="both")
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
    """The line, and below it how much of each character of its text was read at each step."""
    places = len(text) + 1
    figure, panel = make_panel_over_time(ink, max(1.0, 0.15 * places))
    most = float(f"{max(np.quantile(phi.max(1), BRIGHT[1]), 1e-6):.1g}")
    image = _over_time(panel, phi, most)
    panel.set_yticks(range(1, places + 1), [*text.replace(" ", "\u2423"), "end"], parse_math=False)
    panel.tick_params(axis="y", length=0)
    set_title(figure.axes[0], "where the window over the text is while the line is written")
    add_colour_bar(panel, image, "phi", ticks=most * TICKS, beyond="max")
    return figure


def _over_time(panel: Axes, values: Float[np.ndarray, "T N"], most: float) -> AxesImage:
    """Numbers at each step, from 0 to `most`, as colours of their roots."""
    from matplotlib.colors import PowerNorm

    steps, count = values.shape
    return panel.imshow(
        values.T,
        norm=PowerNorm(0.5, 0, most, clip=True),
        cmap=COLOURS,
        aspect="auto",
        interpolation="nearest",
        extent=(0, steps, count + 0.5, 0.5),
    )

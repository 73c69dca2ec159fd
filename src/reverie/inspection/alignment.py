"""A picture of an alignment: the attention of each symbol of a target to those of a source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from reverie.inspection.panels import WORDS, add_colour_bar, make_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELL = 0.24
"""The side of a cell, in inches."""
LETTER = 0.078
"""About the width of a letter of a label, in inches."""
RIGHT, BOTTOM = 0.9, 0.3


def alignment_picture(
    alpha: Float[np.ndarray, "T S"], source: Sequence[str], target: Sequence[str]
) -> Figure:
    """The matrix of weights, black for 1, with the source above and the target on the left."""
    left = 0.3 + LETTER * max(map(len, target))
    top = 0.3 + LETTER * max(map(len, source))
    high, across = (CELL * size for size in alpha.shape)
    width, height = left + across + RIGHT, top + high + BOTTOM
    figure = make_figure(width, height)
    axes = figure.add_axes((left / width, BOTTOM / height, across / width, high / height))
    image = axes.imshow(alpha, cmap="Greys", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(source)), source, rotation=90, parse_math=False)
    axes.set_yticks(range(len(target)), target, parse_math=False)
    axes.tick_params(length=0, labelsize=8, colors=WORDS)
    axes.spines[:].set_color(WORDS)
    add_colour_bar(axes, image, "alpha", ticks=np.array([0, 0.25, 0.5, 0.75, 1]))
    return figure


def symbol_labels(symbols: Sequence[str], values: Sequence[int] | np.ndarray) -> list[str]:
    """The symbols of values, with blanks, tabs and line ends made visible."""
    visible = {"\n": "\u21b5", "<eos>": "\u21b5", " ": "\u2423", "\t": "\u21e5"}
    names = (symbols[value] for value in values)
    return [visible.get(name, name.replace("\u2581", "\u2423")) for name in names]

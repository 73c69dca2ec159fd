"""A picture of gradients through time: models side by side, before and after training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.concepts import Core
from reverie.errors import require
from reverie.inspection.gradients import Influence
from reverie.inspection.panels import WORDS, add_panel, make_figure, set_title
from reverie.inspection.spectra import Spectrum, recurrent_spectra, step_spectra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

COLOURS = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
"""Okabe and Ito's colours for the colour-blind, one for each model."""
MARKS = "o^sDvP"
"""The markers of the blocks of a recurrent matrix."""
FAINT = "#b9bfcc"
SQUARE, HIGH, LEFT, RIGHT, TOP, GAP, BOTTOM = 2.5, 2.4, 0.75, 0.25, 0.55, 0.85, 0.55
"""The side of a panel of eigenvalues, the height of the curves, margins and gaps, in inches."""
FEWEST = 2
"""The least number of columns."""
LEAST, LOWEST = 1e-30, 1e-10
"""The least norm in a mean, and the lowest that is drawn."""
QUARTILES = 0.25, 0.75


class GradientFlow(NamedTuple):
    """The gradients of a model, before or after training."""

    spectra: Mapping[str, Spectrum]
    """The eigenvalues of each block of the recurrent matrices."""
    influence: Influence

    @classmethod
    def of(cls, core: Core, influence: Influence) -> GradientFlow:
        """The measures of a core."""
        return cls(recurrent_spectra(core), influence)


class BeforeAfter(NamedTuple):
    """The gradients of a model before and after training."""

    name: str
    before: GradientFlow
    after: GradientFlow

    def times(self) -> Iterator[tuple[str, GradientFlow]]:
        """Both, with their names."""
        yield "before", self.before
        yield "after", self.after


def gradients_picture(models: Sequence[BeforeAfter]) -> Figure:
    """Above, the influence of a state and of an input k steps later: geometric means over windows,
    dashed before training, solid after it with the quartiles. Below, the eigenvalues of the
    recurrent matrix of each model and of the Jacobian of one step, grey before training, in
    colour after it."""
    columns = max(FEWEST, len(models))
    width = LEFT + columns * SQUARE + (columns - 1) * GAP + RIGHT
    height = TOP + HIGH + 2 * (GAP + SQUARE) + BOTTOM
    figure = make_figure(width, height)

    half = (width - LEFT - RIGHT - GAP) / 2
    states, inputs = (_panel(figure, LEFT + n * (half + GAP), TOP, half, HIGH) for n in (0, 1))
    _curves(states, [(m.before.influence.state, m.after.influence.state) for m in models])
    _curves(inputs, [(m.before.influence.input, m.after.influence.input) for m in models])
    set_title(states, "influence of a state k steps later: |ds(t) / ds(t-k)|")
    set_title(inputs, "influence of an input on the loss k steps later: |dL(t) / dx(t-k)|")
    _names(states, models)
    for column, (model, colour) in enumerate(zip(models, COLOURS, strict=False)):
        left, top = LEFT + column * (SQUARE + GAP), TOP + HIGH + GAP
        upper, lower = (
            _panel(figure, left, top + n * (SQUARE + GAP), SQUARE, SQUARE) for n in (0, 1)
        )
        _matrices(upper, model, colour)
        _steps(lower, model, colour)
        set_title(upper, f"{model.name}: eigenvalues of R")
        set_title(lower, f"{model.name}: eigenvalues of ds(t) / ds(t-1)")
    return figure


def middle(norms: Float[np.ndarray, "W K"]) -> Float[np.ndarray, " K"]:
    """The geometric mean over windows."""
    found: np.ndarray = np.exp(np.log(np.maximum(norms, LEAST)).mean(0))
    return found


def _panel(figure: Figure, left: float, top: float, across: float, high: float) -> Axes:
    axes = add_panel(figure, left, top, across, high)
    axes.grid(color="#eef0f5", linewidth=0.8)
    axes.set_axisbelow(True)
    return axes


def _curves(axes: Axes, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    for (before, after), colour in zip(pairs, COLOURS, strict=False):
        steps = np.arange(1, before.shape[1] + 1)
        low, high = np.quantile(np.maximum(after, LEAST), QUARTILES, axis=0)
        axes.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(steps, middle(before), color=colour, linewidth=1, linestyle=(0, (4, 2)))
        axes.plot(steps, middle(after), color=colour, linewidth=1.6)
    axes.set_yscale("log")
    axes.set_ylim(bottom=max(LOWEST, axes.get_ylim()[0]))
    axes.set_xlabel("k", fontsize=8, color=WORDS)
    axes.margins(x=0)


def _names(axes: Axes, models: Sequence[BeforeAfter]) -> None:
    line = require("matplotlib.lines", "pictures").Line2D
    named = [line([], [], color=c, label=m.name) for m, c in zip(models, COLOURS, strict=False)]
    dashed = line([], [], color=WORDS, linewidth=1, linestyle=(0, (4, 2)), label="before")
    solid = line([], [], color=WORDS, linewidth=1.6, label="after training")
    _legend(axes, [*named, dashed, solid], "lower left")


def _matrices(axes: Axes, model: BeforeAfter, colour: str) -> None:
    _circle(axes)
    handles = []
    for mark, (name, after) in zip(MARKS, model.after.spectra.items(), strict=False):
        _dots(axes, model.before.spectra[name], FAINT, mark)
        handles.append(_dots(axes, after, colour, mark, name))
    if not handles:
        axes.text(0, 0, "no square matrix", ha="center", fontsize=8, color=WORDS)
    elif len(handles) > 1:
        _legend(axes, handles, "upper right")


def _steps(axes: Axes, model: BeforeAfter, colour: str) -> None:
    _circle(axes)
    _dots(axes, step_spectra(model.before.influence.jacobians[-1:]).ravel(), FAINT, "o")
    _dots(axes, step_spectra(model.after.influence.jacobians[-1:]).ravel(), colour, "o")


def _circle(axes: Axes) -> None:
    circle = require("matplotlib.patches", "pictures").Circle
    axes.add_patch(circle((0, 0), 1, fill=False, color=WORDS, linewidth=0.6))
    axes.set_aspect("equal", adjustable="datalim")


def _dots(axes: Axes, points: Spectrum, colour: str, mark: str, name: str = "") -> Line2D:
    (line,) = axes.plot(
        points.real,
        points.imag,
        mark,
        color=colour,
        markersize=2.6,
        markerfacecolor="none",
        markeredgewidth=0.6,
        label=name,
    )
    return line


def _legend(
    axes: Axes, handles: Sequence[Line2D], where: Literal["lower left", "upper right"]
) -> None:
    axes.legend(
        handles=handles,
        loc=where,
        fontsize=7,
        labelcolor=WORDS,
        frameon=True,
        framealpha=0.8,
        edgecolor="none",
        handlelength=1.8,
    )

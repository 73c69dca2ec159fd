"""The verb `inspect`: what a model reads, writes and answers, step by step, as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

from reverie.concepts import Enumerable, Example
from reverie.cores.dnc import ComputerState
from reverie.cores.stack_augmented import ActingState
from reverie.cores.states import find_states
from reverie.cores.turing import TuringState
from reverie.inspection.heatmap import blue_map
from reverie.inspection.panels import (
    GAP,
    LEFT,
    RIGHT,
    TICKED,
    TOP,
    WORDS,
    add_panel,
    make_figure,
    set_title,
)
from reverie.inspection.saving import save_figure
from reverie.model import SequenceModel
from reverie.storage import Loaded
from reverie.tasks.algorithms.options import TapeOptions
from reverie.tasks.algorithms.problems import Problem
from reverie.tasks.task import Given, Output, Remark

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS, ROW, LEAST, MOST = 8.0, 0.09, 0.6, 3.0
"""The width of a panel, the height of a row of it where there is room, and the limits of all rows,
in inches."""


class Panel(NamedTuple):
    """Numbers over the steps of a problem."""

    title: str
    rows: Float[np.ndarray, "T N"]


def inspect(loaded: Loaded, given: Given) -> Output:
    """Draws a problem, the answer, and the memory if there is one."""
    options = given.group(TapeOptions)
    problem: Problem = loaded.codec
    size = options.size or loaded.config.data.largest
    example = problem.draw(np.random.default_rng(options.seed), size)
    save_figure(picture(list(panels(loaded.model, problem, example))), options.out)
    yield Remark(f"{options.out}: {problem.name} of size {size}, seed {options.seed}")


def panels(model: SequenceModel, problem: Problem, example: Example) -> Iterator[Panel]:
    """What is given and wanted, what is answered, and what is in the states."""
    shown, wanted = problem.show(example)
    yield Panel("given", shown)
    yield Panel("wanted", wanted)
    read = _read(model, example)
    counted: Any = example.weights
    yield Panel("answered: probabilities", _chances(read.distribution) * counted[:, None])
    for tape in find_states(TuringState, read.states):
        yield from _heads(tape.write_weights, tape.read_weights)
    for computer in find_states(ComputerState, read.states):
        yield from _heads(computer.write_weights[:, None], computer.read_weights)
    for acting in find_states(ActingState, read.states):
        for n, memory in enumerate(np.moveaxis(np.asarray(acting.memory), 1, 0), 1):
            # Places that are empty hold -1.
            yield Panel(f"memory {n}: what is in its places", 1 + memory[..., 0])
            yield Panel(f"memory {n}: what is done to it", np.asarray(acting.actions)[:, n - 1])


def _heads(writes: Any, reads: Any) -> Iterator[Panel]:
    """Where heads look: two times (T, heads, places)."""
    for title, weights in (("writes", writes), ("reads", reads)):
        for head in np.moveaxis(np.asarray(weights), 1, 0):
            yield Panel(f"where a head {title}: places of the memory", head)


def _chances(distribution: Any) -> Float[np.ndarray, "T N"]:
    """How probable each symbol, or a 1 of each bit is."""
    squash = jax.nn.softmax if isinstance(distribution, Enumerable) else jax.nn.sigmoid
    return np.asarray(squash(distribution.logits))


@eqx.filter_jit
def _read(model: SequenceModel, example: Example) -> Any:
    condition = model.condition(example.source)
    return model.unroll(jax.numpy.asarray(example.values), model.start(condition), condition)


def picture(found: list[Panel]) -> Figure:
    """Panels one below the other, over the same steps."""
    heights = [min(MOST, max(LEAST, ROW * panel.rows.shape[1])) for panel in found]
    figure = make_figure(LEFT + ACROSS + RIGHT, sum(heights) + len(found) * (TOP + GAP) + TICKED)
    shades = blue_map()
    top = TOP
    for panel, high in zip(found, heights, strict=True):
        axes = add_panel(figure, LEFT, top, ACROSS, high)
        axes.imshow(panel.rows.T, aspect="auto", interpolation="nearest", cmap=shades, vmin=0)
        set_title(axes, panel.title)
        top += high + TOP + GAP
    axes.set_xlabel("step", fontsize=8, color=WORDS)
    return figure

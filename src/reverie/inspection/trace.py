"""The trace of a model on a sequence: states, gates, attention and losses as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

from reverie.concepts import Condition, Predictive, State, Value
from reverie.cores.attentive import attention_states
from reverie.formats import npz
from reverie.inspection.watching import gates, plain, watched
from reverie.model import SequenceModel, nll
from reverie.trees import Arrays, named_arrays


class Trace(NamedTuple):
    """The trace of a model on a sequence of T steps, in NumPy arrays.

    Step t reads the element t - 1 and predicts the element t.
    """

    distribution: Predictive
    """(T, ...), of each element given those before it."""
    states: State
    """(T, ...), the state of the core after each step."""
    gates: dict[str, Any]
    """(T, H) for each gate, a NamedTuple per cell, by the path of its state in `states`."""
    attention: list[Float[np.ndarray, "T S"]]
    """The attention to each position of the memory, for each core with attention."""
    losses: Float[np.ndarray, " T"]
    """-log p of each element, in nats."""

    def arrays(self) -> Arrays:
        """Each array by a readable name, such as `states.0.c` and `gates.0.f`."""
        return named_arrays(self._asdict())


def trace(model: SequenceModel, values: Value, condition: Condition = Condition()) -> Trace:
    """The trace of a model on a sequence (T, E...), in one pass.

    For a model with an encoder the condition is `model.condition(source)`. Gates are computed
    and named by the cells themselves; a cell without gates (`Elman`) has none here.
    """
    read = _read(model, values, condition)
    return Trace(*jax.tree.map(np.asarray, read))


@eqx.filter_jit
def _read(model: SequenceModel, values: Value, condition: Condition) -> tuple[Any, ...]:
    model = eqx.tree_at(lambda m: m.core, model, watched(model.core))
    distribution, _, states = model.unroll(values, model.start(condition), condition)
    seen = plain(states)
    attention = [state.alpha for state in attention_states(seen)]
    return distribution, seen, gates(states), attention, nll(distribution, values)


def save_trace(trace: Trace, path: str | Path) -> None:
    """Write a trace to an .npz by name; InputError where it cannot be written."""
    npz.write(trace.arrays(), path)

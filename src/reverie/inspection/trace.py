"""All that happened inside a model while it read a sequence, as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

from reverie.concepts import Condition, Predictive, State, Value
from reverie.cores.attentive import attention_states
from reverie.inspection.saving import save_arrays
from reverie.inspection.watching import gates, plain, watched
from reverie.model import SequenceModel, nll
from reverie.trees import Arrays, named_arrays


class Trace(NamedTuple):
    """A sequence of T steps, and what a model made of it; NumPy arrays throughout.

    Step t has read the element t - 1 and predicts the element t.
    """

    distribution: Predictive
    """(T, ...), of each element given those before."""
    states: State
    """(T, ...), after each step: that of the whole core."""
    gates: dict[str, Any]
    """(T, H) for each gate, a NamedTuple a cell, by the place of the cell's state in `states`."""
    attention: list[Float[np.ndarray, "T S"]]
    """How much of each place of the memory was read, for each core that looks."""
    losses: Float[np.ndarray, " T"]
    """-log p of each element, in nats."""

    def arrays(self) -> Arrays:
        """Each array by a readable name, such as `states.0.c` and `gates.0.f`."""
        return named_arrays(self._asdict())


def trace(model: SequenceModel, values: Value, condition: Condition = Condition()) -> Trace:
    """What a model makes of a sequence (T, E...), by one pass over it.

    For a model with an encoder the condition is `model.condition(source)`. Gates are those
    that the cells themselves name, computed by them; cells without any (`Elman`) have none here.
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
    """Writes a trace to an .npz, an array a name; InputError where it cannot be."""
    save_arrays(trace.arrays(), path)

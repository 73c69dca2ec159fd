"""A source of symbols, read by recurrent layers."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.concepts import Condition, Core, Encoder, Key, Memory, SymbolSequence, zero_masked
from reverie.cores.bidirectional import Bidirectional
from reverie.cores.states import flatten_state
from reverie.layers import Role, parameter, uniform


class Recurrent(Encoder):
    """Symbols, embedded and read by a core or from both ends.

    The memory has the outputs (S, D) as keys and as values; the vector is the final state, in a
    row: behind the last symbol, or of a `Bidirectional` behind the last and before the first.
    With `backwards` the source is read from its end (Sutskever 2014); the memory stays in order.
    """

    core: Core | Bidirectional
    backwards: bool = eqx.field(static=True)
    E: Float[Array, "V X"] = parameter(Role.TABLE)

    def __init__(
        self,
        size: int,
        width: int,
        core: Core | Bidirectional,
        *,
        rng: np.random.Generator,
        backwards: bool = False,
    ):
        """`size` is V and `width` is X."""
        self.E, self.core, self.backwards = uniform(rng, size, width, scale=1.0), core, backwards

    def __call__(self, source: SymbolSequence, *, key: Key | None = None) -> Condition:
        values, mask = source
        xs = zero_masked(mask, self.E[values])
        if self.backwards:
            xs = reverse(xs, mask)
        if isinstance(self.core, Bidirectional):
            ends = self.core.initial_states(key=key)
            outs, final = self.core(xs, states=ends, mask=mask)
        else:
            state = self.core.initial_state(Condition(), key=key)
            outs, final, _ = self.core.unroll(xs, state, Condition(), mask=mask)
        if self.backwards:
            outs = reverse(outs, mask)
        return Condition(vector=flatten_state(final), memory=Memory(outs, outs, mask))


def reverse(xs: Float[Array, "S X"], mask: Bool[Array, " S"]) -> Float[Array, "S X"]:
    """The real rows in the other order, and what is behind them where it was."""
    length = mask.sum()
    memory_size = jnp.arange(xs.shape[0])
    return jnp.take(xs, jnp.where(mask, length - 1 - memory_size, memory_size), axis=0)

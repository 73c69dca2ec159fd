"""Penalties on the states of a hypothesis of a beam search."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from reverie.concepts import Condition, State
from reverie.cores.attentive import attention_states


class CoveragePenalty(eqx.Module):
    """b sum_s log min(1, sum_t alpha_ts), over the positions of the memory (Wu 2016, GNMT).

    Sums below 0.001 count as 0.001. A state without attention has the penalty 0; that of
    several attentions is their sum.
    """

    strength: Float[Array, ""] | float
    """b; 0: no penalty."""

    def __call__(self, state: State, condition: Condition) -> Float[Array, ""]:
        sums = [jnp.log(jnp.clip(each.coverage, 1e-3, 1)) for each in attention_states(state)]
        memory = condition.memory
        if not sums or memory is None:
            return jnp.zeros(())
        return self.strength * jnp.stack(sums).sum(0, where=memory.mask).sum()

"""A core whose output says where it looked."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.concepts import Condition, Core, Key, State, zero_masked
from reverie.cores.attentive import attention_states


class ExposeAttention(Core):
    """out_t = [the core's output; alpha_t], so that an emission can copy what was looked at.

    alpha is that of the outermost and lowest attention. Raises ValueError where nothing in the
    core looks at a memory.
    """

    core: Core

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        return self.core.initial_state(condition, key=key)

    def step(
        self, x: Float[Array, " X"], state: State, condition: Condition
    ) -> tuple[Float[Array, " D+S"], State]:
        out, new = self.core.step(x, state, condition)
        return jnp.concatenate([out, _alpha(new)]), new

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: State,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D+S"], State, State]:
        outs, last, states = self.core.unroll(xs, state, condition, mask=mask)
        return zero_masked(mask, jnp.concatenate([outs, _alpha(states)], -1)), last, states


def _alpha(states: State) -> Float[Array, "... S"]:
    attention = attention_states(states)
    if not attention:
        raise ValueError("nothing can be copied without attention: give the core some")
    return attention[0].alpha

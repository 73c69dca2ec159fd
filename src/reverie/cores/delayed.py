"""A core that is given its latest inputs once more: a tapped delay line."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.concepts import Condition, Core, Key, State, zero_masked


class DelayedState(NamedTuple):
    """The wrapped core's state, and the latest inputs (K, E), the last one first."""

    core: State
    before: Float[Array, "K E"]


class Delayed(Core):
    """The wrapped core's input is [x_t; e_{t-1}; ...; e_{t-K}], e the first E numbers of x.

    What happened a few steps ago need not be kept in the state: where several voices take turns,
    the last chord is there whole. Before the first step there are zeros.
    """

    core: Core
    width: int = eqx.field(static=True)
    """E."""
    taps: int = eqx.field(static=True)
    """K."""

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> DelayedState:
        before = jnp.zeros((self.taps, self.width), jnp.result_type(float))
        return DelayedState(self.core.initial_state(condition, key=key), before)

    def step(
        self, x: Float[Array, " X"], state: DelayedState, condition: Condition
    ) -> tuple[Float[Array, " D"], DelayedState]:
        wide = jnp.concatenate([x, state.before.reshape(-1)])
        out, core = self.core.step(wide, state.core, condition)
        before = jnp.concatenate([x[None, : self.width], state.before[:-1]])
        return out, DelayedState(core, before)

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: DelayedState,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], State, State]:
        xs = zero_masked(mask, xs)
        steps, K = len(xs), self.taps
        line = jnp.concatenate([state.before[::-1], xs[:, : self.width]])
        delayed = [line[K - k : K - k + steps] for k in range(1, K + 1)]
        wide = jnp.concatenate([xs, *delayed], -1)
        outs, last, states = self.core.unroll(wide, state.core, condition, mask=mask)
        # Where a step is not real, the line is that of the last real one.
        real = steps if mask is None else mask.sum()
        places = jnp.minimum(jnp.arange(steps), real - 1)
        before = line[K + places[:, None] - jnp.arange(K)]
        end = line[K + real - 1 - jnp.arange(K)]
        return outs, DelayedState(last, end), DelayedState(states, before)

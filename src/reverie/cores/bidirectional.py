"""Two cores that read a whole sequence, one from each end: for encoders."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.concepts import Condition, Core, Key, State, zero_masked
from reverie.cores.stack import split


class Bidirectional(eqx.Module):
    """outs_t = [forward_t; backward_t], each from its own initial state (Schuster 1997).

    It needs the whole sequence, so it is no `Core`: it cannot step. Where the mask is
    False the state stands still, so the backward core begins at the last real element.
    """

    forward: Core
    backward: Core

    def initial_states(
        self, condition: Condition = Condition(), *, key: Key | None = None
    ) -> tuple[State, State]:
        """The states at both ends; without a key nothing in them is random."""
        ahead, behind = split(key, 2)
        return (
            self.forward.initial_state(condition, key=ahead),
            self.backward.initial_state(condition, key=behind),
        )

    def __call__(
        self,
        xs: Float[Array, "T X"],
        condition: Condition = Condition(),
        *,
        states: tuple[State, State] | None = None,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], tuple[State, State]]:
        """The outputs (T, D) and the two final states: after the last and the first element.

        `states` stand before the first and behind the last one: those of `initial_states`.
        """
        ahead, behind = states or self.initial_states(condition)
        there, last, _ = self.forward.unroll(xs, ahead, condition, mask=mask)
        back, first, _ = self.backward.unroll(
            xs[::-1], behind, condition, mask=None if mask is None else mask[::-1]
        )
        outs = jnp.concatenate([there, back[::-1]], -1)
        return zero_masked(mask, outs), (last, first)

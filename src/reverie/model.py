"""A sequence model: feedback, core, emission, and an encoder where there is a source."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.concepts import (
    PER_STEP,
    Carry,
    Condition,
    Core,
    Emission,
    Encoder,
    Feedback,
    Key,
    Predictive,
    Samplable,
    State,
    Unrolled,
    Value,
    zero_masked,
)
from reverie.layers import mark_raw_input, roles_of_parts


class SequenceModel(eqx.Module):
    """The distribution of a sequence, element by element: p(y) = prod_t p(y_t | y_<t, condition).

    x_t = feedback(y_{t-1});   out_t, s_t = core(x_t, s_{t-1});   p_t = emission(out_t)
    """

    feedback: Feedback
    core: Core
    emission: Emission
    encoder: Encoder | None = None

    def condition(self, source: Any = None, *, key: Key | None = None) -> Condition:
        """What every step is told: what the encoder makes of a source, or the condition given.

        Raises ValueError where there is a source and no encoder to read it.
        """
        if self.encoder is not None:
            return self.encoder(source, key=key)
        if source is None:
            return Condition()
        if not isinstance(source, Condition):
            raise ValueError("this model has no encoder: hand it a Condition, not a source")
        return source

    def roles(self) -> SequenceModel:
        """The roles of its parameters: raw data meet a table in the core that reads them."""
        found: SequenceModel = roles_of_parts(self)
        return mark_raw_input(found, lambda m: m.core.entrance()) if self.feedback.raw else found

    def prepare(self, condition: Condition) -> SequenceModel:
        """The same model for this condition alone: what loops that go step by step take."""
        return eqx.tree_at(lambda model: model.core, self, self.core.prepare(condition))

    def start(self, condition: Condition = Condition(), *, key: Key | None = None) -> Carry:
        """The carry before the first element; a key makes the state noisy, as for training."""
        state = self.core.initial_state(condition, key=key)
        return Carry(state, self.feedback.blank(), jax.device_put(np.array(True)))

    def step(self, carry: Carry, condition: Condition = Condition()) -> tuple[Samplable, State]:
        """The distribution of the next element, and the state that predicted it."""
        x = self.feedback(carry.previous, carry.is_first, condition)
        out, state = self.core.step(x, carry.state, condition)
        return self.emission(out, condition), state

    def unroll(
        self,
        values: Value,
        carry: Carry | None = None,
        condition: Condition = Condition(),
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> Unrolled:
        """Reads a given sequence (T, E...): the distribution of each element given those before.

        The shift by one is here and nowhere else. `mask` is True for a run of real
        elements, then False; behind it the distributions mean nothing and the carry waits.
        """
        carry = self.start(condition) if carry is None else carry
        blank = self.feedback.blank()
        values = jax.tree.map(lambda v, b: _behind(mask, v, b), values, blank)
        steps = jax.tree.map(lambda rows: zero_masked(mask, rows), condition.steps)
        condition = condition._replace(steps=steps)
        previous = jax.tree.map(_shifted, carry.previous, values)
        length = jax.tree.leaves(values)[0].shape[0]
        is_first = carry.is_first & (jnp.arange(length) == 0)
        xs = jax.vmap(self.feedback, (0, 0, PER_STEP))(previous, is_first, condition)
        outs, state, states = self.core.unroll(xs, carry.state, condition, mask=mask)
        distribution = jax.vmap(self.emission, (0, PER_STEP))(outs, condition)
        return Unrolled(distribution, _after(state, carry, values, mask), states)


def _behind(mask: Bool[Array, " T"] | None, values: Array, blank: Array) -> Array:
    """The values, with blanks behind the mask."""
    values = jnp.asarray(values)
    if mask is None:
        return values
    return jnp.where(mask.reshape(-1, *[1] * (values.ndim - 1)), values, blank)


def _shifted(previous: Array, values: Array) -> Array:
    """y_{t-1} for every t: (E...) and (T, E...) to (T, E...)."""
    return jnp.concatenate([jnp.asarray(previous, values.dtype)[None], values])[:-1]


def _after(state: State, carry: Carry, values: Value, mask: Bool[Array, " T"] | None) -> Carry:
    """The carry behind the last real element."""
    real = jax.tree.leaves(values)[0].shape[0] if mask is None else mask.sum()
    last = jax.tree.map(
        lambda v, p: jnp.concatenate([jnp.asarray(p, v.dtype)[None], v])[real],
        values,
        carry.previous,
    )
    return Carry(state, last, carry.is_first & (real == 0))


def nll(
    distribution: Samplable, values: Value, mask: Bool[Array, " T"] | None = None
) -> Float[Array, " T"]:
    """-log p of each element in nats (T,); exactly 0 behind the mask.

    Raises TypeError for a distribution that has no density.
    """
    if not isinstance(distribution, Predictive):
        raise TypeError(f"{type(distribution).__name__} has no density: it can only be sampled")
    if mask is None:
        return -distribution.log_prob(values)
    values = jax.tree.map(lambda v: _behind(mask, v, jnp.zeros_like(v[0])), values)
    return jnp.where(mask, -distribution.log_prob(values), 0.0)

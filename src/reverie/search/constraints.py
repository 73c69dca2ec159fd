"""Constraints on the continuations of a hypothesis of a beam search."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from reverie.search.beam import Constraint


class MinLength(eqx.Module):
    """A minimum length: the ending `symbol` is forbidden before position `length`."""

    symbol: Int[Array, ""] | int
    length: Int[Array, ""] | int

    def __call__(
        self, log_probs: Float[Array, " V"], before: Int[Array, " L"], t: Int[Array, ""]
    ) -> Float[Array, " V"]:
        ends = jnp.arange(log_probs.shape[0]) == self.symbol
        return jnp.where(ends & (t + 1 < self.length), -jnp.inf, log_probs)


class Without(eqx.Module):
    """One symbol is never chosen, such as the unknown word; -1 is none."""

    symbol: Int[Array, ""] | int

    def __call__(
        self, log_probs: Float[Array, " V"], before: Int[Array, " L"], t: Int[Array, ""]
    ) -> Float[Array, " V"]:
        return jnp.where(jnp.arange(len(log_probs)) == self.symbol, -jnp.inf, log_probs)


class NoRepeat(eqx.Module):
    """No n-gram occurs twice (Paulus 2017)."""

    n: int = eqx.field(static=True)

    def __call__(
        self, log_probs: Float[Array, " V"], before: Int[Array, " L"], t: Int[Array, ""]
    ) -> Float[Array, " V"]:
        limit, known = before.shape[0], self.n - 1
        last = jax.lax.dynamic_slice(jnp.pad(before, (known, 0)), (t,), (known,))
        starts = jnp.arange(limit)
        # Only complete n-grams before t count, not windows that reach beyond the end.
        windows = jnp.pad(before, (0, known))[starts[:, None] + jnp.arange(known)]
        again = (windows == last).all(1) & (starts + known < t)
        banned = jnp.pad(before, (0, known))[starts + known]
        # A symbol that is not banned is written out of bounds, where it is dropped.
        places = jnp.where(again, banned, log_probs.shape[0])
        return log_probs.at[places].set(-jnp.inf, mode="drop")


class OneSpan(eqx.Module):
    """Two elements are the first and the last of at most `longest` places in a row."""

    longest: Int[Array, ""] | int

    def __call__(
        self, log_probs: Float[Array, " V"], before: Int[Array, " L"], t: Int[Array, ""]
    ) -> Float[Array, " V"]:
        further = jnp.arange(log_probs.shape[0]) - before[0]
        inside = (further >= 0) & (further < self.longest)
        return jnp.where(inside | (t == 0), log_probs, -jnp.inf)


class All(eqx.Module):
    """Several constraints together."""

    constraints: tuple[Constraint, ...]

    def __call__(
        self, log_probs: Float[Array, " V"], before: Int[Array, " L"], t: Int[Array, ""]
    ) -> Float[Array, " V"]:
        for constraint in self.constraints:
            log_probs = constraint(log_probs, before, t)
        return log_probs

"""Stops: when a sequence ends.

A stop is any function (value, state) -> bool; the value is the element just drawn, the
state the one that predicted it.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from reverie.concepts import State, Stop, Value


class Never(eqx.Module):
    """Goes on to the limit."""

    def __call__(self, value: Value, state: State) -> Bool[Array, ""]:
        return jnp.array(False)


class OnSymbol(eqx.Module):
    """Stops with a given symbol, which is the last element."""

    symbol: Int[Array, ""] | int

    def __call__(self, value: Value, state: State) -> Bool[Array, ""]:
        return jnp.asarray(value) == self.symbol


class Either(eqx.Module):
    """Stops as soon as one of several would."""

    stops: tuple[Stop, ...]

    def __call__(self, value: Value, state: State) -> Bool[Array, ""]:
        return jnp.any(jnp.stack([stop(value, state) for stop in self.stops]))

"""Accuracy of frames of notes."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float


class Hits(NamedTuple):
    """Notes that were meant and said, and those that were only one of the two; sums add."""

    both: Float[Array, ""]
    only_one: Float[Array, ""]

    @classmethod
    def of(cls, said: Float[Array, "... N"], true: Float[Array, "... N"]) -> Hits:
        """Of frames of 0 and 1."""
        both = said * true
        return cls(both.sum(), (said + true - 2 * both).sum())

    def accuracy(self) -> Any:
        """hits / (hits + misses + false alarms) (Bay, Ehmann and Downie 2009)."""
        return self.both / jnp.maximum(self.both + self.only_one, 1)

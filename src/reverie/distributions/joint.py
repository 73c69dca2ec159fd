"""Independent parts of one element."""

from __future__ import annotations

from typing import Any

import jax
from jaxtyping import Array, Float

from reverie.concepts import Key, Predictive, Value


class Joint(Predictive):
    """p(y) = prod_k p_k(y_k): the element is a tuple with one value a part."""

    parts: tuple[Any, ...]
    """Each a `Predictive`."""

    def log_prob(self, value: Value) -> Float[Array, "..."]:
        pairs = zip(self.parts, value, strict=True)
        return sum(part.log_prob(v) for part, v in pairs)

    def sample(self, key: Key) -> Value:
        keys = jax.random.split(key, len(self.parts))
        return tuple(part.sample(k) for part, k in zip(self.parts, keys, strict=True))

    def mode(self) -> Value:
        """The mode of each part, which is the mode of all: the parts are independent."""
        return tuple(part.mode() for part in self.parts)

    def sharpen(self, bias: Float[Array, ""] | float) -> Joint:
        return Joint(tuple(part.sharpen(bias) for part in self.parts))

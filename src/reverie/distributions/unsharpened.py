"""A distribution that no bias makes more certain."""

from __future__ import annotations

from jaxtyping import Array, Float

from reverie.concepts import Key, Predictive, Value


class Unsharpened(Predictive):
    """Another distribution, whose `sharpen` is itself.

    So the pen of Graves (2013, eq. 61-62), whose bias makes the place of the next point more
    certain, and leaves the probability of a lift as it is: made more certain too, a pen that
    is likely to stay down would never be lifted.
    """

    distribution: Predictive

    def log_prob(self, value: Value) -> Float[Array, "..."]:
        return self.distribution.log_prob(value)

    def sample(self, key: Key) -> Value:
        return self.distribution.sample(key)

    def mode(self) -> Value:
        return self.distribution.mode()

    def sharpen(self, bias: Float[Array, ""] | float) -> Unsharpened:
        return self

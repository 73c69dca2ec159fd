"""A distribution that also says what reward is expected."""

from __future__ import annotations

from jaxtyping import Array, Float

from reverie.concepts import Enumerable, Key, Value


class WithValue(Enumerable):
    """Another distribution, and the reward (...) that the model expects where it is made.

    The baseline of a policy gradient: known before the element is drawn, it changes the
    variance of the gradient and not its mean.
    """

    distribution: Enumerable
    expected: Float[Array, "..."]

    def log_prob(self, value: Value) -> Float[Array, "..."]:
        return self.distribution.log_prob(value)

    def sample(self, key: Key) -> Value:
        return self.distribution.sample(key)

    def mode(self) -> Value:
        return self.distribution.mode()

    def sharpen(self, bias: Float[Array, ""] | float) -> WithValue:
        sharpen = self.distribution.sharpen(bias)
        assert isinstance(sharpen, Enumerable)
        return WithValue(sharpen, self.expected)

    def log_probs(self) -> Float[Array, "... V"]:
        return self.distribution.log_probs()

    def reweight(self, log_probs: Float[Array, "... V"]) -> WithValue:
        return WithValue(self.distribution.reweight(log_probs), self.expected)

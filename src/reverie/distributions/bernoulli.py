"""Independent bits: pixels, notes, pens."""

from __future__ import annotations

import jax
from jaxtyping import Array, Bool, Float

from reverie.concepts import Key, Predictive


class Bernoulli(Predictive):
    """p(y) = prod_n s(logit_n)^y_n s(-logit_n)^(1 - y_n) over the last axis: logits and y (..., N).

    The element is a vector of N numbers 0 or 1, in the dtype of the logits.
    """

    logits: Float[Array, "... N"]

    def log_prob(self, value: Float[Array, "... N"]) -> Float[Array, "..."]:
        return -(jax.nn.softplus(self.logits) - value * self.logits).sum(-1)

    def sample(self, key: Key) -> Float[Array, "... N"]:
        drawn: Bool[Array, "... N"] = jax.random.bernoulli(key, jax.nn.sigmoid(self.logits))
        return drawn.astype(self.logits.dtype)

    def mode(self) -> Float[Array, "... N"]:
        return (self.logits > 0).astype(self.logits.dtype)

    def sharpen(self, bias: Float[Array, ""] | float) -> Bernoulli:
        return Bernoulli(self.logits * (1 + bias))

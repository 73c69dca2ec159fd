"""One of V symbols."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from reverie.concepts import Enumerable, Key


class Categorical(Enumerable):
    """p(y) = softmax(logits)_y, with logits (..., V) and y an integer (...)."""

    logits: Float[Array, "... V"]

    def log_prob(self, value: Int[Array, "..."]) -> Float[Array, "..."]:
        picked = jnp.take_along_axis(self.logits, value[..., None], -1)[..., 0]
        return picked - jax.nn.logsumexp(self.logits, -1)

    def sample(self, key: Key) -> Int[Array, "..."]:
        # By inversion: one random number and not V of them. What has no probability keeps a sum
        # of 0, which no threshold reaches, whatever rounding does to its neighbours.
        p = jnp.exp(self.logits - self.logits.max(-1, keepdims=True))
        sums = jnp.where(p > 0, _running_sums(p), 0.0)
        u = 1 - jax.random.uniform(key, (*p.shape[:-1], 1), p.dtype)
        reached = sums >= u * sums.max(-1, keepdims=True)
        return jnp.argmax(reached, -1).astype(jnp.int32)

    def mode(self) -> Int[Array, "..."]:
        return jnp.argmax(self.logits, -1).astype(jnp.int32)

    def sharpen(self, bias: Float[Array, ""] | float) -> Categorical:
        return Categorical(self.logits * (1 + bias))

    def log_probs(self) -> Float[Array, "... V"]:
        return jax.nn.log_softmax(self.logits)

    def reweight(self, log_probs: Float[Array, "... V"]) -> Categorical:
        return Categorical(log_probs)


def _running_sums(p: Float[Array, "... V"]) -> Float[Array, "... V"]:
    """p_1, p_1 + p_2, ...: of few numbers one product, of many the six or more passes of XLA."""
    size = p.shape[-1]
    return p @ jnp.triu(jnp.ones((size, size), p.dtype)) if size <= 256 else jnp.cumsum(p, -1)

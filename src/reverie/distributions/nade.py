"""Bits that depend on one another, one after the other: the notes of a chord."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from reverie.concepts import Key, Predictive
from reverie.distributions.bernoulli import Bernoulli
from reverie.distributions.shared import shared


class NADE(Predictive):
    """p(y) = prod_i p(y_i | y_<i), a network for each bit (Larochelle & Murray 2011), in which

        p(y_i = 1 | y_<i) = s(b_i + V_i . h_i)      h_i = s(c + W_{:, <i} y_<i)

    The biases are those of a step; W and V are the same along leading axes (RNN-NADE of
    Boulanger-Lewandowski 2012). The element is a vector of N numbers 0 or 1, as of `Bernoulli`.
    c + W_{:, <i} y_<i is carried from bit to bit, so log p takes N H operations, not N^2 H.
    """

    b: Float[Array, "... N"]
    c: Float[Array, "... H"]
    W: Float[Array, "... H N"]
    V: Float[Array, "... N H"]

    def conditionals(self, value: Float[Array, "... N"]) -> Bernoulli:
        """Each bit given those of the value before it."""
        return Bernoulli(self._walk(lambda logit, bit: bit, value)[0])

    def log_prob(self, value: Float[Array, "... N"]) -> Float[Array, "..."]:
        return self.conditionals(value).log_prob(value)

    def sample(self, key: Key) -> Float[Array, "... N"]:
        # A logit exceeds a logistic number with the probability s(logit).
        return self._above(jax.random.logistic(key, self.b.shape, self.b.dtype))

    def mode(self) -> Float[Array, "... N"]:
        """Each bit the more probable one given those before it; others may be more probable."""
        return self._above(jnp.zeros_like(self.b))

    def sharpen(self, bias: Float[Array, ""] | float) -> NADE:
        return NADE(self.b * (1 + bias), self.c, self.W, self.V * (1 + bias))

    def _above(self, thresholds: Float[Array, "... N"]) -> Float[Array, "... N"]:
        """The bits whose logits, given the bits before them, are above their thresholds."""
        return self._walk(lambda logit, least: (logit > least).astype(logit.dtype), thresholds)[1]

    def _walk(
        self, choose: Callable[[Array, Array], Array], given: Float[Array, "... N"]
    ) -> tuple[Float[Array, "... N"], Float[Array, "... N"]]:
        """Bit by bit: the logit of each, and the bit that is chosen by it and by what is given."""

        # For the gradient a (..., H) of each bit is kept, and not its sigmoid as well.
        @jax.checkpoint
        def step(a: Array, row: Any) -> tuple[Array, tuple[Array, Array]]:
            b, w, u, given = row
            logit = b + jax.nn.sigmoid(a) @ u
            bit = choose(logit, given)
            return a + w * bit[..., None], (logit, bit)

        b, given = (jnp.moveaxis(rows, -1, 0) for rows in (self.b, given))
        rows = b, shared(self.W).T, shared(self.V), given
        logits, bits = jax.lax.scan(step, self.c, rows)[1]
        return jnp.moveaxis(logits, 0, -1), jnp.moveaxis(bits, 0, -1)

"""Emissions: from the core's output to the distribution of the next element."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import uniform
from reverie.concepts import Condition, Emission
from reverie.distributions import Bernoulli, Categorical, Joint


class Symbols(Emission):
    """One of V symbols: softmax(W out + b), W (V, D)."""

    W: Float[Array, "V D"]
    b: Float[Array, " V"]

    def __init__(self, outputs: int, size: int, *, rng: np.random.Generator):
        self.W, self.b = uniform(rng, size, outputs), jnp.zeros(size)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Categorical:
        return Categorical(self.W @ out + self.b)


class Bits(Emission):
    """N independent bits: sigmoid(W out + b), W (N, D)."""

    W: Float[Array, "N D"]
    b: Float[Array, " N"]

    def __init__(self, outputs: int, size: int, *, rng: np.random.Generator):
        self.W, self.b = uniform(rng, size, outputs), jnp.zeros(size)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Bernoulli:
        return Bernoulli(self.W @ out + self.b)


class Parts(Emission):
    """Several emissions side by side: their independent joint."""

    emissions: tuple[Emission, ...]

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Joint:
        return Joint(tuple(emission(out, condition) for emission in self.emissions))

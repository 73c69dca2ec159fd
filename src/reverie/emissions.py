"""Emissions: from the core's output to the distribution of the next element."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import uniform
from reverie.concepts import Condition, Emission
from reverie.distributions import Bernoulli, Categorical, Joint

import jax.numpy as jnp


class Affine(Emission):
    """The shared half of emissions that are one matrix and a distribution: W (P, D), b (P,)."""

    W: Float[Array, "P D"]
    b: Float[Array, " P"]

    def __init__(self, outputs: int, parameters: int, *, rng: np.random.Generator):
        self.W = uniform(rng, parameters, outputs)
        self.b = jnp.zeros(parameters)

    def parameters(self, out: Float[Array, " D"]) -> Float[Array, " P"]:
        """W out + b."""
        return self.W @ out + self.b


class Symbols(Affine):
    """One of V symbols: softmax(W out + b)."""

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Categorical:
        return Categorical(self.parameters(out))


class Bits(Affine):
    """N independent bits: sigmoid(W out + b)."""

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Bernoulli:
        return Bernoulli(self.parameters(out))


class Parts(Emission):
    """Several emissions side by side: their independent joint."""

    emissions: tuple[Emission, ...]

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Joint:
        return Joint(tuple(emission(out, condition) for emission in self.emissions))

"""Emissions: from the core's output to the distribution of the next element."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import uniform
from reverie.concepts import Condition, Emission
from reverie.cores.regularised import clipped_gradient
from reverie.distributions import Bernoulli, BivariateMixture, Categorical, Joint, Steady
from reverie.products import product


class Symbols(Emission):
    """One of V symbols: softmax(W out + b), W (V, D)."""

    W: Float[Array, "V D"]
    b: Float[Array, " V"]

    def __init__(self, outputs: int, size: int, *, rng: np.random.Generator):
        self.W, self.b = uniform(rng, size, outputs), jnp.zeros(size)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Categorical:
        return Categorical(product(self.W, out) + self.b)


class DeepSymbols(Emission):
    """One of V symbols, through a narrow layer: softmax(E tanh(W out + b) + c), E (V, P).

    Bahdanau (2014) and others have a maxout there.
    """

    W: Float[Array, "P D"]
    b: Float[Array, " P"]
    E: Float[Array, "V P"]
    c: Float[Array, " V"]

    def __init__(self, outputs: int, width: int, size: int, *, rng: np.random.Generator):
        """`width` is P and `size` is V."""
        self.W, self.b = uniform(rng, width, outputs), jnp.zeros(width)
        self.E, self.c = uniform(rng, size, width), jnp.zeros(size)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Categorical:
        return Categorical(product(self.E, jnp.tanh(product(self.W, out) + self.b)) + self.c)


class Bits(Emission):
    """N independent bits: sigmoid(W out + b), W (N, D)."""

    W: Float[Array, "N D"]
    b: Float[Array, " N"]

    def __init__(self, outputs: int, size: int, *, rng: np.random.Generator):
        self.W, self.b = uniform(rng, size, outputs), jnp.zeros(size)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Bernoulli:
        return Bernoulli(product(self.W, out) + self.b)


class Pen(Emission):
    """Where the pen goes and whether it is lifted there: 6 M + 1 numbers from W out + b.

    The element is ((2,) offset, (1,) bit). Rows of W stand in the order: the bit, weights, mu,
    log sd, r. Gradients of the 6 M + 1 numbers are clipped to [-limit, limit]; Graves (2013)
    has 100. A bias leaves the bit alone. Departure: the bit's logit has the usual sign, the
    paper's the other.
    """

    W: Float[Array, "6M+1 D"]
    b: Float[Array, " 6M+1"]
    limit: float = eqx.field(static=True)

    def __init__(
        self, outputs: int, components: int, *, rng: np.random.Generator, limit: float = 100.0
    ):
        self.W, self.b = uniform(rng, 6 * components + 1, outputs), jnp.zeros(6 * components + 1)
        self.limit = limit

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Joint:
        numbers = clipped_gradient(self.limit, product(self.W, out) + self.b)
        weights, mu1, mu2, log_sd1, log_sd2, r = jnp.split(numbers[1:], 6)
        mu, log_sd = jnp.stack([mu1, mu2], -1), jnp.stack([log_sd1, log_sd2], -1)
        lifted = Steady(Bernoulli(numbers[:1]))
        return Joint((BivariateMixture(weights, mu, log_sd, r), lifted))


class Parts(Emission):
    """Several emissions side by side: their independent joint."""

    emissions: tuple[Emission, ...]

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Joint:
        return Joint(tuple(emission(out, condition) for emission in self.emissions))

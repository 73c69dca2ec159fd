"""Schedules: the learning rate over the run, and how often scheduled sampling forces.

A rate is a function of the fraction of the budget spent, in [0, 1]; a forcing probability
is a function of the number of updates, as in the paper.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float, Int


@dataclass(frozen=True)
class Constant:
    """The same rate throughout, after a linear warm-up over a fraction of the budget."""

    rate: float
    warmup: float = 0.0

    def __call__(self, progress: Float[Array, ""] | float) -> Float[Array, ""]:
        return self.rate * warm_up(self.warmup, progress)


@dataclass(frozen=True)
class LinearDecay:
    """Warm-up, then a straight line down to `floor` times the rate."""

    rate: float
    warmup: float = 0.02
    floor: float = 0.0

    def __call__(self, progress: Float[Array, ""] | float) -> Float[Array, ""]:
        left = 1 - _after(self.warmup, progress)
        return self.rate * warm_up(self.warmup, progress) * (self.floor + (1 - self.floor) * left)


@dataclass(frozen=True)
class Cosine:
    """Warm-up, then half a cosine down to `floor` times the rate (Loshchilov 2017, no restarts)."""

    rate: float
    warmup: float = 0.02
    floor: float = 0.0

    def __call__(self, progress: Float[Array, ""] | float) -> Float[Array, ""]:
        left = 0.5 + 0.5 * jnp.cos(jnp.pi * _after(self.warmup, progress))
        return self.rate * warm_up(self.warmup, progress) * (self.floor + (1 - self.floor) * left)


@dataclass(frozen=True)
class Plateau:
    """Warm-up, the full rate, then a straight line to 0 over the last fraction `decay`."""

    rate: float
    warmup: float = 0.02
    decay: float = 0.3

    def __call__(self, progress: Float[Array, ""] | float) -> Float[Array, ""]:
        left = jnp.clip((1 - jnp.asarray(progress)) / self.decay, 0, 1)
        return self.rate * warm_up(self.warmup, progress) * left


@dataclass(frozen=True)
class Halving:
    """Half the rate in a fraction `first` of the budget, then the rate, halved `parts` - 1 times.

    Every part is as long as any other: 0.01 in 4 parts is halved every 25 of 100 epochs.
    """

    rate: float
    parts: int
    first: float = 0.0

    def __call__(self, progress: Float[Array, ""] | float) -> Float[Array, ""]:
        # A part begins at its first update, whatever rounding did to the fraction.
        part = jnp.floor(self.parts * _after(self.first, progress) + 1e-4)
        begun = jnp.asarray(progress) >= self.first - 1e-6
        return self.rate * jnp.where(begun, 0.5 ** jnp.minimum(part, self.parts - 1), 0.5)


def warm_up(warmup: float, progress: Float[Array, ""] | float) -> Float[Array, ""]:
    """From 0 to 1 over the first fraction `warmup`."""
    if warmup == 0:
        return jnp.ones_like(jnp.asarray(progress, float))
    return jnp.clip(jnp.asarray(progress) / warmup, 0, 1)


def _after(warmup: float, progress: Float[Array, ""] | float) -> Float[Array, ""]:
    """How much of what follows the warm-up is spent."""
    return jnp.clip((jnp.asarray(progress) - warmup) / (1 - warmup), 0, 1)


@dataclass(frozen=True)
class LinearForcing:
    """e_i = max(floor, k - c i) (Bengio 2015)."""

    k: float = 1.0
    c: float = 1e-4
    floor: float = 0.0

    def __call__(self, update: Float[Array, ""] | int) -> Float[Array, ""]:
        return jnp.maximum(self.floor, self.k - self.c * jnp.asarray(update))


@dataclass(frozen=True)
class ExponentialForcing:
    """e_i = k^i, k < 1 (Bengio 2015)."""

    k: float = 0.9999

    def __call__(self, update: Float[Array, ""] | int) -> Float[Array, ""]:
        return jnp.power(self.k, jnp.asarray(update))


@dataclass(frozen=True)
class InverseSigmoidForcing:
    """e_i = k / (k + exp(i / k)), k >= 1 (Bengio 2015)."""

    k: float = 1000.0

    def __call__(self, update: Float[Array, ""] | int) -> Float[Array, ""]:
        # The same, written so that a large i gives 0 and not a quotient of infinities.
        x = jnp.asarray(update) / self.k - jnp.log(self.k)
        return 1 / (1 + jnp.exp(jnp.minimum(x, 80.0)))


@dataclass(frozen=True)
class NeverForcing:
    """e_i = 0: always from the model, the other end of teacher forcing (Bengio 2015)."""

    def __call__(self, update: Float[Array, ""] | int) -> Float[Array, ""]:
        return jnp.zeros(())


@dataclass(frozen=True)
class Annealed:
    """o_i = 0 for i < begin, then step (1 + floor((i - begin) / every)) (Ranzato 2016).

    How many steps at the end are the model's own. Departure: the paper counts epochs; it has
    a step of 2 after 20 of them and every 5, for translation 3, 25 and 5.
    """

    begin: int
    every: int
    step: int = 2

    def __call__(self, update: Int[Array, ""] | int) -> Int[Array, ""]:
        stages = 1 + (jnp.asarray(update) - self.begin) // self.every
        return self.step * jnp.maximum(stages, 0)

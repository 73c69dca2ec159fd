"""Samplers: how the next element is chosen from its distribution.

A sampler is any function (distribution, step, key) -> value. Teacher forcing, scheduled
sampling, free running, priming and policy gradient are one loop with another sampler.
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Enumerable, Key, Samplable, Sampler, Value


class Sample(eqx.Module):
    """y ~ p, sharpened by a bias b >= 0 or > -1 flattened; temperature is 1 / (1 + b)."""

    bias: Float[Array, ""] | float = 0.0

    @classmethod
    def temperature(cls, temperature: float) -> Sample:
        """Sampling at a temperature > 0. Raises ValueError otherwise."""
        return cls(bias_of(temperature))

    def __call__(self, distribution: Samplable, step: Int[Array, ""], key: Key) -> Value:
        return distribution.sharpen(self.bias).sample(key)


def bias_of(temperature: float) -> float:
    """b = 1 / temperature - 1. Raises ValueError unless the temperature is finite and > 0."""
    if not 0 < temperature < float("inf"):
        raise ValueError(
            f"temperature must be a number above 0, not {temperature}; "
            "for the most probable element use greedy"
        )
    return 1 / temperature - 1


class Greedy(eqx.Module):
    """y = arg max p."""

    def __call__(self, distribution: Samplable, step: Int[Array, ""], key: Key) -> Value:
        return distribution.mode()


class Truncated(eqx.Module):
    """y ~ p without its tail, renormalised; the most probable element always stays.

    top_k keeps the k most probable (0: all); top_p the fewest whose mass reaches p
    (nucleus sampling, Holtzman 2019); min_p those with at least min_p times the largest
    probability. The cuts are made after sharpening, each on its own, and all must hold.
    Ties at the edge of top_k are all kept.
    """

    bias: Float[Array, ""] | float = 0.0
    top_k: int = eqx.field(static=True, default=0)
    top_p: Float[Array, ""] | float = 1.0
    min_p: Float[Array, ""] | float = 0.0

    def __call__(self, distribution: Samplable, step: Int[Array, ""], key: Key) -> Value:
        if not isinstance(distribution, Enumerable):
            raise TypeError(f"{type(distribution).__name__} cannot be truncated: not enumerable")
        sharper = distribution.sharpen(self.bias)
        assert isinstance(sharper, Enumerable)
        log_probs = sharper.log_probs()
        kept = jnp.where(self._keeps(log_probs), log_probs, -jnp.inf)
        return sharper.reweight(kept).sample(key)

    def _keeps(self, log_probs: Float[Array, " V"]) -> Bool[Array, " V"]:
        ordered = jnp.sort(log_probs)[::-1]
        # An element belongs to the nucleus while the mass BEFORE it has not reached p.
        before = jnp.cumsum(jnp.exp(ordered)) - jnp.exp(ordered)
        # With p = 1 that is all of them, whatever rounding made of the sums.
        inside = (before < self.top_p) | jnp.greater_equal(self.top_p, 1)
        nucleus = jnp.where(inside, ordered, jnp.inf).min()
        keeps = (log_probs >= nucleus) & (log_probs >= ordered[0] + jnp.log(self.min_p))
        if 0 < self.top_k < log_probs.shape[0]:
            keeps &= log_probs >= ordered[self.top_k - 1]
        return keeps | (log_probs == ordered[0])


class TeacherForced(eqx.Module):
    """y_t = values[t]: teacher forcing."""

    values: Value

    def __call__(self, distribution: Samplable, step: Int[Array, ""], key: Key) -> Value:
        return jax.tree.map(
            lambda v: jax.lax.dynamic_index_in_dim(v, step, keepdims=False), self.values
        )


class Scheduled(eqx.Module):
    """Scheduled sampling (Bengio 2015): the truth with probability e, else the model's own draw.

    One coin a step; no gradient goes through what was drawn.
    """

    values: Value
    probability: Float[Array, ""] | float
    otherwise: Sampler = Sample()

    def __call__(self, distribution: Samplable, step: Int[Array, ""], key: Key) -> Value:
        coin, key = jax.random.split(key)
        truth = jax.random.bernoulli(coin, self.probability)
        drawn = jax.lax.stop_gradient(self.otherwise(distribution, step, key))
        return jax.tree.map(
            lambda t, d: jnp.where(truth, t, d),
            TeacherForced(self.values)(distribution, step, key),
            drawn,
        )


class Primed(eqx.Module):
    """y_t = values[t] as long as there are any (`length` of them), then another draw."""

    values: Value
    then: Sampler = Sample()
    length: Int[Array, ""] | None = None

    def __call__(self, distribution: Samplable, step: Int[Array, ""], key: Key) -> Value:
        available = jax.tree.leaves(self.values)[0].shape[0]
        if available == 0:
            return self.then(distribution, step, key)
        length = available if self.length is None else self.length
        given = TeacherForced(self.values)(distribution, jnp.minimum(step, available - 1), key)
        drawn = self.then(distribution, step, key)
        return jax.tree.map(lambda g, d: jnp.where(step < length, g, d), given, drawn)


class Filled(eqx.Module):
    """y_t = values[t] where it is `known`, else another draw: what is missing of a sequence."""

    values: Value
    known: Bool[Array, " T"]
    otherwise: Sampler = Sample()

    def __call__(self, distribution: Samplable, step: Int[Array, ""], key: Key) -> Value:
        given = TeacherForced(self.values)(distribution, step, key)
        drawn = self.otherwise(distribution, step, key)
        return jax.tree.map(lambda g, d: jnp.where(self.known[step], g, d), given, drawn)


def keys_of(seed: int, count: int, begin: int = 0) -> Key:
    """The keys of sequences `begin` to `begin + count` of a seed, (count,); compiles nothing."""
    data = np.zeros((count, 2), np.uint32)
    data[:, 0], data[:, 1] = np.arange(begin, begin + count), seed
    return jax.random.wrap_key_data(jax.device_put(data))


def key_of(seed: int) -> Key:
    """The key of the first of them; compiles nothing."""
    return jax.random.wrap_key_data(jax.device_put(np.array([0, seed], np.uint32)))

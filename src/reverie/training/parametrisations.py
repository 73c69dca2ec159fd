"""What is learned, where it is not the model's weights themselves.

A parametrisation is a tree of trainable arrays that can be realised as a model: noisily
with a key, for one update, and plainly without, for evaluation. They nest.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.concepts import Key
from reverie.layers import MATRICES, Role, has_role, parameter, round_matrices
from reverie.model import SequenceModel


class Parametrisation(eqx.Module):
    """Trainable arrays that become a model."""

    @abstractmethod
    def realise(self, key: Key | None = None) -> SequenceModel:
        """The model; with a key, one draw of it."""

    def penalty(self) -> Float[Array, ""]:
        """What the description of the weights costs, in nats, once for the whole data set."""
        return jnp.zeros(())


class Direct(Parametrisation):
    """The weights themselves."""

    model: SequenceModel

    def realise(self, key: Key | None = None) -> SequenceModel:
        return self.model


@final
class Fixed:
    """Weights that are not learned, as one thing: a program is compiled for these alone."""

    def __init__(self, weights: Any):
        self.weights = weights
        """Like the model, None where a weight is learned."""


class PartlyFixed(Parametrisation):
    """Some weights of the model stay as they are: nothing is differentiated or kept for them."""

    inner: Parametrisation
    """Of the others."""
    fixed: Fixed = eqx.field(static=True)

    @classmethod
    def divide(cls, model: SequenceModel) -> tuple[SequenceModel, Fixed | None]:
        """What is learned of a model, and what is not, by role; None where all is learned."""
        fixed, learned = eqx.partition(model, has_role(model, {Role.FIXED}))
        return learned, Fixed(fixed) if jax.tree.leaves(fixed) else None

    def realise(self, key: Key | None = None) -> SequenceModel:
        model: SequenceModel = eqx.combine(self.inner.realise(key), self.fixed.weights)
        return model

    def penalty(self) -> Float[Array, ""]:
        return self.inner.penalty()


class WeightNoise(Parametrisation):
    """Gaussian noise of a fixed standard deviation on every weight (Graves 2013: 0.075).

    Departure: one draw an update, shared by its rows, not one a training sequence.
    """

    inner: Parametrisation
    deviation: float = eqx.field(static=True, default=0.075)

    def realise(self, key: Key | None = None) -> SequenceModel:
        if key is None:
            return self.inner.realise()
        inner, own = jax.random.split(key)
        model = self.inner.realise(inner)
        return add_noise(model, own, jax.tree.map(lambda w: self.deviation, model))

    def penalty(self) -> Float[Array, ""]:
        return self.inner.penalty()


class AdaptiveWeightNoise(Parametrisation):
    """A mean and a variance for every weight, paid for by description length (Graves 2011).

        w = m + exp(l / 2) eps                                     l = log v
        m0 = mean(m),  v0 = mean(v + (m - m0)^2)                   the best prior
        KL = sum [ log(v0 / v) / 2 + ((m - m0)^2 + v - v0) / (2 v0) ]      nats

    Departure: the gradient of v is that of the draw itself, not Graves's curvature estimate.
    """

    mean: SequenceModel
    log_variance: SequenceModel = parameter(Role.GAIN)

    @classmethod
    def around(cls, model: SequenceModel, deviation: float = 0.075) -> AdaptiveWeightNoise:
        """Starts from a model and the same deviation for all its weights."""
        return cls(model, jax.tree.map(lambda w: jnp.full_like(w, 2 * np.log(deviation)), model))

    def realise(self, key: Key | None = None) -> SequenceModel:
        if key is None:
            return self.mean
        deviations = jax.tree.map(lambda log: jnp.exp(log / 2), self.log_variance)
        return add_noise(self.mean, key, deviations)

    def penalty(self) -> Float[Array, ""]:
        m = jnp.concatenate([jnp.ravel(w) for w in jax.tree.leaves(self.mean)])
        log_v = jnp.concatenate([jnp.ravel(w) for w in jax.tree.leaves(self.log_variance)])
        v = jnp.exp(log_v)
        # The prior is at its optimum, where its own gradient vanishes: a constant.
        m0 = jax.lax.stop_gradient(m.mean())
        v0 = jax.lax.stop_gradient((v + (m - m0) ** 2).mean())
        return (0.5 * (jnp.log(v0) - log_v) + ((m - m0) ** 2 + v - v0) / (2 * v0)).sum()


class WeightNormalised(Parametrisation):
    """w = g v / |v| for each row of each matrix: one length a unit (Salimans 2016)."""

    directions: SequenceModel
    lengths: Any = parameter(Role.GAIN)
    """Like the model: (rows, 1) for a matrix, none for the rest."""

    @classmethod
    def around(cls, model: SequenceModel) -> WeightNormalised:
        """Starts at the model as it is: g = |v|."""
        matrices = eqx.filter(model, has_role(model, MATRICES))
        return cls(model, jax.tree.map(_length, matrices))

    def realise(self, key: Key | None = None) -> SequenceModel:
        model: SequenceModel = jax.tree.map(
            lambda v, g: v if g is None else g * v / _length(v),
            self.directions,
            self.lengths,
            is_leaf=lambda leaf: leaf is None,
        )
        return model


def _length(w: Float[Array, "P *D"]) -> Float[Array, "P *1"]:
    axes = tuple(range(1, w.ndim))
    return jnp.sqrt(jnp.square(w).sum(axes, keepdims=True) + 1e-12)


class WeightDropped(Parametrisation):
    """Each recurrent weight is 0 for one update with probability `rate` (Merity 2018)."""

    inner: Parametrisation
    rate: float = eqx.field(static=True)

    def realise(self, key: Key | None = None) -> SequenceModel:
        if key is None:
            return self.inner.realise()
        inner, own = jax.random.split(key)
        model = self.inner.realise(inner)
        recurrent, rest = eqx.partition(model, has_role(model, {Role.RECURRENT}))
        matrices, structure = jax.tree.flatten(recurrent)
        keys = jax.random.split(own, max(1, len(matrices)))
        dropped = [
            jnp.where(jax.random.bernoulli(k, 1 - self.rate, w.shape), w / (1 - self.rate), 0)
            for w, k in zip(matrices, keys, strict=False)
        ]
        result: SequenceModel = eqx.combine(jax.tree.unflatten(structure, dropped), rest)
        return result

    def penalty(self) -> Float[Array, ""]:
        return self.inner.penalty()


class MixedPrecision(Parametrisation):
    """Products in bfloat16, all else in single precision (Micikevicius 2018; Kalamkar 2019).

    What is learned is kept and moved in single precision. For an update it is rounded, and so is
    what it multiplies; sums, states, tables, biases and gains are not. The gradient of a matrix
    is rounded once, when all its rows have been summed. The model without noise is not rounded.
    Departure: the loss is not scaled, for bfloat16 has the exponents of single precision.
    """

    inner: Parametrisation

    def realise(self, key: Key | None = None) -> SequenceModel:
        model = self.inner.realise(key)
        return model if key is None else round_matrices(model)

    def penalty(self) -> Float[Array, ""]:
        return self.inner.penalty()


def add_noise(model: SequenceModel, key: Key, deviations: Any) -> SequenceModel:
    """w + deviation * eps, eps ~ N(0, 1), for every weight; `deviations` is like the model."""
    leaves, structure = jax.tree.flatten(model)
    keys = jax.tree.unflatten(structure, list(jax.random.split(key, len(leaves))))
    result: SequenceModel = jax.tree.map(
        lambda w, k, d: w + d * jax.random.normal(k, w.shape, w.dtype), model, keys, deviations
    )
    return result

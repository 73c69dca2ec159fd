"""Alignments: how much of each place of a memory a query reads."""

from __future__ import annotations

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.attention.scores import Score, masked_softmax
from reverie.layers import Role, parameter, uniform
from reverie.products import product


class Alignment(eqx.Module):
    """(query (Q,), projected keys (S, P), mask (S,), coverage (S,)) to alpha (S,), by a score."""

    score: Score

    def project_keys(self, keys: Float[Array, "S A"]) -> Float[Array, "S P"]:
        """What is done to the keys once for a memory."""
        return self.score.project_keys(keys)

    @abstractmethod
    def __call__(
        self,
        query: Float[Array, " Q"],
        keys: Float[Array, "S P"],
        mask: Bool[Array, " S"],
        coverage: Float[Array, " S"],
    ) -> Float[Array, " S"]: ...


class Global(Alignment):
    """alpha = softmax of the scores over all real places (Luong 2015, 3.1)."""

    def __call__(
        self,
        query: Float[Array, " Q"],
        keys: Float[Array, "S P"],
        mask: Bool[Array, " S"],
        coverage: Float[Array, " S"],
    ) -> Float[Array, " S"]:
        return masked_softmax(
            self.score.energies(self.score.project_query(query), keys, coverage), mask
        )


class Local(Alignment):
    """Looks only around a place that the query predicts: "local-p" (Luong 2015, 3.2).

        p = S sigmoid(v . tanh(W q))        a = softmax of the scores over |s - p| <= D
        alpha_s = a_s exp(-(s - p)^2 / (2 (D/2)^2))

    S is the number of real places, which are counted from 0 and come first: the mask must leave
    no gaps. W (P, Q), v (P,). As in the paper alpha is not normalised again: its sum is below 1.
    Raises ValueError for a D below 1, whose window could be empty.
    """

    reach: int = eqx.field(static=True)
    """D."""
    W: Float[Array, "P Q"] = parameter(Role.HIDDEN)
    v: Float[Array, " P"] = parameter(Role.GAIN)

    def __init__(
        self, score: Score, query: int, width: int, reach: int, *, rng: np.random.Generator
    ):
        """`query` is Q, `width` is P and `reach` is D."""
        if reach < 1:
            raise ValueError(f"a window of reach {reach} may hold no place: reach at least 1")
        self.score, self.reach = score, reach
        self.W, self.v = uniform(rng, width, query), uniform(rng, width)

    def __call__(
        self,
        query: Float[Array, " Q"],
        keys: Float[Array, "S P"],
        mask: Bool[Array, " S"],
        coverage: Float[Array, " S"],
    ) -> Float[Array, " S"]:
        p = mask.sum() * jax.nn.sigmoid(self.v @ jnp.tanh(product(self.W, query)))
        away = jnp.arange(mask.shape[0]) - p
        energies = self.score.energies(self.score.project_query(query), keys, coverage)
        alpha = masked_softmax(energies, mask & (jnp.abs(away) <= self.reach))
        return alpha * jnp.exp(-2 * jnp.square(away / self.reach))

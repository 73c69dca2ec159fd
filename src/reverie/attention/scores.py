"""Scores: how well each place of a memory answers a query.

A score is cut in three, as a cell is cut in two, so that nothing but the middle is in a loop:
`project_query` is done to the query, `project_keys` to the keys once for a memory, and `energies`
compares the two.
"""

from __future__ import annotations

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.layers import Role, parameter, uniform
from reverie.products import product


class Score(eqx.Module):
    """(query (Q,), keys (S, A)) to energies (S,)."""

    @abstractmethod
    def matrix(self) -> Float[Array, "P Q"] | None:
        """What the query is multiplied by before it is compared; None where by nothing."""

    @abstractmethod
    def project_keys(self, keys: Float[Array, "S A"]) -> Float[Array, "S P"]:
        """The keys, ready to be compared."""

    @abstractmethod
    def energies(
        self,
        query: Float[Array, " P"],
        keys: Float[Array, "S P"],
        coverage: Float[Array, " S"],
    ) -> Float[Array, " S"]:
        """The energies, of a query and keys that are ready and of how much was read so far."""

    def project_query(self, query: Float[Array, " Q"]) -> Float[Array, " P"]:
        """The query, ready to be compared."""
        matrix = self.matrix()
        return query if matrix is None else product(matrix, query)

    def __call__(self, query: Float[Array, " Q"], keys: Float[Array, "S A"]) -> Float[Array, " S"]:
        """The energies of a query and keys as they come, where nothing was read so far."""
        keys = self.project_keys(keys)
        return self.energies(self.project_query(query), keys, jnp.zeros_like(keys[:, 0]))


class Additive(Score):
    """e_s = v . tanh(W q + U k_s) (Bahdanau 2014), W (P, Q), U (P, A).

    With the current output as the query it is Luong's "concat", whose one matrix is [W, U].
    """

    W: Float[Array, "P Q"] = parameter(Role.HIDDEN)
    U: Float[Array, "P A"] = parameter(Role.HIDDEN)
    v: Float[Array, " P"] = parameter(Role.GAIN)

    def __init__(self, query: int, keys: int, width: int, *, rng: np.random.Generator):
        self.W, self.U = uniform(rng, width, query), uniform(rng, width, keys)
        self.v = uniform(rng, width)

    def matrix(self) -> Float[Array, "P Q"]:
        return self.W

    def project_keys(self, keys: Float[Array, "S A"]) -> Float[Array, "S P"]:
        return product(self.U, keys)

    def energies(
        self,
        query: Float[Array, " P"],
        keys: Float[Array, "S P"],
        coverage: Float[Array, " S"],
    ) -> Float[Array, " S"]:
        return jnp.tanh(query + keys) @ self.v


class Dot(Score):
    """e_s = q . k_s (Luong 2015)."""

    def matrix(self) -> None:
        return None

    def project_keys(self, keys: Float[Array, "S A"]) -> Float[Array, "S A"]:
        return keys

    def energies(
        self,
        query: Float[Array, " A"],
        keys: Float[Array, "S A"],
        coverage: Float[Array, " S"],
    ) -> Float[Array, " S"]:
        return keys @ query


class Bilinear(Score):
    """e_s = q . W k_s (Luong 2015, "general"), W (Q, A), which is done to the keys."""

    W: Float[Array, "Q A"] = parameter(Role.HIDDEN)

    def __init__(self, query: int, keys: int, *, rng: np.random.Generator):
        self.W = uniform(rng, query, keys)

    def matrix(self) -> None:
        return None

    def project_keys(self, keys: Float[Array, "S A"]) -> Float[Array, "S Q"]:
        return product(self.W, keys)

    def energies(
        self,
        query: Float[Array, " Q"],
        keys: Float[Array, "S Q"],
        coverage: Float[Array, " S"],
    ) -> Float[Array, " S"]:
        return keys @ query


class CoverageScore(Score):
    """A score that knows how much of each place was read so far (See 2017).

        e_s = v . tanh(W q + U k_s + w cov_s)        with cov_s = sum_{t' < t} alpha_t's

    around `Additive`; around any other score, what answers for a place is moved by w cov_s, w (P,).
    """

    score: Score
    w: Float[Array, " P"] = parameter(Role.GAIN)

    def __init__(self, score: Score, width: int, *, rng: np.random.Generator):
        """`width` is P, that of what answers."""
        self.score, self.w = score, uniform(rng, width)

    def matrix(self) -> Float[Array, "P Q"] | None:
        return self.score.matrix()

    def project_keys(self, keys: Float[Array, "S A"]) -> Float[Array, "S P"]:
        return self.score.project_keys(keys)

    def energies(
        self,
        query: Float[Array, " P"],
        keys: Float[Array, "S P"],
        coverage: Float[Array, " S"],
    ) -> Float[Array, " S"]:
        return self.score.energies(query, keys + coverage[:, None] * self.w, coverage)


def masked_softmax(energies: Float[Array, " S"], mask: Bool[Array, " S"]) -> Float[Array, " S"]:
    """alpha = softmax of the energies over the places that are real, exactly 0 at the others."""
    alpha = jax.nn.softmax(jnp.where(mask, energies, -1e30))
    return jnp.where(mask, alpha, 0)

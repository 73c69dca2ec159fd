"""Scores: how well each place of a memory answers a query.

A score is cut in three, as a cell is cut in two, so that nothing but the middle is in a loop:
`asked` is what the query's own matrix is, `answering` is done to the keys once for a memory, and
calling it compares the two.
"""

from __future__ import annotations

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.cells.cell import uniform


class Score(eqx.Module):
    """(query (Q,), keys (S, A)) to energies (S,)."""

    @abstractmethod
    def matrix(self) -> Float[Array, "P Q"] | None:
        """What the query is multiplied by before it is compared; None where by nothing."""

    @abstractmethod
    def answering(self, keys: Float[Array, "S A"]) -> Float[Array, "S P"]:
        """The keys, ready to be compared."""

    @abstractmethod
    def compared(
        self, asked: Float[Array, " P"], answering: Float[Array, "S P"]
    ) -> Float[Array, " S"]:
        """The energies, of a query and keys that are ready."""

    def __call__(self, query: Float[Array, " Q"], keys: Float[Array, "S A"]) -> Float[Array, " S"]:
        """The energies of a query and keys as they come."""
        matrix = self.matrix()
        asked = query if matrix is None else matrix @ query
        return self.compared(asked, self.answering(keys))


class Additive(Score):
    """e_s = v . tanh(W q + U k_s) (Bahdanau 2014), W (P, Q), U (P, A); Luong's concat as well."""

    W: Float[Array, "P Q"]
    U: Float[Array, "P A"]
    v: Float[Array, " P"]

    def __init__(self, query: int, keys: int, width: int, *, rng: np.random.Generator):
        self.W, self.U = uniform(rng, width, query), uniform(rng, width, keys)
        self.v = uniform(rng, width)

    def matrix(self) -> Float[Array, "P Q"]:
        return self.W

    def answering(self, keys: Float[Array, "S A"]) -> Float[Array, "S P"]:
        return keys @ self.U.T

    def compared(
        self, asked: Float[Array, " P"], answering: Float[Array, "S P"]
    ) -> Float[Array, " S"]:
        return jnp.tanh(asked + answering) @ self.v


class Dot(Score):
    """e_s = q . k_s (Luong 2015)."""

    def matrix(self) -> None:
        return None

    def answering(self, keys: Float[Array, "S A"]) -> Float[Array, "S A"]:
        return keys

    def compared(
        self, asked: Float[Array, " A"], answering: Float[Array, "S A"]
    ) -> Float[Array, " S"]:
        return answering @ asked


class Bilinear(Score):
    """e_s = q . W k_s (Luong 2015, "general"), W (Q, A), which is done to the keys."""

    W: Float[Array, "Q A"]

    def __init__(self, query: int, keys: int, *, rng: np.random.Generator):
        self.W = uniform(rng, query, keys)

    def matrix(self) -> None:
        return None

    def answering(self, keys: Float[Array, "S A"]) -> Float[Array, "S Q"]:
        return keys @ self.W.T

    def compared(
        self, asked: Float[Array, " Q"], answering: Float[Array, "S Q"]
    ) -> Float[Array, " S"]:
        return answering @ asked


def placed(energies: Float[Array, " S"], mask: Bool[Array, " S"]) -> Float[Array, " S"]:
    """alpha = softmax of the energies over the places that are real, exactly 0 at the others."""
    alpha = jax.nn.softmax(jnp.where(mask, energies, -1e30))
    return jnp.where(mask, alpha, 0)

"""LSTM with a recurrent projection (LSTMP)."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import Recurrence
from reverie.concepts import Condition, Key, State
from reverie.layers import Role, parameter, uniform


class ProjectedState(NamedTuple):
    """The projection h (P,) that is fed back and put out, and the state of the cell inside."""

    h: Float[Array, " P"]
    cell: State


class Projected(Recurrence):
    """h = M m with m the output of a recurrent cell, and h is what recurs (Sak 2014).

    The cell's recurrent matrix (G, H) is replaced by one that takes the projection (G, P).
    Departure: the paper's second, non-recurrent projection is left out.
    """

    cell: Recurrence
    M: Float[Array, "P H"] = parameter(Role.HIDDEN)

    def __init__(self, cell: Recurrence, size: int, *, rng: np.random.Generator):
        gates, hidden = cell.recurrent().shape
        narrow = uniform(rng, gates, size)
        self.cell = eqx.tree_at(lambda c: c.recurrent(), cell, narrow)
        self.M = uniform(rng, size, hidden)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> ProjectedState:
        inner = self.cell.initial_state(condition, key=key)
        return ProjectedState(jnp.zeros_like(self.M[:, 0]), inner)

    def recurrent(self) -> Float[Array, "G P"]:
        return self.cell.recurrent()

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def pointwise(
        self, a: Float[Array, " G"], r: Float[Array, " G"], state: ProjectedState
    ) -> ProjectedState:
        inner = self.cell.pointwise(a, r, state.cell)
        return ProjectedState(self.M @ inner.h, inner)

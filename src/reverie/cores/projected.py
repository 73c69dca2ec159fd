"""LSTM with a recurrent projection (LSTMP)."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.cells.wrapper import Wrapper
from reverie.concepts import Condition, Key, State
from reverie.layers import Role, parameter, uniform
from reverie.products import product


class ProjectedState(NamedTuple):
    """The projection h (P,) that is fed back and put out, and the state of the cell inside."""

    h: Float[Array, " P"]
    cell: State


class Projected(Wrapper):
    """h = M m with m the output of a cell, and h is what recurs (Sak 2014).

    The cell's recurrent matrix (G, H) is replaced by one that takes the projection (G, P). A cell
    with products of its own is given E h, E (H, P), in place of its output before.
    Departure: the paper's second, non-recurrent projection is left out.
    """

    cell: Cell
    M: Float[Array, "P H"] = parameter(Role.HIDDEN)
    E: Float[Array, "H P"] | None = parameter(Role.HIDDEN)

    def __init__(self, cell: Cell, hidden: int, size: int, *, rng: np.random.Generator):
        """`cell` has `hidden` units; `size` is P."""
        matrix = cell.recurrent()
        if matrix is None:
            self.cell, self.E = cell, uniform(rng, hidden, size)
        else:
            self.cell, self.E = cell.with_recurrent(uniform(rng, matrix.shape[0], size)), None
        self.M = uniform(rng, size, hidden)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> ProjectedState:
        inner = self.cell.initial_state(condition, key=key)
        return ProjectedState(jnp.zeros_like(inner.h, shape=self.M.shape[:1]), inner)

    def inner(self, state: ProjectedState) -> State:
        return state.cell

    def outer(self, new: State, state: ProjectedState) -> ProjectedState:
        return ProjectedState(product(self.M, new.h), new)

    def read(self, state: ProjectedState) -> Float[Array, " R"]:
        return state.h if self.E is None else product(self.E, state.h)

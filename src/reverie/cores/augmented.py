"""A cell with a memory outside itself, and the cell that has no other memory."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.cells.cell import Cell
from reverie.cells.wrapper import Wrapper
from reverie.concepts import Condition, Key, State, zero_masked
from reverie.cores.states import keep_latest
from reverie.layers import Role, filled, parameter, uniform, zeros_like
from reverie.products import affine, product


class Augmented(Wrapper):
    """A cell that reads an external memory, and acts on it in every step by its new output.

    What was seen of the memory in the step before, m', enters the cell beside its input and what
    recurs: W x + R h' + F m' + b. So a cell of one recurrent product has one still, [R F], whose
    gradient is formed after the backward loop; any other has F m' added to its projected input.
    A memory defines `initial_state`, `seen`, and `outer`, which acts.
    """

    cell: eqx.AbstractVar[Cell]
    """Its R may be [R F]: see `read_beside`."""
    F: eqx.AbstractVar[Float[Array, "G M"] | None]

    @abstractmethod
    def seen(self, state: State) -> Float[Array, " M"]:
        """What the cell is told of the memory in the step after this state."""

    def inner(self, state: State) -> State:
        return state.cell

    def read(self, state: State) -> Float[Array, " R"]:
        own = self.cell.read(state.cell)
        return jnp.concatenate([own, self.seen(state)]) if self.F is None else own

    def adjust(
        self, a: Float[Array, " G"], r: Float[Array, " R"], state: State
    ) -> tuple[Float[Array, " G"], Float[Array, " R"]]:
        return a if self.F is None else a + product(self.F, self.seen(state)), r


def read_beside(
    cell: Cell, width: int, rng: np.random.Generator
) -> tuple[Cell, Float[Array, "G M"] | None]:
    """The cell with room for M = `width` more numbers in its R; or as it is, and F."""
    matrix, F = cell.recurrent(), uniform(rng, cell.width(), width)
    if matrix is None:
        return cell, F
    return cell.with_recurrent(jnp.concatenate([matrix, F], 1)), None


def beside_reads(h: Float[Array, "... H"], reads: Float[Array, "... R W"]) -> Float[Array, "... D"]:
    """The output of a cell with what was read beside it, [h; r_1; ...; r_R]."""
    return jnp.concatenate([h, reads.reshape(*reads.shape[:-2], -1)], -1)


class FeedForwardState(NamedTuple):
    """h (H,)."""

    h: Float[Array, " H"]


class FeedForward(Cell):
    """h = f(W x + b): remembers nothing, so all that a core around it knows is in its memory."""

    activation: Callable[[Array], Array] = eqx.field(static=True)
    R: Float[Array, "H 0"] = parameter(Role.RECURRENT)
    """Nothing recurs: a matrix without columns, to which those of a memory are joined."""
    W: Float[Array, "H X"] = parameter(Role.INPUT)
    b: Float[Array, " H"] = parameter(Role.BIAS)

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        rng: np.random.Generator,
        activation: Callable[[Array], Array] = jnp.tanh,
    ):
        self.R = filled(0.0, hidden, 0)
        self.W = uniform(rng, hidden, inputs)
        self.b = filled(0.0, hidden)
        self.activation = activation

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> FeedForwardState:
        return FeedForwardState(zeros_like(self.b))

    def recurrent(self) -> Float[Array, "H 0"]:
        return self.R

    def read(self, state: FeedForwardState) -> Float[Array, " 0"]:
        return state.h[:0]

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... H"]:
        return affine(self.W, xs, self.b)

    def advance(
        self, a: Float[Array, " H"], r: Float[Array, " H"], state: FeedForwardState
    ) -> FeedForwardState:
        return FeedForwardState(self.activation(a + r))

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: FeedForwardState,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T H"], FeedForwardState, FeedForwardState]:
        # All steps at once, for none needs another.
        hs = self.activation(self.project(zero_masked(mask, xs)))
        return zero_masked(mask, hs), *keep_latest(state, FeedForwardState(hs), mask)

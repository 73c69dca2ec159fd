"""What a cell is: a core split in two, so that the input's half can leave the loop.

`project` is one matrix product over the whole sequence, `advance` is the recurrence, and
`step` is one after the other.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.cells.recurrence import recur
from reverie.concepts import Condition, Core, State, hold, zero_masked
from reverie.products import in_time, product


class NoGates(NamedTuple):
    """Of a cell that has no gates, or says nothing of them."""


class Cell(Core):
    """A leaf core. To make one of your own, define `initial_state`, `project` and `advance`.

    Its state is a NamedTuple with a field `h`, which is also the output. A cell whose recurrence
    is ONE matrix product and pointwise maths gives that matrix as `recurrent`: `unroll` then forms
    its gradient after the backward scan in one product over all steps, not in every step (see
    `recurrence.recur`): the same numbers, sooner. Its state is of float arrays.
    A cell whose gates can be looked at names them in `Gates` and defines `gates_from` as well.
    """

    @property
    def Gates(self) -> type[Any]:  # noqa: N802, a type is called as types are
        """A NamedTuple with a field for each gate, of the shape of the state's `h`."""
        return NoGates

    @abstractmethod
    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        """The half that needs no state, for one element and for a whole sequence.

        It is affine in x, so that adding F y to it is to read [x; y]: attention and windows do.
        """

    def width(self) -> int:
        """G, the width of what `project` gives: asked for by what adds to it or normalises it."""
        matrix = self.recurrent()
        if matrix is None:
            raise NotImplementedError(f"{type(self).__name__} does not define its `width`")
        return int(matrix.shape[0])

    def recurrent(self) -> Float[Array, "G H"] | None:
        """R where the recurrence is one product: the field itself, not a function of it."""
        return None

    def with_recurrent(self, R: Any) -> Self:
        """The same cell with another R."""
        return eqx.tree_at(lambda cell: cell.recurrent(), self, R)

    def read(self, state: State) -> Float[Array, " H"]:
        """What the recurrent products multiply: the output of the step before."""
        h: Float[Array, " H"] = state.h
        return h

    def multiply(self, h: Float[Array, " H"]) -> Float[Array, " R"]:
        """R h; or h as it is, which `advance` multiplies itself where there is no one product."""
        matrix = self.recurrent()
        return h if matrix is None else product(matrix, h)

    @abstractmethod
    def advance(self, a: Float[Array, " G"], r: Float[Array, " R"], state: State) -> State:
        """The half that does: the next state, from the projected input and the state.

        r is R read(state), and all else is pointwise; or, where there is no `recurrent`, it is
        what the cell's own products multiply in place of the state's h, for a wrapper may have
        changed it.
        """

    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " R"], state: State) -> Any:
        """The activations of the gates in that step: `advance` is made of them."""
        return NoGates()

    def gate_matrices(self) -> tuple[Array, ...]:
        """Further matrices, where there are any: `advance` adds `add_to_gates(gate_weights(new
        state))` to `a` and does nothing else with them, so that their gradients can wait as well.
        """
        return ()

    def gate_weights(self, state: State) -> Float[Array, " S"]:
        """What the first of these matrices multiplied in the step that made this state."""
        raise NotImplementedError(f"{type(self).__name__} has no further matrices for its gates")

    def add_to_gates(self, weights: Float[Array, " S"]) -> Float[Array, " G"]:
        """What these matrices make of the weights: linear in them, and in each matrix."""
        raise NotImplementedError(f"{type(self).__name__} has no further matrices for its gates")

    def step(
        self, x: Float[Array, " X"], state: State, condition: Condition
    ) -> tuple[Float[Array, " D"], State]:
        new = self.advance(self.project(x), self.multiply(self.read(state)), state)
        return new.h, new

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: State,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], State, State]:
        scan = _scan if self.recurrent() is None else recur
        states = scan(self, self.project(in_time(zero_masked(mask, xs))), state, mask)
        last = jax.tree.map(lambda s, ss: jnp.concatenate([s[None], ss])[-1], state, states)
        return zero_masked(mask, states.h), last, states


def _scan(
    cell: Cell, a: Float[Array, "T G"], state: State, mask: Bool[Array, " T"] | None
) -> State:
    """The states (T, ...) of any cell over projected inputs (T, G)."""

    def body(state: State, row: Any) -> tuple[State, State]:
        a, real = row
        new = hold(real, cell.advance(a, cell.multiply(cell.read(state)), state), state)
        return new, new

    return jax.lax.scan(body, state, (a, mask))[1]


def recurrent_cells(tree: Any) -> list[Cell]:
    """The cells in a core or a model whose recurrence is one product; of nested ones the outer."""

    def is_one(node: Any) -> bool:
        return isinstance(node, Cell) and node.recurrent() is not None

    return [node for node in jax.tree.leaves(tree, is_leaf=is_one) if is_one(node)]


def recurrent_matrices(tree: Any) -> list[Array]:
    """R of each of those."""
    return [cell.recurrent() for cell in recurrent_cells(tree)]  # type: ignore[misc]

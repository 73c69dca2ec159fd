"""A cell around a cell: all is handed on but what a wrapper changes."""

from __future__ import annotations

from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.concepts import Condition, Key, State


class Wrapper(Cell):
    """Does what its cell does. A wrapper defines what it changes, and works around every cell.

    One that has a state of its own says what of it is the cell's (`inner`) and what it becomes
    around the cell's next state (`outer`), and makes the first one (`initial_state`).
    """

    cell: eqx.AbstractVar[Cell]

    def inner(self, state: State) -> State:
        """The state of the cell within that of the wrapper."""
        return state

    def outer(self, new: State, state: State) -> State:
        """The wrapper's next state, around the next one of the cell."""
        return new

    def adjust(
        self, a: Float[Array, " G"], r: Float[Array, " R"], state: State
    ) -> tuple[Float[Array, " G"], Float[Array, " R"]]:
        """What the cell is given in place of the projected input and of what recurs."""
        return a, r

    @property
    def Gates(self) -> type[Any]:  # noqa: N802, a type is called as types are
        """Those of the cell."""
        return self.cell.Gates

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        return self.cell.initial_state(condition, key=key)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def width(self) -> int:
        return self.cell.width()

    def recurrent(self) -> Float[Array, "G H"] | None:
        return self.cell.recurrent()

    def read(self, state: State) -> Float[Array, " H"]:
        return self.cell.read(self.inner(state))

    def advance(self, a: Float[Array, " G"], r: Float[Array, " R"], state: State) -> State:
        a, r = self.adjust(a, r, state)
        return self.outer(self.cell.advance(a, r, self.inner(state)), state)

    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " R"], state: State) -> Any:
        a, r = self.adjust(a, r, state)
        return self.cell.gates_from(a, r, self.inner(state))

"""Cores whose state says the gates of their cells, so that any loop around them records them.

Each cell that names its gates is wrapped in one that asks it for them in every step and keeps
the answer in the state. Nothing else of the core changes, whatever the cell stands in.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.cells.wrapper import Wrapper
from reverie.concepts import Condition, Core, Key, Noise, State

C = TypeVar("C", bound=Core)


class WatchedState(NamedTuple):
    """The state of a cell, and its gates in the step that led there; zeros before the first."""

    cell: State
    gates: Noise
    """As noise, for they are not remembered: what fills a first state passes them over."""

    @property
    def h(self) -> Float[Array, "... H"]:
        """The output."""
        h: Float[Array, "... H"] = self.cell.h
        return h


class WatchedCell(Wrapper):
    """A cell with its gates in its state."""

    cell: Cell

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> WatchedState:
        cell = self.cell.initial_state(condition, key=key)
        blank = jnp.zeros_like(_inmost(self.cell, cell).h)
        return WatchedState(cell, Noise(self.cell.Gates(*[blank] * len(self.cell.Gates._fields))))

    def inner(self, state: WatchedState) -> State:
        return state.cell

    def advance(
        self, a: Float[Array, " G"], r: Float[Array, " R"], state: WatchedState
    ) -> WatchedState:
        gates = Noise(self.cell.gates_from(a, r, state.cell))
        return WatchedState(self.cell.advance(a, r, state.cell), gates)


def _inmost(cell: Cell, state: State) -> State:
    """The state of the cell within all wrappers, whose gates are as wide as its output."""
    while isinstance(cell, Wrapper):
        state, cell = cell.inner(state), cell.cell
    return state


def watch(core: C) -> C:
    """The core with every cell watched that names its gates; of nested cells the outer one."""

    def is_cell(node: Any) -> bool:
        return isinstance(node, Cell)

    def around(node: Any) -> Any:
        return WatchedCell(node) if is_cell(node) and node.Gates._fields else node

    watched: C = jax.tree.map(around, core, is_leaf=is_cell)
    return watched


def unwatch(states: State) -> State:
    """The states as the core has them that is not watched."""
    return jax.tree.map(
        lambda node: node.cell if _is_watched(node) else node, states, is_leaf=_is_watched
    )


def gates(states: State) -> dict[str, Any]:
    """The gates (T, ...) of every watched cell, by the place of its state in that of the core.

    A core that is a cell itself has one place, which is called `cell`.
    """
    nodes = jax.tree_util.tree_leaves_with_path(states, is_leaf=_is_watched)
    return {
        jax.tree_util.keystr(path, simple=True, separator=".") or "cell": node.gates.drawn
        for path, node in nodes
        if _is_watched(node)
    }


def _is_watched(node: Any) -> bool:
    return isinstance(node, WatchedState)

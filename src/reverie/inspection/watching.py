"""Cores whose state tells the gates of their cells, so that any loop around them records them.

Each cell that names its gates is wrapped in one that asks it for them in every step and keeps
the answer in the state. Nothing else of the core changes, whatever the cell stands in.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from reverie.cells.cell import Cell, Recurrence
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


class WatchedRecurrence(Recurrence):
    """A recurrence that tells its gates."""

    cell: Recurrence

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> WatchedState:
        return _at_rest(self.cell, condition, key)

    def recurrent(self) -> Float[Array, "G H"]:
        return self.cell.recurrent()

    def read(self, state: WatchedState) -> Float[Array, " H"]:
        return self.cell.read(state.cell)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def pointwise(
        self, a: Float[Array, " G"], r: Float[Array, " G"], state: WatchedState
    ) -> WatchedState:
        gates = Noise(self.cell.gates_from(a, r, state.cell))
        return WatchedState(self.cell.pointwise(a, r, state.cell), gates)


class WatchedCell(Cell):
    """Any other cell that tells its gates."""

    cell: Cell

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> WatchedState:
        return _at_rest(self.cell, condition, key)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def advance(
        self, a: Float[Array, " G"], state: WatchedState
    ) -> tuple[Float[Array, " D"], WatchedState]:
        out, new = self.cell.advance(a, state.cell)
        return out, WatchedState(new, Noise(self.cell.gating(a, state.cell)))


def _at_rest(cell: Cell, condition: Condition, key: Key | None) -> WatchedState:
    state = cell.initial_state(condition, key=key)
    return WatchedState(state, Noise(cell.Gates(*[jnp.zeros_like(state.h)] * _count(cell))))


def _count(cell: Cell) -> int:
    """How many gates it names."""
    return len(cell.Gates._fields)


def watched(core: C) -> C:
    """The core with every cell watched that names its gates.

    A cell that is no recurrence and names none is left alone, with what is in it: it may reach
    into the state of a cell that it wraps.
    """

    def stops(node: Any) -> bool:
        return isinstance(node, Cell) and (_count(node) > 0 or not isinstance(node, Recurrence))

    def watch(node: Any) -> Any:
        if not stops(node) or not _count(node):
            return node
        return WatchedRecurrence(node) if isinstance(node, Recurrence) else WatchedCell(node)

    found: C = jax.tree.map(watch, core, is_leaf=stops)
    return found


def plain(states: State) -> State:
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

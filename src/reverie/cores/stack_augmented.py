"""Cells with stacks or lists beside them (Joulin and Mikolov 2015)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.concepts import Condition, Key, State
from reverie.cores.augmented import Augmented, read_beside
from reverie.errors import InputError
from reverie.layers import Linear, Role

NOTHING = -1.0
"""What an empty place holds."""


class Actions(eqx.Module):
    """a = softmax(A h): how probable each of P actions is, for each of K memories."""

    linear: Linear
    """A, with a bias."""
    memories: int = eqx.field(static=True)
    """K."""

    def __init__(self, hidden: int, memories: int, count: int, *, rng: np.random.Generator):
        """`hidden` is H and `count` is P."""
        self.linear = Linear(hidden, memories * count, rng=rng, role=Role.OUTPUT)
        self.memories = memories

    def __call__(self, h: Float[Array, " H"]) -> Float[Array, "K P"]:
        return jax.nn.softmax(self.linear(h).reshape(self.memories, -1))


class RoundedActions(eqx.Module):
    """The most probable of the actions and no other."""

    actions: Actions | RoundedActions

    def __call__(self, h: Float[Array, " H"]) -> Float[Array, "K P"]:
        a = self.actions(h)
        return jax.nn.one_hot(a.argmax(-1), a.shape[-1], dtype=a.dtype)


class ActingState(NamedTuple):
    """The cell's state, K memories of N places of W numbers, and what was just done to each."""

    cell: State
    memory: Float[Array, "K N W"]
    actions: Float[Array, "K P"]
    """How much of each action: push, pop, no-op; or left, right, insert. At first 0."""

    @property
    def h(self) -> Float[Array, "... H"]:
        """The output, that of the cell."""
        h: Float[Array, "... H"] = self.cell.h
        return h


class Acting(Augmented):
    """A cell beside K memories, to each of which it does a blend of actions in every step.

        h = cell(x, m', h')        a = softmax(A h)        v = sigmoid(D h)
        M = sum_p a_p (M' after action p)

    m' is what each memory showed, v is what is put in. An empty place holds -1, all do at first.
    """

    actions: eqx.AbstractVar[Actions | RoundedActions]
    values: eqx.AbstractVar[Linear]
    """D, with a bias."""
    shape: eqx.AbstractVar[tuple[int, int, int]]
    """K, N, W."""

    @abstractmethod
    def outcomes(
        self, memory: Float[Array, "K N W"], value: Float[Array, "K 1 W"]
    ) -> Iterable[Float[Array, "K N W"]]:
        """The memory after each action."""

    def rounded(self) -> Self:
        """The same core, that does the most probable action only: for use after training."""
        return eqx.tree_at(lambda core: core.actions, self, RoundedActions(self.actions))

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> ActingState:
        cell = self.cell.initial_state(condition, key=key)
        acts = jax.eval_shape(self.actions, cell.h).shape
        empty = jnp.full_like(self.values.b, NOTHING, shape=self.shape)
        return ActingState(cell, empty, jnp.zeros_like(self.values.b, shape=acts))

    def outer(self, new: State, state: ActingState) -> ActingState:
        memories, _, width = self.shape
        actions = self.actions(new.h)
        value = jax.nn.sigmoid(self.values(new.h)).reshape(memories, 1, width)
        # A stack without a no-op has no third column.
        pairs = zip(actions.T, self.outcomes(state.memory, value), strict=False)
        memory = reduce(jnp.add, [a[:, None, None] * after for a, after in pairs])
        return ActingState(new, memory, actions)


class StackAugmented(Acting):
    """A cell beside K stacks, of whose tops it is told (Joulin, Mikolov 2015, 3.1).

        M_0 = a_push v   + a_pop M'_1     + a_noop M'_0
        M_j = a_push M'_{j-1} + a_pop M'_{j+1} + a_noop M'_j

    The cell sees the `top` places of each. Of N places the last falls off by a push and an empty
    one comes in by a pop: a stack is as good as one without an end where never more than N things
    are on it. The paper's network is around an `Elman` or, as in most of its experiments, a
    `FeedForward`, both with the logistic function, for W = 1. Departure: A and D have biases.
    Raises InputError where a stack has fewer places than the cell is to see.
    """

    cell: Cell
    F: Float[Array, "G M"] | None
    actions: Actions | RoundedActions
    values: Linear
    shape: tuple[int, int, int] = eqx.field(static=True)
    top: int = eqx.field(static=True)

    def __init__(
        self,
        cell: Cell,
        hidden: int,
        stacks: int,
        places: int,
        *,
        rng: np.random.Generator,
        width: int = 1,
        top: int = 2,
        noop: bool = False,
    ):
        """`cell` has `hidden` units; `stacks` is K, `places` is N and `width` is W."""
        _require(places, top)
        self.cell, self.F = read_beside(cell, stacks * top * width, rng)
        self.actions = Actions(hidden, stacks, 2 + noop, rng=rng)
        self.values = Linear(hidden, stacks * width, rng=rng, role=Role.OUTPUT)
        self.shape, self.top = (stacks, places, width), top

    def seen(self, state: ActingState) -> Float[Array, " M"]:
        return state.memory[:, : self.top].reshape(-1)

    def outcomes(
        self, memory: Float[Array, "K N W"], value: Float[Array, "K 1 W"]
    ) -> tuple[Float[Array, "K N W"], ...]:
        pushed = jnp.concatenate([value, memory[:, :-1]], 1)
        popped = jnp.concatenate([memory[:, 1:], jnp.full_like(value, NOTHING)], 1)
        return pushed, popped, memory


class ListAugmented(Acting):
    """A cell beside K doubly linked lists that it moves along (Joulin, Mikolov 2015, 3.3).

        M_i = a_left M'_{i-1} + a_right M'_{i+1} + a_insert (M'_{i+1} for i < head,
                                                             v for i = head, M'_i for i > head)

    The head stays at place N // 2, and the list moves under it; the cell sees the head and the
    `around` places on either side. What moves off an end is lost, and an empty place comes in at
    the other: a list is as good as one without an end where no more than N // 2 things stand on
    either side of the head. Departure: A and D have biases.
    Raises InputError where a list has fewer places than the cell is to see.
    """

    cell: Cell
    F: Float[Array, "G M"] | None
    actions: Actions | RoundedActions
    values: Linear
    shape: tuple[int, int, int] = eqx.field(static=True)
    around: int = eqx.field(static=True)

    def __init__(
        self,
        cell: Cell,
        hidden: int,
        lists: int,
        places: int,
        *,
        rng: np.random.Generator,
        width: int = 1,
        around: int = 1,
    ):
        """`cell` has `hidden` units; `lists` is K, `places` is N and `width` is W."""
        _require(places, 2 * around + 1)
        self.cell, self.F = read_beside(cell, lists * (2 * around + 1) * width, rng)
        self.actions = Actions(hidden, lists, 3, rng=rng)
        self.values = Linear(hidden, lists * width, rng=rng, role=Role.OUTPUT)
        self.shape, self.around = (lists, places, width), around

    def seen(self, state: ActingState) -> Float[Array, " M"]:
        head = self.shape[1] // 2
        return state.memory[:, head - self.around : head + self.around + 1].reshape(-1)

    def outcomes(
        self, memory: Float[Array, "K N W"], value: Float[Array, "K 1 W"]
    ) -> tuple[Float[Array, "K N W"], ...]:
        empty, head = jnp.full_like(value, NOTHING), self.shape[1] // 2
        left = jnp.concatenate([empty, memory[:, :-1]], 1)
        right = jnp.concatenate([memory[:, 1:], empty], 1)
        inserted = jnp.concatenate([right[:, :head], value, memory[:, head + 1 :]], 1)
        return left, right, inserted


def _require(places: int, seen: int) -> None:
    if places < seen:
        raise InputError(f"a cell cannot see {seen} places of a memory that has {places}")

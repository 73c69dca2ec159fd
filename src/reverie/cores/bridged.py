"""A cell whose first state is told by the condition."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import Recurrence, uniform
from reverie.concepts import Condition, Key, Noise, State


class Bridged(Recurrence):
    """A cell that begins from the condition's vector v (C,): s_0 = tanh(W v + b), W (N, C).

    Raises ValueError where the condition has no vector.
    """

    cell: Recurrence
    W: Float[Array, "N C"]
    b: Float[Array, " N"]

    def __init__(self, cell: Recurrence, width: int, *, rng: np.random.Generator):
        """`width` is C; N is the size of the cell's state."""
        size = flat(cell.initial_state(Condition())).shape[0]
        self.cell, self.W, self.b = cell, uniform(rng, size, width), jnp.zeros(size)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        told = jnp.tanh(self.W @ _vector(condition) + self.b)
        return filled(self.cell.initial_state(condition, key=key), told)

    def recurrent(self) -> Float[Array, "G H"]:
        return self.cell.recurrent()

    def read(self, state: State) -> Float[Array, " H"]:
        return self.cell.read(state)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def pointwise(self, a: Float[Array, " G"], r: Float[Array, " G"], state: State) -> State:
        return self.cell.pointwise(a, r, state)


class Continued(Recurrence):
    """A cell that begins from a part of the condition's vector as it is: v[begin:] (N,).

    So a decoder goes on from the final state of an encoder of its own shape (Sutskever 2014).
    Raises ValueError where the condition has no vector.
    """

    cell: Recurrence
    begin: int = eqx.field(static=True, default=0)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        blank = self.cell.initial_state(condition, key=key)
        size = flat(blank).shape[0]
        return filled(blank, _vector(condition)[self.begin : self.begin + size])

    def recurrent(self) -> Float[Array, "G H"]:
        return self.cell.recurrent()

    def read(self, state: State) -> Float[Array, " H"]:
        return self.cell.read(state)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def pointwise(self, a: Float[Array, " G"], r: Float[Array, " G"], state: State) -> State:
        return self.cell.pointwise(a, r, state)


def _vector(condition: Condition) -> Float[Array, " C"]:
    if condition.vector is None:
        raise ValueError("a bridge needs something to tell: give the condition a vector")
    return condition.vector


def flat(state: State) -> Float[Array, " N"]:
    """What a state remembers, in a row; its noise is left out."""
    leaves = jax.tree.leaves(state, is_leaf=_is_noise)
    return jnp.concatenate([leaf.ravel() for leaf in leaves if not _is_noise(leaf)])


def filled(state: State, row: Float[Array, " N"]) -> State:
    """A state of the same shape and noise that remembers what is in the row (N,)."""
    size = flat(state).shape[0]
    if row.shape[0] != size:
        raise ValueError(f"{row.shape[0]} numbers do not fill a state of {size}")
    leaves, structure = jax.tree.flatten(state, is_leaf=_is_noise)
    new, place = [], 0
    for leaf in leaves:
        if _is_noise(leaf):
            new.append(leaf)
            continue
        new.append(row[place : place + leaf.size].reshape(leaf.shape))
        place += leaf.size
    return jax.tree.unflatten(structure, new)


def _is_noise(node: Any) -> bool:
    return isinstance(node, Noise)

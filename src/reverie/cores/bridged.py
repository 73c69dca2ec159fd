"""A cell whose first state is told by the condition."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import Recurrence
from reverie.concepts import Condition, Key, Noise, State
from reverie.layers import Linear


class Bridge(eqx.Module):
    """(vector (C,)) to what a state of N numbers remembers at first."""

    @abstractmethod
    def __call__(self, vector: Float[Array, " C"], size: int) -> Float[Array, " N"]: ...


class Affine(Bridge):
    """s_0 = tanh(W v + b), W (N, C)."""

    linear: Linear

    def __init__(self, vector: int, size: int, *, rng: np.random.Generator):
        """`vector` is C and `size` is N."""
        self.linear = Linear(vector, size, rng=rng)

    def __call__(self, vector: Float[Array, " C"], size: int) -> Float[Array, " N"]:
        return jnp.tanh(self.linear(vector))


class SliceBridge(Bridge):
    """s_0 = v[begin:begin + N]: a decoder goes on from an encoder of its shape (Sutskever 2014)."""

    begin: int = eqx.field(static=True, default=0)

    def __call__(self, vector: Float[Array, " C"], size: int) -> Float[Array, " N"]:
        return vector[self.begin : self.begin + size]


class Bridged(Recurrence):
    """A cell whose first state is told by the condition's vector.

    Raises ValueError where the condition has none, or it does not fill the state.
    """

    cell: Recurrence
    bridge: Bridge

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        if condition.vector is None:
            raise ValueError("a bridge needs something to tell: give the condition a vector")
        blank = self.cell.initial_state(condition, key=key)
        return filled(blank, self.bridge(condition.vector, flat(blank).shape[0]))

    def recurrent(self) -> Float[Array, "G H"]:
        return self.cell.recurrent()

    def read(self, state: State) -> Float[Array, " H"]:
        return self.cell.read(state)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def pointwise(self, a: Float[Array, " G"], r: Float[Array, " G"], state: State) -> State:
        return self.cell.pointwise(a, r, state)


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

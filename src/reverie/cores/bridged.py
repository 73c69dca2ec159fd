"""A cell whose first state is made of the condition."""

from __future__ import annotations

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.cells.wrapper import Wrapper
from reverie.concepts import Condition, Key, State
from reverie.cores.states import fill_state, flatten_state
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


class Bridged(Wrapper):
    """A cell whose first state is made of the condition's vector.

    Raises ValueError where the condition has none, or it does not fill the state.
    """

    cell: Cell
    bridge: Bridge

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        if condition.vector is None:
            raise ValueError("a bridge makes a state of a vector: give the condition a vector")
        blank = self.cell.initial_state(condition, key=key)
        return fill_state(blank, self.bridge(condition.vector, flatten_state(blank).shape[0]))

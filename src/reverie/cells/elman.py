"""The simple recurrent network (Elman 1990)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.concepts import Condition, Key
from reverie.layers import Role, filled, orthogonal, parameter, scaled_identity, uniform, zeros_like
from reverie.products import affine


class ElmanState(NamedTuple):
    """h (H,)."""

    h: Float[Array, " H"]


class Elman(Cell):
    """h = f(W x + R h' + b), with f tanh, relu or any other.

    Le, Jaitly, Hinton 2015 begin with an R that is the identity: see `IRNN`.
    """

    activation: Callable[[Array], Array] = eqx.field(static=True)
    R: Float[Array, "H H"] = parameter(Role.RECURRENT)
    W: Float[Array, "H X"] = parameter(Role.INPUT)
    b: Float[Array, " H"] = parameter(Role.BIAS)

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        rng: np.random.Generator,
        activation: Callable[[Array], Array] = jnp.tanh,
        identity: float | None = None,
    ):
        """`identity` scales a recurrent identity to start from; without it R is orthogonal."""
        if identity is None:
            self.R = orthogonal(rng, hidden, 1)
        else:
            self.R = scaled_identity(rng, hidden, identity)
        self.W = uniform(rng, hidden, inputs)
        self.b = filled(0.0, hidden)
        self.activation = activation

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> ElmanState:
        return ElmanState(zeros_like(self.b))

    def recurrent(self) -> Float[Array, "G H"]:
        return self.R

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return affine(self.W, xs, self.b)

    def advance(
        self, a: Float[Array, " G"], r: Float[Array, " G"], state: ElmanState
    ) -> ElmanState:
        return ElmanState(self.activation(a + r))


def IRNN(  # noqa: N802, it is called as the classes are
    inputs: int, hidden: int, *, rng: np.random.Generator
) -> Elman:
    """h = relu(W x + R h' + b), R starting as the identity (Le, Jaitly, Hinton 2015)."""
    return Elman(inputs, hidden, rng=rng, activation=jax.nn.relu, identity=1.0)

"""The three best cells of a search by evolution (Jozefowicz, Zaremba, Sutskever 2015)."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.concepts import Condition, Key
from reverie.layers import Role, filled, orthogonal, parameter, uniform, zeros_like
from reverie.products import affine, product


class MUTState(NamedTuple):
    """h (H,)."""

    h: Float[Array, " H"]


class MUTGates(NamedTuple):
    """z, r, n (H,): the update gate, the reset gate, the candidate."""

    z: Float[Array, " H"]
    r: Float[Array, " H"]
    n: Float[Array, " H"]


class MUT(Cell):
    """What the three share: h = z * n + (1 - z) * h', where z takes.

    The blocks of W, V and b stand in the order z, r, n as far as a cell has them.
    """

    Gates: ClassVar = MUTGates

    b: eqx.AbstractVar[Array]

    @abstractmethod
    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " H"], state: MUTState) -> MUTGates:
        """z, r and n from the projected input and what the products multiply."""

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> MUTState:
        return MUTState(zeros_like(self.b, self.width() // 3))

    def width(self) -> int:
        return int(self.b.shape[0])

    def advance(self, a: Float[Array, " G"], r: Float[Array, " H"], state: MUTState) -> MUTState:
        z, _, n = self.gates_from(a, r, state)
        return MUTState(state.h + z * (n - state.h))


class MUT1(MUT):
    """MUT1: the update gate sees the input alone.

        e = E x                        z = s(Wz e + bz)
        r = s(Wr e + V h' + br)        n = tanh(U (r * h') + tanh(e) + bn)

    e is the paper's x, which is added to hidden units and therefore H wide: E (H, X).
    """

    E: Float[Array, "H X"] = parameter(Role.INPUT)
    W: Float[Array, "H2 H"] = parameter(Role.HIDDEN)
    V: Float[Array, "H H"] = parameter(Role.RECURRENT)
    U: Float[Array, "H H"] = parameter(Role.RECURRENT)
    b: Float[Array, " G"] = parameter(Role.BIAS)

    def __init__(self, inputs: int, hidden: int, *, rng: np.random.Generator):
        self.E, self.W = uniform(rng, hidden, inputs), uniform(rng, 2 * hidden, hidden)
        self.V, self.U = orthogonal(rng, hidden, 1), orthogonal(rng, hidden, 1)
        self.b = filled(0.0, 3 * hidden)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        e = product(self.E, xs)
        return jnp.concatenate([product(self.W, e), e], -1)

    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " H"], state: MUTState) -> MUTGates:
        (az, ar, e), (bz, br, bn) = jnp.split(a, 3), jnp.split(self.b, 3)
        reset = sigmoid(ar + product(self.V, r) + br)
        n = jnp.tanh(product(self.U, reset * r) + jnp.tanh(e) + bn)
        return MUTGates(sigmoid(az + bz), reset, n)


class MUT2(MUT):
    """MUT2: the reset gate takes the input as it is.

        e = E x                        z = s(Wz e + Vz h' + bz)
        r = s(e + Vr h' + br)          n = tanh(U (r * h') + Wn e + bn)

    e is the paper's x, which is added to hidden units and therefore H wide: E (H, X).
    """

    E: Float[Array, "H X"] = parameter(Role.INPUT)
    W: Float[Array, "H2 H"] = parameter(Role.HIDDEN)
    V: Float[Array, "H2 H"] = parameter(Role.RECURRENT)
    U: Float[Array, "H H"] = parameter(Role.RECURRENT)
    b: Float[Array, " G"] = parameter(Role.BIAS)

    def __init__(self, inputs: int, hidden: int, *, rng: np.random.Generator):
        self.E, self.W = uniform(rng, hidden, inputs), uniform(rng, 2 * hidden, hidden)
        self.V, self.U = orthogonal(rng, hidden, 2), orthogonal(rng, hidden, 1)
        self.b = filled(0.0, 3 * hidden)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        e = product(self.E, xs)
        z, n = jnp.split(product(self.W, e), 2, -1)
        return jnp.concatenate([z, e, n], -1) + self.b

    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " H"], state: MUTState) -> MUTGates:
        return _gates(a, product(self.V, r), r, self.U)


class MUT3(MUT):
    """MUT3: the update gate sees tanh(h').

    z = s(Wz x + Vz tanh(h') + bz)    r = s(Wr x + Vr h' + br)    n = tanh(U (r * h') + Wn x + bn)
    """

    W: Float[Array, "G X"] = parameter(Role.INPUT)
    V: Float[Array, "H2 H"] = parameter(Role.RECURRENT)
    U: Float[Array, "H H"] = parameter(Role.RECURRENT)
    b: Float[Array, " G"] = parameter(Role.BIAS)

    def __init__(self, inputs: int, hidden: int, *, rng: np.random.Generator):
        self.W, self.b = uniform(rng, 3 * hidden, inputs), filled(0.0, 3 * hidden)
        self.V, self.U = orthogonal(rng, hidden, 2), orthogonal(rng, hidden, 1)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return affine(self.W, xs, self.b)

    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " H"], state: MUTState) -> MUTGates:
        Vz, Vr = jnp.split(self.V, 2)
        recurrent = jnp.concatenate([product(Vz, jnp.tanh(r)), product(Vr, r)])
        return _gates(a, recurrent, r, self.U)


def _gates(
    a: Float[Array, " G"], recurrent: Float[Array, " H2"], h: Float[Array, " H"], U: Array
) -> MUTGates:
    """z and r from their pre-activations, and n = tanh(U (r * h) + a_n)."""
    (az, ar, an), (rz, rr) = jnp.split(a, 3), jnp.split(recurrent, 2)
    reset = sigmoid(ar + rr)
    return MUTGates(sigmoid(az + rz), reset, jnp.tanh(product(U, reset * h) + an))

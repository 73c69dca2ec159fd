"""Gated recurrent units: the reset gate before or after the product, and both ways to mix."""

from __future__ import annotations

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


class GRUState(NamedTuple):
    """h (H,)."""

    h: Float[Array, " H"]


class GRUGates(NamedTuple):
    """r, u, n (H,): the reset gate, the update gate, the candidate."""

    r: Float[Array, " H"]
    u: Float[Array, " H"]
    n: Float[Array, " H"]


class GRU(Cell):
    """GRU, reset after the product (Cho 2014 v1; cuDNN, PyTorch).

        r = s(Wr x + Ur h' + br)        u = s(Wu x + Uu h' + bu)
        n = tanh(W x + b + r * (U h' + bh))

    and h = u * h' + (1 - u) * n, where u keeps; or, with `update_takes`,
    h = (1 - u) * h' + u * n (Chung 2014). Blocks in the order r, u, n.
    """

    Gates: ClassVar = GRUGates

    update_takes: bool = eqx.field(static=True)
    U: Float[Array, "G H"] = parameter(Role.RECURRENT)
    W: Float[Array, "G X"] = parameter(Role.INPUT)
    b: Float[Array, " G"] = parameter(Role.BIAS)
    bh: Float[Array, " H"] = parameter(Role.BIAS)

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        rng: np.random.Generator,
        update_takes: bool = False,
    ):
        self.U = orthogonal(rng, hidden, 3)
        self.W = uniform(rng, 3 * hidden, inputs)
        self.b, self.bh = filled(0.0, 3 * hidden), filled(0.0, hidden)
        self.update_takes = update_takes

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> GRUState:
        return GRUState(zeros_like(self.bh))

    def recurrent(self) -> Float[Array, "G H"]:
        return self.U

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return affine(self.W, xs, self.b)

    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " G"], state: GRUState) -> GRUGates:
        (ar, au, an), (rr, ru, rn) = jnp.split(a, 3, -1), jnp.split(r, 3, -1)
        reset = sigmoid(ar + rr)
        return GRUGates(reset, sigmoid(au + ru), jnp.tanh(an + reset * (rn + self.bh)))

    def advance(self, a: Float[Array, " G"], r: Float[Array, " G"], state: GRUState) -> GRUState:
        _, u, n = self.gates_from(a, r, state)
        return GRUState(_mix(u, state.h, n, self.update_takes))


class GRUResetBefore(Cell):
    """GRU, reset before the product (Cho 2014 v3; Chung 2014): n = tanh(W x + b + U (r * h')).

    Gates and mixing as in `GRU`. The gates' recurrent matrix V is (2H, H): r, u.
    """

    Gates: ClassVar = GRUGates

    update_takes: bool = eqx.field(static=True)
    V: Float[Array, "H2 H"] = parameter(Role.RECURRENT)
    U: Float[Array, "H H"] = parameter(Role.RECURRENT)
    W: Float[Array, "G X"] = parameter(Role.INPUT)
    b: Float[Array, " G"] = parameter(Role.BIAS)

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        rng: np.random.Generator,
        update_takes: bool = False,
    ):
        self.V, self.U = orthogonal(rng, hidden, 2), orthogonal(rng, hidden, 1)
        self.W, self.b = uniform(rng, 3 * hidden, inputs), filled(0.0, 3 * hidden)
        self.update_takes = update_takes

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> GRUState:
        return GRUState(zeros_like(self.b, self.U.shape[1]))

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return affine(self.W, xs, self.b)

    def width(self) -> int:
        return int(self.b.shape[0])

    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " H"], state: GRUState) -> GRUGates:
        ar, au, an = jnp.split(a, 3, -1)
        rr, ru = jnp.split(product(self.V, r), 2, -1)
        reset = sigmoid(ar + rr)
        n = jnp.tanh(an + product(self.U, reset * r))
        return GRUGates(reset, sigmoid(au + ru), n)

    def advance(self, a: Float[Array, " G"], r: Float[Array, " H"], state: GRUState) -> GRUState:
        _, u, n = self.gates_from(a, r, state)
        return GRUState(_mix(u, state.h, n, self.update_takes))


def _mix(u: Array, old: Array, new: Array, update_takes: bool) -> Array:
    """u * old + (1 - u) * new, or with the roles of u and 1 - u exchanged."""
    return old + u * (new - old) if update_takes else new + u * (old - new)

"""Multiplicative LSTM: the input chooses the recurrent matrix."""

from __future__ import annotations

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.cells.lstm import LSTMGates, LSTMState
from reverie.concepts import Condition, Key
from reverie.layers import Role, biases, orthogonal, parameter, uniform, zeros_like
from reverie.products import affine, product


class MultiplicativeLSTM(Cell):
    """mLSTM (Krause 2016): the gates of an LSTM read m in place of h'.

        m = (Wm x) * (V h')
        i, f, o = s(W x + R m + b)    z = tanh(Wz x + Rz m + bz)    c = f * c' + i * z

    and h = o * tanh(c), as in later work; or, with `squash_product`, h = tanh(o * c), as in the
    paper. Blocks of W (5H, X) in the order m, i, f, z, o, of R (4H, H) and b (4H,) in that of an
    LSTM.
    """

    Gates: ClassVar = LSTMGates

    squash_product: bool = eqx.field(static=True)
    V: Float[Array, "H H"] = parameter(Role.RECURRENT)
    R: Float[Array, "4H H"] = parameter(Role.RECURRENT)
    W: Float[Array, "G X"] = parameter(Role.INPUT)
    b: Float[Array, " 4H"] = parameter(Role.BIAS)

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        rng: np.random.Generator,
        forget_bias: float = 1.0,
        squash_product: bool = False,
    ):
        self.V, self.R = orthogonal(rng, hidden, 1), orthogonal(rng, hidden, 4)
        self.W = uniform(rng, 5 * hidden, inputs)
        self.b = biases(hidden, 0.0, forget_bias, 0.0, 0.0)
        self.squash_product = squash_product

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> LSTMState:
        zeros = zeros_like(self.b, self.V.shape[1])
        return LSTMState(zeros, zeros)

    def width(self) -> int:
        return int(self.W.shape[0])

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return affine(self.W, xs, jnp.pad(self.b, (self.V.shape[0], 0)))

    def gates_from(
        self, a: Float[Array, " G"], r: Float[Array, " H"], state: LSTMState
    ) -> LSTMGates:
        factor, a = jnp.split(a, [self.V.shape[0]])
        m = factor * product(self.V, r)
        i, f, z, o = jnp.split(a + product(self.R, m), 4)
        return LSTMGates(sigmoid(i), sigmoid(f), jnp.tanh(z), sigmoid(o))

    def advance(self, a: Float[Array, " G"], r: Float[Array, " H"], state: LSTMState) -> LSTMState:
        i, f, z, o = self.gates_from(a, r, state)
        c = f * state.c + i * z
        return LSTMState(jnp.tanh(o * c) if self.squash_product else o * jnp.tanh(c), c)

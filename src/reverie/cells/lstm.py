"""Long short-term memory: as of 1997, with a forget gate, with Graves's peepholes."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.concepts import Condition, Key
from reverie.layers import Role, biases, filled, orthogonal, parameter, uniform, zeros_like
from reverie.products import affine


class LSTMState(NamedTuple):
    """h, c (H,): the output and the cell."""

    h: Float[Array, " H"]
    c: Float[Array, " H"]


class LSTMGates(NamedTuple):
    """i, f, z, o (H,): the input gate, the forget gate, the cell's input, the output gate."""

    i: Float[Array, " H"]
    f: Float[Array, " H"]
    z: Float[Array, " H"]
    o: Float[Array, " H"]


class LSTM(Cell):
    """LSTM with a forget gate (Gers 2000) and, on request, peepholes (Graves 2013, eq. 7-11).

        i = s(Wi x + Ri h' + pi * c' + bi)        f = s(Wf x + Rf h' + pf * c' + bf)
        z = tanh(Wz x + Rz h' + bz)               c = f * c' + i * z
        o = s(Wo x + Ro h' + po * c + bo)         h = o * tanh(c)

    Blocks of W (4H, X), R (4H, H) and b (4H,) stand in the order i, f, z, o (PyTorch's
    i, f, g, o); p (3, H) holds pi, pf, po. The output gate peeps at the NEW cell.
    """

    Gates: ClassVar = LSTMGates

    R: Float[Array, "G H"] = parameter(Role.RECURRENT)
    W: Float[Array, "G X"] = parameter(Role.INPUT)
    b: Float[Array, " G"] = parameter(Role.BIAS)
    p: Float[Array, "3 H"] | None = parameter(Role.GAIN)

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        rng: np.random.Generator,
        peepholes: bool = False,
        forget_bias: float = 1.0,
    ):
        self.R = orthogonal(rng, hidden, 4)
        self.W = uniform(rng, 4 * hidden, inputs)
        self.b = biases(hidden, 0.0, forget_bias, 0.0, 0.0)
        self.p = filled(0.0, 3, hidden) if peepholes else None

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> LSTMState:
        return _zero_state(self.b, 4)

    def recurrent(self) -> Float[Array, "G H"]:
        return self.R

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return affine(self.W, xs, self.b)

    def gates_from(
        self, a: Float[Array, " G"], r: Float[Array, " G"], state: LSTMState
    ) -> LSTMGates:
        i, f, z, o = jnp.split(a + r, 4, -1)
        if self.p is not None:
            i, f = i + self.p[0] * state.c, f + self.p[1] * state.c
        i, f, z = sigmoid(i), sigmoid(f), jnp.tanh(z)
        if self.p is not None:
            o = o + self.p[2] * (f * state.c + i * z)
        return LSTMGates(i, f, z, sigmoid(o))

    def advance(self, a: Float[Array, " G"], r: Float[Array, " G"], state: LSTMState) -> LSTMState:
        i, f, z, o = self.gates_from(a, r, state)
        c = f * state.c + i * z
        return LSTMState(o * jnp.tanh(c), c)


class LSTM1997Gates(NamedTuple):
    """i, z, o (H,): the input gate, the cell's input, the output gate."""

    i: Float[Array, " H"]
    z: Float[Array, " H"]
    o: Float[Array, " H"]


class LSTM1997(Cell):
    """LSTM without a forget gate (Hochreiter and Schmidhuber 1997): c = c' + i * z.

        i = s(Wi x + Ri h' + bi)    z = tanh(Wz x + Rz h' + bz)    o = s(Wo x + Ro h' + bo)

    Blocks in the order i, z, o. Departure: the output squashing is tanh, not the paper's
    scaled logistic, and gradients are not truncated at the gates.
    """

    Gates: ClassVar = LSTM1997Gates

    R: Float[Array, "G H"] = parameter(Role.RECURRENT)
    W: Float[Array, "G X"] = parameter(Role.INPUT)
    b: Float[Array, " G"] = parameter(Role.BIAS)

    def __init__(self, inputs: int, hidden: int, *, rng: np.random.Generator):
        self.R = orthogonal(rng, hidden, 3)
        self.W = uniform(rng, 3 * hidden, inputs)
        self.b = filled(0.0, 3 * hidden)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> LSTMState:
        return _zero_state(self.b, 3)

    def recurrent(self) -> Float[Array, "G H"]:
        return self.R

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return affine(self.W, xs, self.b)

    def gates_from(
        self, a: Float[Array, " G"], r: Float[Array, " G"], state: LSTMState
    ) -> LSTM1997Gates:
        i, z, o = jnp.split(a + r, 3, -1)
        return LSTM1997Gates(sigmoid(i), jnp.tanh(z), sigmoid(o))

    def advance(self, a: Float[Array, " G"], r: Float[Array, " G"], state: LSTMState) -> LSTMState:
        i, z, o = self.gates_from(a, r, state)
        c = state.c + i * z
        return LSTMState(o * jnp.tanh(c), c)


def _zero_state(biases: Float[Array, " G"], blocks: int) -> LSTMState:
    zeros = zeros_like(biases, biases.shape[0] // blocks)
    return LSTMState(zeros, zeros)

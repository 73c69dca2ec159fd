"""The neural Turing machine (Graves, Wayne, Danihelka 2014)."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.concepts import Condition, Key, State
from reverie.cores.addressing import Address, address, write
from reverie.cores.augmented import Augmented, beside_reads, read_beside
from reverie.errors import InputError
from reverie.layers import Linear, Role, parameter, uniform

EMPTY = 1e-6
"""What each number of the memory is at first (Collier and Beel 2018)."""
LIMIT = 20.0
"""What heads are told is clipped to [-LIMIT, LIMIT]."""


class TuringState(NamedTuple):
    """The controller's state, the tape, where the heads are and what they read there."""

    cell: State
    memory: Float[Array, "N W"]
    weights: Float[Array, "K N"]
    """Where each head looks, those that read first; each row sums to 1."""
    reads: Float[Array, "R W"]
    """r = sum_i w(i) M_i of each head that reads."""

    @property
    def h(self) -> Float[Array, "... D"]:
        """The output, [h; r_1; ...; r_R]."""
        return beside_reads(self.cell.h, self.reads)

    @property
    def read_weights(self) -> Float[Array, "... R N"]:
        """Where the heads look that read."""
        return self.weights[..., : self.reads.shape[-2], :]

    @property
    def write_weights(self) -> Float[Array, "... K-R N"]:
        """Where the heads look that write."""
        return self.weights[..., self.reads.shape[-2] :, :]


class NeuralTuringMachine(Augmented):
    """A cell, the controller, with heads that read and write N places of W numbers each.

        h = controller(x, r'_1 ... r'_R, h')        (k, beta, g, s, gamma, e, a) = V h + d
        w = address(k, beta, g, s, gamma; w', M')   (see `addressing.address`)
        M = M' prod (1 - w e) + sum w a             r = sum_i w(i) M_i
        out = [h; r_1; ...; r_R]

    with k and a by tanh, beta by softplus, g and e by the logistic function, s by softmax, gamma
    = 1 + softplus. One product makes what all heads are told; it is clipped to [-20, 20], the
    memory begins as the constant 1e-6, reads and weights begin as learned (Collier, Beel 2018).
    Every head finds its place in the memory as it was, and reads it as it is after the writing.
    Departures: k and a are squashed, which the paper leaves open, and the cosine with a place that
    is almost empty is 0.
    Raises InputError for a memory smaller than a head's moves, or without both kinds of heads.
    """

    cell: Cell
    F: Float[Array, "G M"] | None
    reach: int = eqx.field(static=True)
    """How many places a head can move in a step."""
    heads: Linear
    """V and d."""
    weights: Float[Array, "K N"] = parameter(Role.BIAS)
    """The logits of where each head looks at first."""
    reads: Float[Array, "R W"] = parameter(Role.BIAS)
    """What was read before the first step, before tanh."""

    def __init__(
        self,
        cell: Cell,
        hidden: int,
        places: int,
        width: int,
        *,
        rng: np.random.Generator,
        readers: int = 1,
        writers: int = 1,
        reach: int = 1,
    ):
        """`cell` has `hidden` units; `places` is N, `width` is W, `readers` is R, all heads K."""
        if readers < 1 or writers < 1:
            raise InputError("a machine needs a head that reads and one that writes")
        if places < 2 * reach + 1:
            raise InputError(
                f"heads that move {reach} places need at least {2 * reach + 1} places: "
                f"the memory has {places}"
            )
        heads = readers + writers
        self.cell, self.F = read_beside(cell, readers * width, rng)
        told = heads * (width + 2 * reach + 4) + writers * 2 * width
        self.heads = Linear(hidden, told, rng=rng, role=Role.OUTPUT)
        self.weights = uniform(rng, heads, places, scale=1.0)
        self.reads = uniform(rng, readers, width, scale=1.0)
        self.reach = reach

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> TuringState:
        places, width = self.weights.shape[1], self.reads.shape[1]
        memory = jnp.full_like(self.reads, EMPTY, shape=(places, width))
        cell = self.cell.initial_state(condition, key=key)
        return TuringState(cell, memory, jax.nn.softmax(self.weights), jnp.tanh(self.reads))

    def seen(self, state: TuringState) -> Float[Array, " M"]:
        return state.reads.reshape(-1)

    def outer(self, new: State, state: TuringState) -> TuringState:
        readers = len(state.reads)
        where, erase, add = self._told(new.h)
        weights = address(where, state.weights, state.memory)
        memory = write(state.memory, weights[readers:], erase, add)
        return TuringState(new, memory, weights, weights[:readers] @ memory)

    def _told(self, h: Float[Array, " H"]) -> tuple[Address, Array, Array]:
        """Where the heads look, what they erase and what they add."""
        (heads, _), (readers, width) = self.weights.shape, self.reads.shape
        told = jnp.clip(self.heads(h), -LIMIT, LIMIT)
        each = width + 2 * self.reach + 4
        where, what = jnp.split(told, [heads * each])
        key, shift, scalars = jnp.split(where.reshape(heads, each), [width, each - 3], -1)
        strength, gate, sharpness = scalars.T
        erase, add = what.reshape(2, heads - readers, width)
        return (
            Address(
                jnp.tanh(key),
                jax.nn.softplus(strength),
                jax.nn.sigmoid(gate),
                jax.nn.softmax(shift),
                1 + jax.nn.softplus(sharpness),
            ),
            jax.nn.sigmoid(erase),
            jnp.tanh(add),
        )

"""The differentiable neural computer (Graves et al. 2016)."""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.cell import Cell
from reverie.concepts import Condition, Key, State
from reverie.cores.addressing import content, write
from reverie.cores.augmented import Augmented, beside_reads, read_beside
from reverie.errors import InputError
from reverie.layers import Linear, Role

LIMIT = 20.0
"""What heads are told is clipped to [-LIMIT, LIMIT]."""


class ComputerState(NamedTuple):
    """The controller's state, the memory, what of it is in use, what was written after what."""

    cell: State
    memory: Float[Array, "N W"]
    usage: Float[Array, " N"]
    """u: how much each place is in use, from 0 to 1."""
    precedence: Float[Array, " N"]
    """p: how much each place was the last to be written."""
    links: Float[Array, "N N"]
    """L_ij: how much place i was written right after place j."""
    write_weights: Float[Array, " N"]
    read_weights: Float[Array, "R N"]
    reads: Float[Array, "R W"]

    @property
    def h(self) -> Float[Array, "... D"]:
        """The output, [h; r_1; ...; r_R]."""
        return beside_reads(self.cell.h, self.reads)


class ComputerOrders(NamedTuple):
    """What the controller says to the heads in a step."""

    write_key: Float[Array, " W"]
    erase: Float[Array, " W"]
    add: Float[Array, " W"]
    write_strength: Float[Array, ""]
    allocation: Float[Array, ""]
    """g_a: 1 writes where nothing is in use, 0 by content."""
    gate: Float[Array, ""]
    """g_w: how much is written."""
    read_keys: Float[Array, "R W"]
    read_strengths: Float[Array, " R"]
    free: Float[Array, " R"]
    """f: how much of what was read last is given up."""
    modes: Float[Array, "R 3"]
    """pi: to what was written before, to like content, to what was written after."""


class DifferentiableNeuralComputer(Augmented):
    """A cell, the controller, with one head that writes and R that read N places of W numbers.

        u = (u' + w_w' - u' w_w') prod_r (1 - f_r w_r')     where is room, see `allocate`
        w_w = g_w (g_a allocate(u) + (1 - g_a) content(k_w, M'))
        M = M' (1 - w_w e) + w_w v
        L_ij = (1 - w_w(i) - w_w(j)) L'_ij + w_w(i) p'_j       L_ii = 0
        p = (1 - sum w_w) p' + w_w
        w_r = pi_1 L^T w_r' + pi_2 content(k_r, M) + pi_3 L w_r'        r = sum_i w_r(i) M_i
        out = [h; r_1; ...; r_R]

    content is softmax_i(beta cos(k, M_i)), beta = 1 + softplus. All begins as 0. Departures, as in
    `NeuralTuringMachine`: keys and what is added pass tanh, what the heads are told is clipped to
    [-20, 20], the cosine with a place that is almost empty is 0.
    Raises InputError without a place or a head that reads.
    """

    cell: Cell
    F: Float[Array, "G M"] | None
    shape: tuple[int, int, int] = eqx.field(static=True)
    """R, N, W."""
    heads: Linear

    def __init__(
        self,
        cell: Cell,
        hidden: int,
        places: int,
        width: int,
        *,
        rng: np.random.Generator,
        readers: int = 1,
    ):
        """`cell` has `hidden` units; `places` is N, `width` is W, `readers` is R."""
        if readers < 1 or places < 1:
            raise InputError("a computer needs a place in its memory and a head that reads")
        self.cell, self.F = read_beside(cell, readers * width, rng)
        told = 3 * width + 3 + readers * (width + 5)
        self.heads = Linear(hidden, told, rng=rng, role=Role.OUTPUT)
        self.shape = readers, places, width

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> ComputerState:
        R, N, W = self.shape
        shapes = (N, W), (N,), (N,), (N, N), (N,), (R, N), (R, W)
        zeros = [jnp.zeros_like(self.heads.b, shape=shape) for shape in shapes]
        return ComputerState(self.cell.initial_state(condition, key=key), *zeros)

    def seen(self, state: ComputerState) -> Float[Array, " M"]:
        return state.reads.reshape(-1)

    def outer(self, new: State, state: ComputerState) -> ComputerState:
        told, before = self._told(new.h), state.write_weights
        kept = jnp.prod(1 - told.free[:, None] * state.read_weights, 0)
        usage = (state.usage + before - state.usage * before) * kept
        found = content(told.write_key[None], told.write_strength[None], state.memory)[0]
        mixed = told.allocation * allocate(usage) + (1 - told.allocation) * found
        w = told.gate * mixed
        memory = write(state.memory, w[None], told.erase[None], told.add[None])
        links = link(state.links, w, state.precedence)
        precedence = (1 - w.sum()) * state.precedence + w
        ways = (
            state.read_weights @ links,
            content(told.read_keys, told.read_strengths, memory),
            state.read_weights @ links.T,
        )
        modes = told.modes.T[:, :, None]
        readers = reduce(jnp.add, [mode * way for mode, way in zip(modes, ways, strict=True)])
        return ComputerState(new, memory, usage, precedence, links, w, readers, readers @ memory)

    def _told(self, h: Float[Array, " H"]) -> ComputerOrders:
        """What the heads are told, by one product."""
        R, _, W = self.shape
        numbers = jnp.clip(self.heads(h), -LIMIT, LIMIT)
        vectors, scalars, each = jnp.split(numbers, [3 * W, 3 * W + 3])
        key, erase, add = vectors.reshape(3, W)
        keys, strengths, free, modes = jnp.split(each.reshape(R, W + 5), [W, W + 1, W + 2], -1)
        return ComputerOrders(
            jnp.tanh(key),
            jax.nn.sigmoid(erase),
            jnp.tanh(add),
            1 + jax.nn.softplus(scalars[0]),
            jax.nn.sigmoid(scalars[1]),
            jax.nn.sigmoid(scalars[2]),
            jnp.tanh(keys),
            1 + jax.nn.softplus(strengths[:, 0]),
            jax.nn.sigmoid(free[:, 0]),
            jax.nn.softmax(modes),
        )


def allocate(usage: Float[Array, " N"]) -> Float[Array, " N"]:
    """Where to write what is new: to the places least in use, phi_1, phi_2 ... in that order.

    a(phi_j) = (1 - u(phi_j)) prod_{i<j} u(phi_i)

    The order has no gradient.
    """
    order = jnp.argsort(jax.lax.stop_gradient(usage))
    ranked = usage[order]
    taken = jnp.concatenate([jnp.ones_like(ranked[:1]), jnp.cumprod(ranked)[:-1]])
    return jnp.zeros_like(usage).at[order].set((1 - ranked) * taken)


def link(
    links: Float[Array, "N N"], w: Float[Array, " N"], precedence: Float[Array, " N"]
) -> Float[Array, "N N"]:
    """L_ij = (1 - w_i - w_j) L'_ij + w_i p'_j, without a link of a place to itself."""
    linked = (1 - w[:, None] - w) * links + w[:, None] * precedence
    return linked * (1 - jnp.eye(len(w), dtype=w.dtype))

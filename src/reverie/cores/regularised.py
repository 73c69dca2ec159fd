"""Cores around cores that make learning steadier: dropout, zoneout, layer norm, clipping.

Each wraps; a key given to `initial_state` turns its noise on, and none leaves the
deterministic core that evaluation and sampling use.
"""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from reverie.cells.cell import Cell
from reverie.cells.wrapper import Wrapper
from reverie.concepts import Condition, Core, Key, Noise, State, zero_masked
from reverie.cores.stack import split
from reverie.cores.states import is_noise
from reverie.layers import Role, clip_gradient, filled, parameter
from reverie.randomness import unroll_draws


class DropoutState(NamedTuple):
    """The wrapped core's state, and the masks of this sequence: scaled by 1 / (1 - rate)."""

    core: State
    masks: Noise


class Dropout(Core):
    """Variational dropout on a core's input and output: one mask a sequence (Gal 2016)."""

    core: Core
    inputs: int = eqx.field(static=True)
    outputs: int = eqx.field(static=True)
    rate_in: float = eqx.field(static=True, default=0.0)
    rate_out: float = eqx.field(static=True, default=0.0)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> DropoutState:
        inner, first, second = split(key, 3)
        masks = (
            dropout_mask(first, self.rate_in, self.inputs),
            dropout_mask(second, self.rate_out, self.outputs),
        )
        return DropoutState(self.core.initial_state(condition, key=inner), Noise(masks))

    def step(
        self, x: Float[Array, " X"], state: DropoutState, condition: Condition
    ) -> tuple[Float[Array, " D"], DropoutState]:
        entering, leaving = state.masks.drawn
        out, core = self.core.step(apply_mask(x, entering), state.core, condition)
        return apply_mask(out, leaving), state._replace(core=core)

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: DropoutState,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], State, State]:
        entering, leaving = state.masks.drawn
        outs, last, states = self.core.unroll(
            apply_mask(zero_masked(mask, xs), entering), state.core, condition, mask=mask
        )
        masks = jax.tree.map(lambda m: jnp.broadcast_to(m, (len(xs), *m.shape)), state.masks)
        return apply_mask(outs, leaving), state._replace(core=last), DropoutState(states, masks)


def dropout_mask(key: Key | None, rate: float, size: int) -> Float[Array, " size"] | None:
    """(size,) of 0 with probability `rate`, else 1 / (1 - rate); none without key or rate."""
    if key is None or rate == 0:
        return None
    kept = jax.random.bernoulli(key, 1 - rate, (size,))
    return kept / jnp.asarray(1 - rate)


def apply_mask(x: Array, mask: Array | None) -> Array:
    """x times the mask, where there is one."""
    return x if mask is None else x * mask


class RecurrentDropoutState(NamedTuple):
    """The wrapped cell's state, and the mask of this sequence."""

    cell: State
    mask: Noise

    @property
    def h(self) -> Float[Array, "... H"]:
        """The output."""
        h: Float[Array, "... H"] = self.cell.h
        return h


class RecurrentDropout(Wrapper):
    """Variational dropout on h' where it enters the recurrence: one mask a sequence (Gal 2016)."""

    cell: Cell
    rate: float = eqx.field(static=True)

    def initial_state(
        self, condition: Condition, *, key: Key | None = None
    ) -> RecurrentDropoutState:
        inner, own = split(key, 2)
        cell = self.cell.initial_state(condition, key=inner)
        mask = dropout_mask(own, self.rate, self.cell.read(cell).shape[0])
        return RecurrentDropoutState(cell, Noise(mask))

    def inner(self, state: RecurrentDropoutState) -> State:
        return state.cell

    def outer(self, new: State, state: RecurrentDropoutState) -> RecurrentDropoutState:
        return RecurrentDropoutState(new, state.mask)

    def read(self, state: RecurrentDropoutState) -> Float[Array, " H"]:
        return apply_mask(self.cell.read(state.cell), state.mask.drawn)


class LayerNorm(Wrapper):
    """Layer normalisation (Ba 2016) of both halves of the pre-activations, gate by gate.

        a <- g_a * norm(a) + b_a,   r <- g_r * norm(r)

    with norm over the H units of each gate. Departures: the paper also normalises the cell
    before its output squashing; here the cell's own maths is left alone, so that any
    cell can be wrapped. Where the recurrence is not one product, only `a` is normalised.
    """

    cell: Cell
    gates: int = eqx.field(static=True)
    gain_a: Float[Array, " G"] = parameter(Role.GAIN)
    gain_r: Float[Array, " G"] | None = parameter(Role.GAIN)
    bias: Float[Array, " G"] = parameter(Role.BIAS)

    def __init__(self, cell: Cell, gates: int):
        """`gates` is the number of blocks in the pre-activations: 4 for an LSTM."""
        width = cell.width()
        self.cell, self.gates = cell, gates
        self.gain_a, self.bias = filled(1.0, width), filled(0.0, width)
        self.gain_r = None if cell.recurrent() is None else filled(1.0, width)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.gain_a * self._normalise(self.cell.project(xs)) + self.bias

    def adjust(
        self, a: Float[Array, " G"], r: Float[Array, " R"], state: State
    ) -> tuple[Float[Array, " G"], Float[Array, " R"]]:
        return a, r if self.gain_r is None else self.gain_r * self._normalise(r)

    def _normalise(self, x: Float[Array, "... G"]) -> Float[Array, "... G"]:
        blocks = x.reshape(*x.shape[:-1], self.gates, x.shape[-1] // self.gates)
        centred = blocks - blocks.mean(-1, keepdims=True)
        scale = jax.lax.rsqrt(jnp.square(centred).mean(-1, keepdims=True) + 1e-5)
        return (centred * scale).reshape(x.shape)


class Clipped(Wrapper):
    """Clips the loss's derivative with respect to each gate's pre-activation to [-limit, limit].

    Graves 2013: 1 for text, 10 for pen strokes. Values do not change. Departures: what flows
    back through a peephole into the cell is not clipped on that way; where the recurrence is not
    one product, what flows back through the cell's own products is not clipped.
    """

    cell: Cell
    limit: float = eqx.field(static=True)

    def adjust(
        self, a: Float[Array, " G"], r: Float[Array, " R"], state: State
    ) -> tuple[Float[Array, " G"], Float[Array, " R"]]:
        one_product = self.recurrent() is not None
        return clip_gradient(self.limit, a), clip_gradient(self.limit, r) if one_product else r


class ZoneoutState(NamedTuple):
    """The wrapped cell's state, the step, and the key of the coins."""

    cell: State
    t: Int[Array, ""]
    key: Noise

    @property
    def h(self) -> Float[Array, "... H"]:
        """The output."""
        h: Float[Array, "... H"] = self.cell.h
        return h


class Zoneout(Wrapper):
    """Each number of the state keeps its old value with probability `rate` (Krueger 2017).

    Without a key the expectation is taken: s = rate s' + (1 - rate) s_new. The coins are
    tossed anew at every step. `rates` has one entry an array of the cell's state.
    """

    cell: Cell
    rates: tuple[float, ...] = eqx.field(static=True)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> ZoneoutState:
        inner, own = split(key, 2)
        data = None if own is None else jax.random.key_data(own)
        return ZoneoutState(
            self.cell.initial_state(condition, key=inner), jnp.array(0), Noise(data)
        )

    def recurrent(self) -> None:
        """None: the coins are no pointwise maths of floats."""

    def width(self) -> int:
        return self.cell.width()

    def inner(self, state: ZoneoutState) -> State:
        return state.cell

    def adjust(
        self, a: Float[Array, " G"], r: Float[Array, " H"], state: ZoneoutState
    ) -> tuple[Float[Array, " G"], Float[Array, " R"]]:
        return a, self.cell.multiply(r)

    def outer(self, new: State, state: ZoneoutState) -> ZoneoutState:
        arrays, structure = jax.tree.flatten(new, is_leaf=is_noise)
        olds = jax.tree.leaves(state.cell, is_leaf=is_noise)
        rates = iter(self.rates)
        mixed = [
            new if is_noise(new) else self._mix(new, old, next(rates), index, state)
            for index, (new, old) in enumerate(zip(arrays, olds, strict=True))
        ]
        return ZoneoutState(jax.tree.unflatten(structure, mixed), state.t + 1, state.key)

    def _mix(self, new: Array, old: Array, rate: float, index: int, state: ZoneoutState) -> Array:
        if state.key.drawn is None:
            return rate * old + (1 - rate) * new
        key = unroll_draws(jax.random.wrap_key_data(state.key.drawn))
        coins = jax.random.fold_in(jax.random.fold_in(key, state.t), index)
        return jnp.where(jax.random.bernoulli(coins, rate, new.shape), old, new)

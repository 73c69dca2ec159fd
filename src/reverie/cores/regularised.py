"""Cores around cores that make learning steadier: dropout, zoneout, layer norm, clipping.

Each wraps; a key given to `initial_state` turns its noise on, and none leaves the
deterministic core that evaluation and sampling use.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from reverie.cells.cell import Cell, Recurrence
from reverie.concepts import Condition, Core, Key, Noise, State, zero_masked
from reverie.cores.stack import split
from reverie.layers import Role, clipped_gradient, parameter


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
    """The output h, the wrapped cell's state, and the mask of this sequence."""

    h: Float[Array, " H"]
    cell: State
    mask: Noise


class RecurrentDropout(Recurrence):
    """Variational dropout on h' where it enters the recurrence: one mask a sequence (Gal 2016)."""

    cell: Recurrence
    rate: float = eqx.field(static=True)

    def initial_state(
        self, condition: Condition, *, key: Key | None = None
    ) -> RecurrentDropoutState:
        inner, own = split(key, 2)
        cell = self.cell.initial_state(condition, key=inner)
        mask = dropout_mask(own, self.rate, cell.h.shape[0])
        return RecurrentDropoutState(cell.h, cell, Noise(mask))

    def recurrent(self) -> Float[Array, "G H"]:
        return self.cell.recurrent()

    def read(self, state: RecurrentDropoutState) -> Float[Array, " H"]:
        return apply_mask(self.cell.read(state.cell), state.mask.drawn)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def pointwise(
        self, a: Float[Array, " G"], r: Float[Array, " G"], state: RecurrentDropoutState
    ) -> RecurrentDropoutState:
        cell = self.cell.pointwise(a, r, state.cell)
        return RecurrentDropoutState(cell.h, cell, state.mask)


class LayerNormState(NamedTuple):
    """The output h and the wrapped cell's state."""

    h: Float[Array, " H"]
    cell: State


class LayerNorm(Recurrence):
    """Layer normalisation (Ba 2016) of both halves of the pre-activations, gate by gate.

        a <- g_a * norm(a) + b_a,   r <- g_r * norm(r)

    with norm over the H units of each gate. Departure: the paper also normalises the cell
    before its output squashing; here the cell's own maths is left alone, so that any
    recurrence can be wrapped.
    """

    cell: Recurrence
    gates: int = eqx.field(static=True)
    gain_a: Float[Array, " G"] = parameter(Role.GAIN)
    gain_r: Float[Array, " G"] = parameter(Role.GAIN)
    bias: Float[Array, " G"] = parameter(Role.BIAS)

    def __init__(self, cell: Recurrence, gates: int):
        """`gates` is the number of blocks in the pre-activations: 4 for an LSTM."""
        width = cell.recurrent().shape[0]
        self.cell, self.gates = cell, gates
        self.gain_a, self.gain_r = jnp.ones(width), jnp.ones(width)
        self.bias = jnp.zeros(width)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> LayerNormState:
        cell = self.cell.initial_state(condition, key=key)
        return LayerNormState(cell.h, cell)

    def recurrent(self) -> Float[Array, "G H"]:
        return self.cell.recurrent()

    def read(self, state: LayerNormState) -> Float[Array, " H"]:
        return self.cell.read(state.cell)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.gain_a * self._normalised(self.cell.project(xs)) + self.bias

    def pointwise(
        self, a: Float[Array, " G"], r: Float[Array, " G"], state: LayerNormState
    ) -> LayerNormState:
        cell = self.cell.pointwise(a, self.gain_r * self._normalised(r), state.cell)
        return LayerNormState(cell.h, cell)

    def _normalised(self, x: Float[Array, "... G"]) -> Float[Array, "... G"]:
        blocks = x.reshape(*x.shape[:-1], self.gates, x.shape[-1] // self.gates)
        centred = blocks - blocks.mean(-1, keepdims=True)
        scale = jax.lax.rsqrt(jnp.square(centred).mean(-1, keepdims=True) + 1e-5)
        return (centred * scale).reshape(x.shape)


class Clipped(Recurrence):
    """Clips the loss's derivative with respect to each gate's pre-activation to [-limit, limit].

    Graves 2013: 1 for text, 10 for pen strokes. Values do not change. Departure: what flows
    back through a peephole into the cell is not clipped on that way.
    """

    cell: Recurrence
    limit: float = eqx.field(static=True)

    @property
    def Gates(self) -> type[Any]:  # noqa: N802, a type is called as types are
        """Those of the wrapped cell."""
        return self.cell.Gates

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        return self.cell.initial_state(condition, key=key)

    def recurrent(self) -> Float[Array, "G H"]:
        return self.cell.recurrent()

    def read(self, state: State) -> Float[Array, " H"]:
        return self.cell.read(state)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " G"], state: State) -> Any:
        return self.cell.gates_from(a, r, state)

    def pointwise(self, a: Float[Array, " G"], r: Float[Array, " G"], state: State) -> State:
        return self.cell.pointwise(
            clipped_gradient(self.limit, a), clipped_gradient(self.limit, r), state
        )


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


class Zoneout(Cell):
    """Each number of the state keeps its old value with probability `rate` (Krueger 2017).

    Without a key the expectation is taken: s = rate s' + (1 - rate) s_new. The coins are
    tossed anew at every step. `rates` has one entry a field of the cell's state.
    """

    cell: Cell
    rates: tuple[float, ...] = eqx.field(static=True)

    @property
    def Gates(self) -> type[Any]:  # noqa: N802, a type is called as types are
        """Those of the wrapped cell."""
        return self.cell.Gates

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> ZoneoutState:
        inner, own = split(key, 2)
        data = None if own is None else jax.random.key_data(own)
        return ZoneoutState(
            self.cell.initial_state(condition, key=inner), jnp.array(0), Noise(data)
        )

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def advance(
        self, a: Float[Array, " G"], state: ZoneoutState
    ) -> tuple[Float[Array, " D"], ZoneoutState]:
        _, new = self.cell.advance(a, state.cell)
        mixed = self._mixed(new, state)
        return mixed.h, state._replace(cell=mixed, t=state.t + 1)

    def gating(self, a: Float[Array, " G"], state: ZoneoutState) -> Any:
        """Those of the wrapped cell: what it proposes, not what is kept, is made of them."""
        return self.cell.gating(a, state.cell)

    def _mixed(self, new: Any, state: ZoneoutState) -> Any:
        fields = []
        for index, (n, o, rate) in enumerate(zip(new, state.cell, self.rates, strict=True)):
            if state.key.drawn is None:
                fields.append(rate * o + (1 - rate) * n)
                continue
            key = jax.random.wrap_key_data(state.key.drawn)
            coins = jax.random.fold_in(jax.random.fold_in(key, state.t), index)
            fields.append(jnp.where(jax.random.bernoulli(coins, rate, n.shape), o, n))
        return type(new)(*fields)

"""A cell with attention that may also look at what it knows itself (Lu 2017)."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.attention import Additive, masked_softmax
from reverie.cells.cell import Cell
from reverie.cells.wrapper import Wrapper
from reverie.concepts import Condition, Core, Key, State, zero_masked
from reverie.cores.attentive import AttentiveState, require_memory
from reverie.cores.prepared import PreparedCore
from reverie.layers import Linear
from reverie.products import product


class AdaptiveState(NamedTuple):
    """Where it looked, and how much it relied on itself."""

    attention: AttentiveState
    """Its h and its cell's state are the cell's; its alpha and beta sum to 1."""
    beta: Float[Array, ""]
    """How much of the sentinel it read."""


class AdaptiveAttentive(PreparedCore):
    """A cell that looks after each step, at places of a memory or at a visual sentinel (Lu 2017).

        h_t = cell(x_t, h_{t-1})            s_t = sigmoid(W [x_t; h_{t-1}] + b) tanh(c_t)
        [alpha_t; beta_t] = softmax([e(h_t, k_1) ... e(h_t, k_S), e(h_t, U s_t + u)])
        out_t = [h_t; sum_s alpha_ts v_s + beta_t (U s_t + u)]

    e is additive; U maps the sentinel s to where the places are: the width C of keys and of values.
    Nothing that is looked at goes back into the cell, so all steps of a known sequence are looked
    up at once. c is the state's field `c`, or h of a cell that has none. Departures: the paper adds
    h to what was read where we join them, and its cell is told the mean of the places at each step.
    Raises ValueError where the condition has no memory.
    """

    cell: Cell
    score: Additive
    gate: Linear
    """W (H, X + H) and b."""
    sentinel: Linear
    """U (C, H) and u."""

    def __init__(
        self, cell: Cell, inputs: int, hidden: int, width: int, *, rng: np.random.Generator
    ):
        """`inputs` is X, `hidden` is H and `width` is C, that of the memory's keys and values."""
        self.cell = cell
        self.score = Additive(hidden, width, hidden, rng=rng)
        self.gate = Linear(inputs + hidden, hidden, rng=rng)
        self.sentinel = Linear(hidden, width, rng=rng)

    def prepare(self, condition: Condition) -> _PreparedAdaptive:
        keys, values, mask, _ = require_memory(condition)
        return _PreparedAdaptive(self, self.score.project_keys(keys), values, mask)


class _PreparedAdaptive(Core):
    """The core at work on one memory."""

    core: AdaptiveAttentive
    keys: Float[Array, "S P"]
    """As the score compares them."""
    values: Float[Array, "S C"]
    mask: Bool[Array, " S"]

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> AdaptiveState:
        cell = self.core.cell.initial_state(condition, key=key)
        nowhere = jnp.zeros_like(cell.h, shape=self.mask.shape)
        beta = jnp.zeros_like(cell.h, shape=())
        return AdaptiveState(AttentiveState(cell.h, cell, nowhere, nowhere), beta)

    def step(
        self, x: Float[Array, " X"], state: AdaptiveState, condition: Condition
    ) -> tuple[Float[Array, " H+C"], AdaptiveState]:
        before = state.attention
        h, cell = self.core.cell.step(x, before.cell, condition)
        out, alpha, beta = self._look(x, before.cell.h, cell)
        return out, AdaptiveState(AttentiveState(h, cell, alpha, before.coverage + alpha), beta)

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: AdaptiveState,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T H+C"], AdaptiveState, AdaptiveState]:
        before = state.attention
        xs = zero_masked(mask, xs)
        _, _, cells = self.core.cell.unroll(xs, before.cell, condition, mask=mask)
        earlier = jnp.concatenate([before.cell.h[None], cells.h])[:-1]
        outs, alphas, betas = jax.vmap(self._look)(xs, earlier, cells)
        real = jnp.ones(len(xs), bool) if mask is None else mask
        coverage = before.coverage + jnp.cumsum(jnp.where(real[:, None], alphas, 0), 0)
        attention = AttentiveState(cells.h, cells, alphas, coverage)
        found = AdaptiveState(attention, betas)
        states = _stand_still(real, found, state)
        return zero_masked(mask, outs), jax.tree.map(lambda a: a[-1], states), states

    def _look(
        self, x: Float[Array, " X"], h: Float[Array, " H"], cell: State
    ) -> tuple[Float[Array, " H+C"], Float[Array, " S"], Float[Array, ""]]:
        """What comes out, alpha and beta, of an input, the output before it and the state after."""
        core = self.core
        gate = jax.nn.sigmoid(core.gate(jnp.concatenate([x, h])))
        known = core.sentinel(gate * jnp.tanh(_remembered(core.cell, cell)))
        keys = jnp.concatenate([self.keys, product(core.score.U, known)[None]])
        query = core.score.project_query(cell.h)
        energies = core.score.energies(query, keys, jnp.zeros_like(keys[:, 0]))
        weights = masked_softmax(energies, jnp.concatenate([self.mask, jnp.ones(1, bool)]))
        alpha, beta = weights[:-1], weights[-1]
        return jnp.concatenate([cell.h, alpha @ self.values + beta * known]), alpha, beta


def _remembered(cell: Cell, state: State) -> Float[Array, " H"]:
    """c of the cell within all wrappers, or h where it has none."""
    while isinstance(cell, Wrapper):
        state, cell = cell.inner(state), cell.cell
    found: Float[Array, " H"] = getattr(state, "c", state.h)
    return found


def _stand_still(real: Bool[Array, " T"], states: State, first: State) -> State:
    """The states after each step, behind the mask those of the last real one."""
    last = jnp.maximum(jnp.cumsum(real), 0)  # 0: none yet
    return jax.tree.map(lambda ss, s: jnp.concatenate([s[None], ss])[last], states, first)

"""A cell that looks into a memory before each step (Bahdanau 2014)."""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.attention import Score, masked_softmax
from reverie.cells.cell import Cell
from reverie.cells.wrapper import Wrapper
from reverie.concepts import Condition, Core, Key, Memory, State, zero_masked
from reverie.cores.prepared import PreparedCore
from reverie.cores.states import find_states
from reverie.layers import Role, filled, parameter, uniform
from reverie.products import product


class AttentiveState(NamedTuple):
    """The output h, the cell's state, and where it looked."""

    h: Float[Array, " H"]
    cell: State
    alpha: Float[Array, " S"]
    """How much of each place it read, summing to 1 but for a local alignment and a gate."""
    coverage: Float[Array, " S"]
    """How much of each place was read so far: the sum of all alpha."""


class Gate(eqx.Module):
    """beta = sigmoid(w . h + b): how much of what is looked at is read (Xu 2015, 4.2.1)."""

    w: Float[Array, " H"] = parameter(Role.GAIN)
    b: Float[Array, ""] = parameter(Role.BIAS)

    def __init__(self, hidden: int, *, rng: np.random.Generator):
        """`hidden` is H."""
        self.w, self.b = uniform(rng, hidden), filled(0.0)

    def __call__(self, h: Float[Array, " H"]) -> Float[Array, ""]:
        return jax.nn.sigmoid(self.w @ h + self.b)


class AttentiveCell(Wrapper):
    """The cell at work on one memory: all that depends on the memory alone is done.

    What `project` gives behind the G numbers of the gates, if anything, is added to the query.
    """

    cell: Cell
    score: Score
    gate: Gate | None
    keys: Float[Array, "S P"]
    """As the score compares them."""
    context: tuple[Array, ...]
    """What makes of alpha what is added to the gates: what each place would add, (S, G); or the
    values (S, C), and F."""
    mask: Bool[Array, " S"]
    gates: int = eqx.field(static=True)
    """G."""

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> AttentiveState:
        cell = self.cell.initial_state(condition, key=key)
        nowhere = jnp.zeros_like(self.keys[:, 0])
        return AttentiveState(cell.h, cell, nowhere, nowhere)

    def inner(self, state: AttentiveState) -> State:
        return state.cell

    def gate_matrices(self) -> tuple[Array, ...]:
        return self.context

    def gate_weights(self, state: AttentiveState) -> Float[Array, " S"]:
        return state.alpha

    def add_to_gates(self, weights: Float[Array, " S"]) -> Float[Array, " G"]:
        first, *rest = self.context
        return reduce(lambda x, W: product(W, x), rest, weights @ first)

    def adjust(
        self, a: Float[Array, " G"], r: Float[Array, " R+P"], state: AttentiveState
    ) -> tuple[Float[Array, " G"], Float[Array, " R"]]:
        own, alpha = self._look(a, r, state)
        return (a + self.add_to_gates(alpha))[: self.gates], own

    def advance(
        self, a: Float[Array, " G"], r: Float[Array, " R+P"], state: AttentiveState
    ) -> AttentiveState:
        own, alpha = self._look(a, r, state)
        gates = (a + self.add_to_gates(alpha))[: self.gates]
        cell = self.cell.advance(gates, own, state.cell)
        return AttentiveState(cell.h, cell, alpha, state.coverage + alpha)

    def _look(
        self, a: Float[Array, " G"], r: Float[Array, " R+P"], state: AttentiveState
    ) -> tuple[Float[Array, " R"], Float[Array, " S"]]:
        """What recurs in the cell, and how much of each place is read."""
        own, query = self._split(r, state)
        told = a[self.gates :]
        query = query + told if told.shape[0] else query
        energies = self.score.energies(query, self.keys, state.coverage)
        alpha = masked_softmax(energies, self.mask)
        return own, alpha if self.gate is None else self.gate(self.read(state)) * alpha

    def _split(
        self, r: Float[Array, " R+P"], state: AttentiveState
    ) -> tuple[Float[Array, " R"], Float[Array, " P"]]:
        """What recurs in the cell, and the query as the score compares it."""
        if self.recurrent() is None:
            return r, self.score.project_query(r)
        own, query = jnp.split(r, [self.gates])
        return own, query if query.shape[0] else self.read(state)


class Attentive(PreparedCore):
    """A cell that looks into the condition's memory with its previous output as the query.

        e_ts = score(h_{t-1}, k_s)       alpha_t = softmax_s(e_ts)       c_t = sum_s alpha_ts v_s
        h_t = cell(x_t, c_t, h_{t-1})    out_t = [h_t; c_t]

    With a `gate` c_t = beta_t sum_s alpha_ts v_s, and the state's alpha is beta_t alpha_t: what was
    read, not only looked at (Xu 2015). The context enters the gates by a matrix of its own,
    F (G, C), which is done to a short memory once. A cell with one recurrent product still has one
    a step: the query's rides along with it.
    Raises ValueError where the condition has no memory.
    """

    cell: Cell
    score: Score
    gate: Gate | None
    F: Float[Array, "G C"] = parameter(Role.HIDDEN)

    def __init__(
        self,
        cell: Cell,
        score: Score,
        width: int,
        *,
        rng: np.random.Generator,
        gate: Gate | None = None,
    ):
        """`width` is C, that of the memory's values."""
        self.gate = gate
        self.F = uniform(rng, cell.width(), width)
        matrix, of_query = cell.recurrent(), score.matrix()
        if matrix is not None and of_query is not None:
            cell = cell.with_recurrent(jnp.concatenate([matrix, of_query]))
            score = eqx.tree_at(lambda s: s.matrix(), score, None)
        self.cell, self.score = cell, score

    def prepare(self, condition: Condition) -> _PreparedAttentive:
        keys, values, mask, _ = require_memory(condition)
        keys = self.score.project_keys(keys)
        context = (product(self.F, values),) if self._is_short(len(mask)) else (values, self.F)
        cell = AttentiveCell(self.cell, self.score, self.gate, keys, context, mask, len(self.F))
        return _PreparedAttentive(cell, values)

    def _is_short(self, places: int) -> bool:
        """Whether to do F to a memory of so many places once: each step then reads wider ones.

        A product with F does some twenty times as much in the time in which a number is read.
        """
        gates, width = self.F.shape
        return 20 * places * (gates - width) < gates * width


class _PreparedAttentive(Core):
    """`Attentive` at work on one memory."""

    cell: AttentiveCell
    values: Float[Array, "S C"]

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> AttentiveState:
        return self.cell.initial_state(condition, key=key)

    def step(
        self, x: Float[Array, " X"], state: AttentiveState, condition: Condition
    ) -> tuple[Float[Array, " H+C"], AttentiveState]:
        h, new = self.cell.step(x, state, condition)
        return jnp.concatenate([h, new.alpha @ self.values]), new

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: AttentiveState,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T H+C"], AttentiveState, AttentiveState]:
        hs, last, states = self.cell.unroll(xs, state, condition, mask=mask)
        outs = jnp.concatenate([hs, states.alpha @ self.values], -1)
        return zero_masked(mask, outs), last, states


def require_memory(condition: Condition) -> Memory:
    """The condition's memory, with zeros behind its mask; raises ValueError where it has none."""
    memory = condition.memory
    if memory is None:
        raise ValueError("attention needs a memory: give the condition one")
    keys, values = (zero_masked(memory.mask, rows) for rows in (memory.keys, memory.values))
    return memory._replace(keys=keys, values=values)


def attention_states(states: State) -> list[AttentiveState]:
    """The states of all attention in a core's state, in order, an outer one before an inner."""
    return find_states(AttentiveState, states)

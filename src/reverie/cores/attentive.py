"""A cell that looks into a memory before each step (Bahdanau 2014)."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.attention import Score, masked_softmax
from reverie.cells.cell import Recurrence
from reverie.concepts import Condition, Core, Key, Memory, State, zero_masked
from reverie.cores.prepared import PreparedCore
from reverie.layers import Role, parameter, uniform


class AttentiveState(NamedTuple):
    """The output h, the cell's state, and where it looked."""

    h: Float[Array, " H"]
    cell: State
    alpha: Float[Array, " S"]
    """How much of each place it read, summing to 1 but for a local alignment."""
    coverage: Float[Array, " S"]
    """How much of each place was read so far: the sum of all alpha."""


class _Looking(Recurrence):
    """The cell at work on one memory: all that depends on the memory alone is done."""

    cell: Recurrence
    score: Score
    project_keys: Float[Array, "S P"]
    table: Float[Array, "S G"]
    """What each place would add to the gates."""
    mask: Bool[Array, " S"]

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> AttentiveState:
        cell = self.cell.initial_state(condition, key=key)
        nowhere = jnp.zeros_like(self.table[:, 0])
        return AttentiveState(cell.h, cell, nowhere, nowhere)

    def recurrent(self) -> Float[Array, "G+P H"]:
        return self.cell.recurrent()

    def read(self, state: AttentiveState) -> Float[Array, " H"]:
        return self.cell.read(state.cell)

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        return self.cell.project(xs)

    def gate_table(self) -> Float[Array, "S G"]:
        return self.table

    def gate_weights(self, state: AttentiveState) -> Float[Array, " S"]:
        return state.alpha

    def pointwise(
        self, a: Float[Array, " G"], r: Float[Array, " G+P"], state: AttentiveState
    ) -> AttentiveState:
        own, project_query = jnp.split(r, [a.shape[0]])
        query = project_query if project_query.shape[0] else self.cell.read(state.cell)
        energies = self.score.energies(query, self.project_keys, state.coverage)
        alpha = masked_softmax(energies, self.mask)
        cell = self.cell.pointwise(a + alpha @ self.table, own, state.cell)
        return AttentiveState(cell.h, cell, alpha, state.coverage + alpha)


class Attentive(PreparedCore):
    """A cell that looks into the condition's memory with its previous output as the query.

        e_ts = score(h_{t-1}, k_s)       alpha_t = softmax_s(e_ts)       c_t = sum_s alpha_ts v_s
        h_t = cell(x_t, c_t, h_{t-1})    out_t = [h_t; c_t]

    The context enters the gates by a matrix of its own, F (G, C). A whole sequence has one matrix
    product a step: the query's rides along with the recurrent one, and F is done to the memory.
    Raises ValueError where the condition has no memory.
    """

    cell: Recurrence
    score: Score
    F: Float[Array, "G C"] = parameter(Role.HIDDEN)

    def __init__(self, cell: Recurrence, score: Score, width: int, *, rng: np.random.Generator):
        """`width` is C, that of the memory's values."""
        matrix, project_query = cell.recurrent(), score.matrix()
        self.F = uniform(rng, matrix.shape[0], width)
        if project_query is not None:
            matrix = jnp.concatenate([matrix, project_query])
            score = eqx.tree_at(lambda s: s.matrix(), score, None)
        self.cell = eqx.tree_at(lambda c: c.recurrent(), cell, matrix)
        self.score = score

    def prepare(self, condition: Condition) -> Core:
        keys, values, mask, _ = attended(condition)
        project_keys, table = self.score.project_keys(keys), values @ self.F.T
        return _Attending(_Looking(self.cell, self.score, project_keys, table, mask), values)


class _Attending(Core):
    """`Attentive` at work on one memory."""

    looking: _Looking
    values: Float[Array, "S C"]

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> AttentiveState:
        return self.looking.initial_state(condition, key=key)

    def step(
        self, x: Float[Array, " X"], state: AttentiveState, condition: Condition
    ) -> tuple[Float[Array, " H+C"], AttentiveState]:
        h, new = self.looking.step(x, state, condition)
        return jnp.concatenate([h, new.alpha @ self.values]), new

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: AttentiveState,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T H+C"], AttentiveState, AttentiveState]:
        hs, last, states = self.looking.unroll(xs, state, condition, mask=mask)
        outs = jnp.concatenate([hs, states.alpha @ self.values], -1)
        return zero_masked(mask, outs), last, states


def attended(condition: Condition) -> Memory:
    """The condition's memory, with zeros behind its mask; raises ValueError where it has none."""
    memory = condition.memory
    if memory is None:
        raise ValueError("attention needs a memory: give the condition one")
    keys, values = (zero_masked(memory.mask, rows) for rows in (memory.keys, memory.values))
    return memory._replace(keys=keys, values=values)


def attention_states(states: State) -> list[AttentiveState]:
    """The states of all attention in a core's state, in order, an outer one before an inner."""
    return found(AttentiveState, states)


Kind = TypeVar("Kind", bound=tuple[Any, ...])


def found(kind: type[Kind], states: State) -> list[Kind]:
    """All states of one kind in a core's state, in order, an outer one before an inner."""

    def is_kind(node: Any) -> bool:
        return isinstance(node, kind)

    outer = [node for node in jax.tree.leaves(states, is_leaf=is_kind) if is_kind(node)]
    return [state for node in outer for state in (node, *found(kind, tuple(node)))]

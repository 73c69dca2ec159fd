"""A cell that looks into a memory before each step (Bahdanau 2014)."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.attention import Score, placed
from reverie.cells.cell import Recurrence, uniform
from reverie.concepts import Condition, Core, Key, State, silenced


class AttentiveState(NamedTuple):
    """The cell's output h and state, and where it looked."""

    h: Float[Array, " H"]
    cell: State
    alpha: Float[Array, " S"]
    """How much of each place it read, summing to 1."""
    coverage: Float[Array, " S"]
    """How much of each place was read so far: the sum of all alpha."""


class _Looking(Recurrence):
    """The cell at work on one memory: all that depends on the memory alone is done."""

    cell: Recurrence
    score: Score
    answering: Float[Array, "S P"]
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

    def shown(self) -> Float[Array, "S G"]:
        return self.table

    def weights(self, state: AttentiveState) -> Float[Array, " S"]:
        return state.alpha

    def pointwise(
        self, a: Float[Array, " G"], r: Float[Array, " G+P"], state: AttentiveState
    ) -> AttentiveState:
        own, asked = jnp.split(r, [a.shape[0]])
        query = asked if asked.shape[0] else self.cell.read(state.cell)
        alpha = placed(self.score.compared(query, self.answering), self.mask)
        cell = self.cell.pointwise(a + alpha @ self.table, own, state.cell)
        return AttentiveState(cell.h, cell, alpha, state.coverage + alpha)


class Attentive(Core):
    """A cell that looks into the condition's memory with its previous output as the query.

        e_ts = score(h_{t-1}, k_s)       alpha_t = softmax_s(e_ts)       c_t = sum_s alpha_ts v_s
        h_t = cell(x_t, c_t, h_{t-1})    out_t = [h_t; c_t]

    The context enters the gates by a matrix of its own, F (G, C). A whole sequence has one matrix
    product a step: the query's rides along with the recurrent one, and F is done to the memory.
    Raises ValueError where the condition has no memory.
    """

    cell: Recurrence
    score: Score
    F: Float[Array, "G C"]

    def __init__(self, cell: Recurrence, score: Score, width: int, *, rng: np.random.Generator):
        """`width` is C, that of the memory's values."""
        matrix, asked = cell.recurrent(), score.matrix()
        self.F = uniform(rng, matrix.shape[0], width)
        if asked is not None:
            matrix = jnp.concatenate([matrix, asked])
            score = eqx.tree_at(lambda s: s.matrix(), score, None)
        self.cell = eqx.tree_at(lambda c: c.recurrent(), cell, matrix)
        self.score = score

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> AttentiveState:
        return self._looking(condition).initial_state(condition, key=key)

    def step(
        self, x: Float[Array, " X"], state: AttentiveState, condition: Condition
    ) -> tuple[Float[Array, " H+C"], AttentiveState]:
        h, new = self._looking(condition).step(x, state, condition)
        return jnp.concatenate([h, new.alpha @ _values(condition)]), new

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: AttentiveState,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T H+C"], AttentiveState, AttentiveState]:
        hs, last, states = self._looking(condition).unroll(xs, state, condition, mask=mask)
        outs = jnp.concatenate([hs, states.alpha @ _values(condition)], -1)
        return silenced(mask, outs), last, states

    def _looking(self, condition: Condition) -> _Looking:
        values = _values(condition)
        assert condition.memory is not None
        keys, _, mask = condition.memory
        answering = self.score.answering(silenced(mask, keys))
        return _Looking(self.cell, self.score, answering, values @ self.F.T, mask)


def _values(condition: Condition) -> Float[Array, "S C"]:
    if condition.memory is None:
        raise ValueError("attention needs a memory: give the condition one")
    return silenced(condition.memory.mask, condition.memory.values)

"""A cell that points at places of a memory: the pointer network (Vinyals 2015)."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from reverie.attention import Score, masked_softmax
from reverie.cells.cell import Cell
from reverie.concepts import Condition, Core, Key, Memory
from reverie.cores.attentive import AttentiveState, require_memory
from reverie.cores.prepared import PreparedCore


class Pointer(PreparedCore):
    """A core whose output is how well each place of the condition's memory answers it.

        h_t = cell(x_t, h_{t-1})        out_ts = score(h_t, k_s), 0 where there is no place

    With the emission `PlaceSoftmax` and the feedback `Pointed` the elements of a sequence are
    places of the memory: p(y_t | y_<t) = softmax_s(out_t), and x_t is what stands at y_{t-1}
    (Vinyals 2015). Two of them are a span, its first and its last word: the boundary model of
    Wang and Jiang (2016). Departure: their cell is fed sum_s p_ts v_s in place of v_{y_t}, so that
    the last word does not depend on which word is the first.
    The state's alpha is that softmax. Raises ValueError where the condition has no memory.
    """

    cell: Cell
    score: Score

    def prepare(self, condition: Condition) -> _PreparedPointer:
        memory = require_memory(condition)
        return _PreparedPointer(self, memory._replace(keys=self.score.project_keys(memory.keys)))


class _PreparedPointer(Core):
    """The core at work on one memory: what is done to the keys is done once, not in the loop."""

    core: Pointer
    memory: Memory

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> AttentiveState:
        cell = self.core.cell.initial_state(condition, key=key)
        nowhere = jnp.zeros_like(self.memory.keys[:, 0])
        return AttentiveState(cell.h, cell, nowhere, nowhere)

    def step(
        self, x: Float[Array, " X"], state: AttentiveState, condition: Condition
    ) -> tuple[Float[Array, " S"], AttentiveState]:
        score, (keys, _, mask, _) = self.core.score, self.memory
        h, cell = self.core.cell.step(x, state.cell, condition)
        energies = score.energies(score.project_query(h), keys, state.coverage)
        energies = jnp.where(mask, energies, 0)
        alpha = masked_softmax(energies, mask)
        return energies, AttentiveState(h, cell, alpha, state.coverage + alpha)

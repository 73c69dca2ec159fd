"""Hard attention: a cell that draws ONE place of a memory before each step (Xu 2015)."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from reverie.attention import Score, masked_softmax
from reverie.cells.cell import Cell
from reverie.concepts import Condition, Core, Key, Memory, Noise
from reverie.cores.attentive import AttentiveState, require_memory
from reverie.cores.prepared import PreparedCore
from reverie.cores.stack import split
from reverie.randomness import unroll_draws


class HardState(NamedTuple):
    """Where it looked, how probable that was, and the key of the draws."""

    attention: AttentiveState
    """Its alpha is one-hot where the place was drawn."""
    log_prob: Float[Array, ""]
    """log p(s_t), in nats; 0 where no place was drawn."""
    entropy: Float[Array, ""]
    """H of p(s_t), in nats."""
    t: Int[Array, ""]
    key: Noise


class HardAttentive(PreparedCore):
    """A cell that draws the place to look at with its previous output as the query (Xu 2015, 4.1).

        p_t = softmax_s(score(h_{t-1}, k_s))        s_t ~ p_t        c_t = v_{s_t}
        h_t = cell([x_t; c_t], h_{t-1})             out_t = [h_t; c_t]

    The cell takes X + C inputs. Without a key the expectation is taken, c_t = sum_s p_ts v_s.
    No gradient flows through a place that was drawn: `training.hard_attention.ReinforceAttention`
    teaches where to look. Departures: the paper also takes the expectation for half of the
    examples in training, and its gate on the context is left out.
    Raises ValueError where the condition has no memory.
    """

    cell: Cell
    score: Score

    def prepare(self, condition: Condition) -> _PreparedHard:
        memory = require_memory(condition)
        return _PreparedHard(self, memory._replace(keys=self.score.project_keys(memory.keys)))


class _PreparedHard(Core):
    """The core at work on one memory: what is done to the keys is done once, not in the loop."""

    core: HardAttentive
    memory: Memory

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> HardState:
        inner, own = split(key, 2)
        cell = self.core.cell.initial_state(condition, key=inner)
        nowhere = jnp.zeros_like(cell.h, shape=self.memory.mask.shape)
        zero = jnp.zeros_like(cell.h, shape=())
        data = None if own is None else jax.random.key_data(own)
        attention = AttentiveState(cell.h, cell, nowhere, nowhere)
        return HardState(attention, zero, zero, jnp.array(0), Noise(data))

    def step(
        self, x: Float[Array, " X"], state: HardState, condition: Condition
    ) -> tuple[Float[Array, " H+C"], HardState]:
        cell, score, before = self.core.cell, self.core.score, state.attention
        memory = self.memory
        query = score.project_query(cell.read(before.cell))
        energies = score.energies(query, memory.keys, before.coverage)
        # Not -inf: a place without a chance must spoil no gradient.
        energies = jnp.where(memory.mask, energies, -1e30)
        p, log_p = masked_softmax(energies, memory.mask), jax.nn.log_softmax(energies)
        alpha, log_prob = p, jnp.zeros_like(state.log_prob)
        if state.key.drawn is not None:
            key = unroll_draws(jax.random.wrap_key_data(state.key.drawn))
            place = jax.random.categorical(jax.random.fold_in(key, state.t), energies)
            alpha = memory.mask * jax.nn.one_hot(place, len(p), dtype=p.dtype)
            log_prob = alpha @ log_p
        context = alpha @ memory.values
        h, inner = cell.step(jnp.concatenate([x, context]), before.cell, condition)
        attention = AttentiveState(h, inner, alpha, before.coverage + alpha)
        new = HardState(attention, log_prob, -(p @ log_p), state.t + 1, state.key)
        return jnp.concatenate([h, context]), new

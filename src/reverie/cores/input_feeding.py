"""A decoder that looks into a memory after each step, and reads what came of it (Luong 2015)."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.attention import Alignment
from reverie.concepts import Condition, Core, Key, Memory
from reverie.cores.attentive import AttentiveState, require_memory
from reverie.cores.prepared import PreparedCore
from reverie.layers import Role, parameter, uniform
from reverie.products import product


class InputFeeding(PreparedCore):
    """A core that looks into the condition's memory with its current output as the query.

        h_t = cell([x_t; ha_{t-1}], h_{t-1})        alpha_t = alignment(h_t, k)
        c_t = sum_s alpha_ts v_s                    ha_t = tanh(W [c_t; h_t])        out_t = ha_t

    ha_0 = 0; the state's `h` is ha. The cell takes X + D inputs, W is (D, C + H); in the paper
    the cell is a stack of four. Raises ValueError where the condition has no memory.
    """

    cell: Core
    alignment: Alignment
    W: Float[Array, "D C+H"] = parameter(Role.HIDDEN)

    def __init__(
        self,
        cell: Core,
        alignment: Alignment,
        hidden: int,
        values: int,
        width: int,
        *,
        rng: np.random.Generator,
    ):
        """`hidden` is H, `values` is C, the width of the memory's values, and `width` is D."""
        self.cell, self.alignment = cell, alignment
        self.W = uniform(rng, width, values + hidden)

    def prepare(self, condition: Condition) -> _PreparedFeeding:
        memory = require_memory(condition)
        return _PreparedFeeding(
            self, memory._replace(keys=self.alignment.project_keys(memory.keys))
        )


class _PreparedFeeding(Core):
    """The core at work on one memory: what is done to the keys is done once, not in the loop."""

    core: InputFeeding
    memory: Memory

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> AttentiveState:
        core = self.core
        shapes = core.W.shape[:1], self.memory.mask.shape
        fed, nowhere = (jnp.zeros_like(self.memory.values, shape=shape) for shape in shapes)
        cell = core.cell.initial_state(condition, key=key)
        return AttentiveState(fed, cell, nowhere, nowhere)

    def step(
        self, x: Float[Array, " X"], state: AttentiveState, condition: Condition
    ) -> tuple[Float[Array, " D"], AttentiveState]:
        core, memory = self.core, self.memory
        h, cell = core.cell.step(jnp.concatenate([x, state.h]), state.cell, condition)
        alpha = core.alignment(h, memory.keys, memory.mask, state.coverage)
        fed = jnp.tanh(product(core.W, jnp.concatenate([alpha @ memory.values, h])))
        return fed, AttentiveState(fed, cell, alpha, state.coverage + alpha)

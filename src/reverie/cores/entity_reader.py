"""What reads the slots of a recurrent entity network."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.attention import masked_softmax
from reverie.concepts import Condition, Key
from reverie.cores.attentive import require_memory
from reverie.cores.memory_network import DEVIATION, Asking, MemoryState
from reverie.layers import Role, filled, normal, parameter
from reverie.products import product


class EntityReader(Asking):
    """A question to slots that were filled before (Henaff 2017, 2.3).

        p_j = softmax(q . h_j)      u = sum_j p_j h_j      out = phi(q + H u)

    q is the condition's vector and what was answered so far: x (d,), the word answered before, is
    added to it. phi is a PReLU, phi(x) = max(x, 0) + a * min(x, 0), whose slopes a begin at 1.
    The paper's answers are one word. Raises ValueError where the condition has no vector or memory.
    """

    H: Float[Array, "d d"] = parameter(Role.HIDDEN)
    slopes: Float[Array, " d"] = parameter(Role.GAIN)

    def __init__(self, width: int, *, rng: np.random.Generator):
        """`width` is d."""
        self.H = normal(rng, width, width, deviation=DEVIATION)
        self.slopes = filled(1.0, width)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> MemoryState:
        if condition.vector is None:
            raise ValueError("slots answer a question: give the condition a vector")
        query, slots = condition.vector, require_memory(condition).mask
        nowhere = jnp.zeros_like(query, shape=(1, len(slots)))
        return MemoryState(jnp.zeros_like(query), query, nowhere)

    def enter(self, xs: Float[Array, "... d"]) -> Float[Array, "... d"]:
        return xs

    def look(
        self, query: Float[Array, " d"], condition: Condition
    ) -> tuple[Float[Array, " d"], MemoryState]:
        keys, values, mask, _ = require_memory(condition)
        p = masked_softmax(keys @ query, mask)
        h = jax.nn.leaky_relu(query + product(self.H, p @ values), self.slopes)
        return h, MemoryState(h, query, p[None])

"""Strong supervision: a memory network is told at which sentences to look."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from reverie.concepts import Example, Unrolled
from reverie.cores.memory_network import MemoryState
from reverie.cores.states import find_states
from reverie.training.objectives import Term

LEAST = 1e-6
"""What a probability is at least."""


class SupportingFacts(Term):
    """Each supporting fact is to be looked at by some hop of some step.

        -lambda sum_s log (1 - prod_tk (1 - p_tks))

    over the facts s that the example's `target` (S,) has, its real steps t and all hops k, spread
    evenly over the steps: which hop finds which fact is left to the network, that they are found is
    not. So were the first memory networks taught (Weston 2015), hop by hop.
    """

    weight: float = eqx.field(static=True)
    """lambda."""

    def __call__(self, read: Unrolled, example: Example) -> Float[Array, " T"]:
        (memory,) = find_states(MemoryState, read.states)
        steps = len(memory.weights)
        real = jnp.ones(steps) if example.mask is None else jnp.asarray(example.mask, float)
        missed = (1 - real[:, None, None] * memory.weights).prod((0, 1))
        lost = -jnp.log(jnp.maximum(1 - missed, LEAST))
        return self.weight * (example.target @ lost) * real / jnp.maximum(real.sum(), 1)

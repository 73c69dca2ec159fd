"""The score function as an objective: how a core learns to draw where it looks."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from reverie.concepts import Carry, Example, Key, renew_noise
from reverie.cores.hard_attention import HardState
from reverie.cores.states import find_states
from reverie.model import SequenceModel, nll
from reverie.training.objectives import Objective


class ReinforceAttention(Objective):
    """-log p(y | s), s the places that hard attention drew, with the gradient that teaches to draw.

        d log p(y | s) + w (log p(y | s) - b) d log p(s) + e dH        (Xu 2015, 4.1)

    is followed upwards and averaged over several draws of s; w and e are `weight` and `entropy`,
    H is the sum over the steps of the entropy of where to look. With w = 1 and e = 0 that is, in
    expectation, the gradient of sum_s p(s) log p(y | s), a lower bound of log p(y). The losses'
    values are those of -log p(y | s) alone; the carry that comes back is the first draw's.
    Departure: b is the mean of log p(y | s) of the OTHER draws, for the paper's moving average
    over batches would be a state, and an objective has none.
    Raises ValueError for fewer than two samples, and for a model without hard attention.
    """

    samples: int = eqx.field(static=True, default=2)
    weight: float = eqx.field(static=True, default=1.0)
    entropy: float = eqx.field(static=True, default=0.0)

    def __check_init__(self) -> None:
        if self.samples < 2:
            raise ValueError("one sample has no other to be compared with: draw at least 2")

    def __call__(
        self,
        model: SequenceModel,
        example: Example,
        carry: Carry,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        values, mask, condition = example.values, example.mask, example.source

        def draw(key: Key) -> Any:
            noisy = model.core.initial_state(condition, key=key)
            begin = carry._replace(state=renew_noise(carry.state, noisy))
            read = model.unroll(values, begin, condition, mask=mask)
            hard = find_states(HardState, read.states)
            if not hard:
                raise ValueError("the model draws no places: give it a core with hard attention")
            log_probs, entropies = sum(s.log_prob for s in hard), sum(s.entropy for s in hard)
            return nll(read.distribution, values, mask), log_probs, entropies, read.carry

        keys = jax.random.split(key, self.samples)
        losses, log_probs, entropies, carries = jax.vmap(draw)(keys)
        rewards = -jax.lax.stop_gradient(losses.sum(-1, keepdims=True))
        others = (rewards.sum(0) - rewards) / (self.samples - 1)
        taught = self.weight * (rewards - others) * log_probs + self.entropy * entropies
        if mask is not None:
            taught = jnp.where(mask, taught, 0.0)
        # A gradient without a value: the loss stays the likelihood.
        losses = losses - taught + jax.lax.stop_gradient(taught)
        return losses.mean(0), jax.tree.map(lambda a: a[0], carries)

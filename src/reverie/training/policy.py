"""Policy gradients: the expected reward of whole sentences is maximised, whatever it is.

Its gradient needs no gradient of the reward: -E[r(y)] has E[-r(y) d log p(y)], which a drawn
sentence estimates. A baseline known before an element is drawn may be taken off r.
"""

from __future__ import annotations

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from reverie.concepts import Carry, Condition, Example, Key, Rollout, Sampler, Stop
from reverie.distributions import WithValue
from reverie.model import SequenceModel, nll
from reverie.rollout import nothing, rollout
from reverie.samplers import Greedy, Primed, Sample
from reverie.training.objectives import Objective
from reverie.training.rewards import References, Reward


class SelfCritical(Objective):
    """-(r(y^s) - r(y^g)) log p(y^s_t | y^s_<t), y^s sampled and y^g greedy (Rennie 2017).

    The values are symbols, the truth that r compares with, unless the example's target are
    `References`. Both sentences end with `stop`, whose symbol belongs to them, or after L = `limit`
    elements, by default the T of the truth and its padding. Losses are (L,), 0 behind the end of
    y^s. Departure: any reward; the paper has CIDEr-D, and weights that cross-entropy has taught
    before.
    """

    reward: Reward
    stop: Stop
    limit: int | None = eqx.field(static=True, default=None)

    def __call__(
        self,
        model: SequenceModel,
        example: Example,
        carry: Carry,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " L"], Carry]:
        values, length = example.values, _length(example)
        steps = len(values) if self.limit is None else self.limit
        sampled, greedy = (
            _sentence(model, sampler, steps, key, carry, example.source, self.stop)
            for sampler in (Sample(), Greedy())
        )
        target = example.target
        truth = target if isinstance(target, References) else (values, length)
        advantage = self.reward(sampled.values, sampled.length, *truth) - self.reward(
            greedy.values, greedy.length, *truth
        )
        # A row without a truth only fills the batch.
        real = (jnp.arange(steps) < sampled.length) & (length > 0)
        read = model.unroll(sampled.values, carry, example.source, mask=real)
        return advantage * nll(read.distribution, sampled.values, real), read.carry


class Mixer(Objective):
    """The truth for the first n - o steps, then the model's own draws (Ranzato 2016),

        -log p(y_t)    and then    -(r - rb_t) log p(y_t) + (r - rb_t)^2

    with n the length of the truth and o = `own_steps`, a function of the update i. r is the
    reward of the sentence from its first element on, and rb_t the one expected at step t. No
    gradient goes through the rb_t of the first term, so its gradient at the logits is
    (r - rb_t) (p_t - onehot(y_t)), and the second is all that teaches the baseline.

    The values are symbols. The sentence ends with `stop`, whose symbol belongs to it, or after
    T elements, those of the truth and its padding; losses behind it are 0. Departure: own
    steps are counted from the end of each truth, the paper has one T for all of them. Raises
    TypeError for a distribution that expects no reward.
    """

    reward: Reward
    stop: Stop
    own_steps: Callable[[Array], Array] = eqx.field(static=True)

    def __call__(
        self,
        model: SequenceModel,
        example: Example,
        carry: Carry,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        values, length = example.values, _length(example)
        steps = jnp.arange(len(values))
        forced = jnp.maximum(length - self.own_steps(update), 0)
        sampler = Primed(values, Sample(), forced)
        mixed = _sentence(model, sampler, len(values), key, carry, example.source, self.stop)
        # Where all of it is forced, the truth ends where it does and not only with a stop.
        end = jnp.where(forced == length, length, jnp.maximum(mixed.length, forced))
        real = steps < end
        read = model.unroll(mixed.values, carry, example.source, mask=real)
        if not isinstance(read.distribution, WithValue):
            raise TypeError(
                f"{type(read.distribution).__name__} expects no reward: "
                "put the model's emission into WithBaseline"
            )
        nats = nll(read.distribution, mixed.values, real)
        advantage = self.reward(mixed.values, end, values, length) - read.distribution.expected
        reinforced = jax.lax.stop_gradient(advantage) * nats + advantage**2
        return jnp.where(real & (steps >= forced), reinforced, nats), read.carry


def _length(example: Example) -> Int[Array, ""]:
    """How many of its values are real."""
    mask = example.mask
    return jnp.array(len(example.values)) if mask is None else mask.sum()


def _sentence(
    model: SequenceModel,
    sampler: Sampler,
    steps: int,
    key: Key,
    carry: Carry,
    condition: Condition,
    stop: Stop,
) -> Rollout:
    """A sentence without a gradient: reading it again has the same log p, and a faster one."""
    model, carry, condition = jax.lax.stop_gradient((model, carry, condition))
    return rollout(
        model,
        sampler,
        steps,
        key=key,
        carry=carry,
        condition=condition,
        stop=stop,
        record=nothing,
        score=False,
    )

"""Training objectives: one example in, a loss in nats for each of its elements."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from reverie.concepts import Carry, Enumerable, Example, Key, Unrolled
from reverie.cores.attentive import attention_states
from reverie.model import SequenceModel, nll
from reverie.rollout import nothing, rollout
from reverie.samplers import Scheduled
from reverie.training.options import SourceTrainingOptions, TrainingOptions
from reverie.training.schedules import (
    ExponentialForcing,
    InverseSigmoidForcing,
    LinearForcing,
    NeverForcing,
)


class Objective(eqx.Module):
    """(model, example, carry, key, update) to losses (T,) and carry.

    The model is a `Trainable`; the source of the example is the condition that it made.
    """

    @abstractmethod
    def __call__(
        self,
        model: Any,
        example: Example,
        carry: Carry,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]: ...


class Term(eqx.Module):
    """What is added to the losses of a sequence: (read, example) to (T,)."""

    @abstractmethod
    def __call__(self, read: Unrolled, example: Example) -> Float[Array, " T"]: ...


class TeacherForcing(Objective):
    """-log p(y_t | the true y_<t): maximum likelihood, and terms that are added to it."""

    terms: tuple[Term, ...] = ()

    def __call__(
        self,
        model: SequenceModel,
        example: Example,
        carry: Carry,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        values, mask, condition = example.values, example.mask, example.source
        read = model.unroll(values, carry, condition, mask=mask)
        losses = nll(read.distribution, values, mask)
        return sum((term(read, example) for term in self.terms), losses), read.carry


class Smoothing(Term):
    """Label smoothing (Szegedy 2015): with it -log p(y_t) becomes, spread e over all symbols,

        -(1 - e) log p(y_t) - e / V sum_v log p(v)

    Raises TypeError for a distribution whose elements cannot be listed.
    """

    share: float = eqx.field(static=True)
    """e."""

    def __call__(self, read: Unrolled, example: Example) -> Float[Array, " T"]:
        if not isinstance(read.distribution, Enumerable):
            raise TypeError(
                f"{type(read.distribution).__name__} cannot be listed: train without smoothing"
            )
        spread = -read.distribution.log_probs().mean(-1)
        spread = spread if example.mask is None else jnp.where(example.mask, spread, 0.0)
        return self.share * (spread - nll(read.distribution, example.values, example.mask))


class DoublyStochastic(Term):
    """Each place is to get its share of all looks: doubly stochastic attention (Xu 2015, 4.2.1).

        lambda sum_s (tau - sum_t alpha_ts)^2

    over the real places and steps, spread evenly over the steps; all attention adds up.
    Raises ValueError where there is none.
    """

    weight: float = eqx.field(static=True)
    """lambda."""
    target: float = eqx.field(static=True, default=1.0)
    """tau."""

    def __call__(self, read: Unrolled, example: Example) -> Float[Array, " T"]:
        states, memory, mask = attention_states(read.states), example.source.memory, example.mask
        if not states or memory is None:
            raise ValueError("the model looks at no places: train without their shares")
        real = jnp.ones(len(states[0].alpha)) if mask is None else jnp.asarray(mask, float)
        # Behind the mask the last state stands still, and its alpha with it.
        missing = [self.target - real @ state.alpha for state in states]
        off = sum(jnp.square(m) @ memory.mask for m in missing)
        return self.weight * off * real / jnp.maximum(real.sum(), 1)


class ScheduledSampling(Objective):
    """-log p(y_t | each y_<t true with probability e_i, else drawn by the model) (Bengio 2015).

    One coin a token; `probability` is e, a function of the update i.
    """

    probability: Callable[[Array], Array] = eqx.field(static=True)

    def __call__(
        self,
        model: SequenceModel,
        example: Example,
        carry: Carry,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        sampler = Scheduled(example.values, self.probability(update))
        drawn = rollout(
            model,
            sampler,
            jax.tree.leaves(example.values)[0].shape[0],
            key=key,
            carry=carry,
            condition=example.source,
            record=nothing,
            score=False,
        )
        assert drawn.distribution is not None
        return nll(drawn.distribution, example.values, example.mask), drawn.carry


def build_objective(training: TrainingOptions, terms: tuple[Term, ...] = ()) -> Objective:
    """The training objective; `terms` are added to the losses of teacher forcing."""
    chosen: str = training.objective
    if chosen == "teacher-forcing":
        return TeacherForcing(terms)
    if chosen == "always-own":
        return ScheduledSampling(NeverForcing())
    match training.forcing:
        case "linear":
            return ScheduledSampling(
                LinearForcing(training.forcing_k, training.forcing_c, training.forcing_floor)
            )
        case "exponential":
            return ScheduledSampling(ExponentialForcing(training.forcing_k))
        case "inverse-sigmoid":
            return ScheduledSampling(InverseSigmoidForcing(training.forcing_k))


def build_terms(training: SourceTrainingOptions) -> tuple[Term, ...]:
    """What is added to the losses of teacher forcing."""
    terms: list[Term] = []
    if training.smoothing:
        terms.append(Smoothing(training.smoothing))
    if training.share:
        terms.append(DoublyStochastic(training.share, training.tau))
    return tuple(terms)

"""Objectives: what is made small. One sequence in, a loss in nats for each of its elements."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Carry, Condition, Enumerable, Key, Unrolled, Value
from reverie.cores.attentive import attention_states
from reverie.model import SequenceModel, nll
from reverie.rollout import nothing, rollout
from reverie.samplers import Scheduled


class Objective(eqx.Module):
    """(model, values (T, E...), carry, condition, mask, key, update) to losses (T,) and carry."""

    @abstractmethod
    def __call__(
        self,
        model: SequenceModel,
        values: Value,
        carry: Carry,
        condition: Condition,
        mask: Bool[Array, " T"] | None,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]: ...


class Term(eqx.Module):
    """What is added to the losses of a sequence: (read, values, condition, mask) to (T,)."""

    @abstractmethod
    def __call__(
        self, read: Unrolled, values: Value, condition: Condition, mask: Bool[Array, " T"] | None
    ) -> Float[Array, " T"]: ...


class TeacherForcing(Objective):
    """-log p(y_t | the true y_<t): maximum likelihood, and terms that are added to it."""

    terms: tuple[Term, ...] = ()

    def __call__(
        self,
        model: SequenceModel,
        values: Value,
        carry: Carry,
        condition: Condition,
        mask: Bool[Array, " T"] | None,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        read = model.unroll(values, carry, condition, mask=mask)
        losses = nll(read.distribution, values, mask)
        return sum((add(read, values, condition, mask) for add in self.terms), losses), read.carry


class Smoothing(Term):
    """Label smoothing (Szegedy 2015): with it -log p(y_t) becomes, spread e over all symbols,

        -(1 - e) log p(y_t) - e / V sum_v log p(v)

    Raises TypeError for a distribution whose elements cannot be listed.
    """

    share: float = eqx.field(static=True)
    """e."""

    def __call__(
        self, read: Unrolled, values: Value, condition: Condition, mask: Bool[Array, " T"] | None
    ) -> Float[Array, " T"]:
        if not isinstance(read.distribution, Enumerable):
            raise TypeError(
                f"{type(read.distribution).__name__} cannot be listed: train without smoothing"
            )
        spread = -read.distribution.log_probs().mean(-1)
        spread = spread if mask is None else jnp.where(mask, spread, 0.0)
        return self.share * (spread - nll(read.distribution, values, mask))


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

    def __call__(
        self, read: Unrolled, values: Value, condition: Condition, mask: Bool[Array, " T"] | None
    ) -> Float[Array, " T"]:
        states = attention_states(read.states)
        if not states or condition.memory is None:
            raise ValueError("the model looks at no places: train without their shares")
        real = jnp.ones(len(states[0].alpha)) if mask is None else jnp.asarray(mask, float)
        # Behind the mask the last state stands still, and its alpha with it.
        missing = [self.target - real @ state.alpha for state in states]
        off = sum(jnp.square(m) @ condition.memory.mask for m in missing)
        return self.weight * off * real / jnp.maximum(real.sum(), 1)


class ScheduledSampling(Objective):
    """-log p(y_t | each y_<t true with probability e_i, else drawn by the model) (Bengio 2015).

    One coin a token; `probability` is e, a function of the update i.
    """

    probability: Callable[[Array], Array] = eqx.field(static=True)

    def __call__(
        self,
        model: SequenceModel,
        values: Value,
        carry: Carry,
        condition: Condition,
        mask: Bool[Array, " T"] | None,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        sampler = Scheduled(values, self.probability(update))
        steps = jax.tree.leaves(values)[0].shape[0]
        drawn = rollout(
            model, sampler, steps, key=key, carry=carry, condition=condition, record=nothing
        )
        assert drawn.distribution is not None
        return nll(drawn.distribution, values, mask), drawn.carry

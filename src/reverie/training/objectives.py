"""Objectives: what is made small. One sequence in, a loss in nats for each of its elements."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import equinox as eqx
import jax
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Carry, Condition, Key, Value
from reverie.draw import Scheduled
from reverie.model import SequenceModel, nll
from reverie.rollout import nothing, rollout


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


class TeacherForcing(Objective):
    """-log p(y_t | the true y_<t): maximum likelihood."""

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
        return nll(read.distribution, values, mask), read.carry


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
        draw = Scheduled(values, self.probability(update))
        steps = jax.tree.leaves(values)[0].shape[0]
        drawn = rollout(
            model, draw, steps, key=key, carry=carry, condition=condition, record=nothing
        )
        assert drawn.distribution is not None
        return nll(drawn.distribution, values, mask), drawn.carry

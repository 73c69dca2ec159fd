"""Several models as one: their probabilities are averaged at every step."""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from reverie.concepts import Carry, Condition, Enumerable, Key, Memory, Predictive, State
from reverie.model import SequenceModel


class Conditions(NamedTuple):
    """One condition a model."""

    each: tuple[Condition, ...]

    @property
    def memory(self) -> Memory | None:
        """That of the first: all have read the same source."""
        return self.each[0].memory

    def at(self, t: Int[Array, ""] | int) -> Conditions:
        """The conditions as step t sees them."""
        return Conditions(tuple(condition.at(t) for condition in self.each))


class Ensemble(eqx.Module):
    """p(y_t | y_<t) = 1/K sum_k p_k(y_t | y_<t), each model with a state and condition of its own.

    The models must have the same symbols. Raises ValueError for none, TypeError where a
    distribution cannot be listed.
    """

    models: tuple[SequenceModel, ...]

    def __init__(self, models: tuple[SequenceModel, ...]):
        if not models:
            raise ValueError("an ensemble needs at least one model")
        self.models = tuple(models)

    def condition(self, given: Any = None, *, key: Key | None = None) -> Conditions:
        """What each model makes of the same source."""
        return Conditions(tuple(model.condition(given, key=key) for model in self.models))

    def prepare(self, condition: Conditions) -> Ensemble:
        """Each model for its condition."""
        pairs = zip(self.models, condition.each, strict=True)
        return Ensemble(tuple(model.prepare(own) for model, own in pairs))

    def start(self, condition: Conditions) -> Carry:
        """The carry before the first element."""
        carries = [m.start(c) for m, c in zip(self.models, condition.each, strict=True)]
        return carries[0]._replace(state=tuple(carry.state for carry in carries))

    def step(self, carry: Carry, condition: Conditions) -> tuple[Predictive, State]:
        """The mean distribution of the next element, and the states that predicted it."""
        found, states = [], []
        for model, state, own in zip(self.models, carry.state, condition.each, strict=True):
            distribution, new = model.step(carry._replace(state=state), own)
            if not isinstance(distribution, Enumerable):
                raise TypeError(
                    f"{type(distribution).__name__} cannot be averaged: its elements are no list"
                )
            found.append(distribution)
            states.append(new)
        log_probs = jnp.stack([distribution.log_probs() for distribution in found])
        mean = jax.nn.logsumexp(log_probs, 0) - jnp.log(len(found))
        return found[0].reweight(mean), tuple(states)

"""Beginnings: from what a row of a batch goes on."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from reverie.concepts import Carry, Key, Trainable, renew_noise


class Beginning(eqx.Module):
    """(start, what was kept of the batch before, is_first, key) to the carry of a row."""

    @abstractmethod
    def __call__(self, start: Carry, kept: Any, is_first: Bool[Array, ""], key: Key) -> Carry: ...

    @abstractmethod
    def first(self, model: Trainable, key: Key) -> Any:
        """What a row keeps of the time before the first batch."""

    @abstractmethod
    def carry_over(self, carry: Carry) -> Any:
        """What of a row's carry the next batch goes on from."""


class Reset(Beginning):
    """Every row is a sequence of its own; nothing is kept."""

    def __call__(self, start: Carry, kept: Any, is_first: Bool[Array, ""], key: Key) -> Carry:
        return start

    def first(self, model: Trainable, key: Key) -> tuple[()]:
        return ()

    def carry_over(self, carry: Carry) -> tuple[()]:
        return ()


class Stateful(Beginning):
    """Rows go on where the batch before ended, but with the noise of this one.

    With probability `restarts` a row forgets what it carried: a state that never is fresh in
    training is one that the model does not know how to begin from.
    """

    restarts: float = eqx.field(static=True, default=0.0)

    def __call__(self, start: Carry, kept: Carry, is_first: Bool[Array, ""], key: Key) -> Carry:
        anew = is_first | jax.random.bernoulli(key, self.restarts)
        onward = kept._replace(state=renew_noise(kept.state, start.state))
        return jax.tree.map(lambda s, o: jnp.where(anew, s, o), start, onward)

    def first(self, model: Trainable, key: Key) -> Carry:
        return model.start(key=key)

    def carry_over(self, carry: Carry) -> Carry:
        return carry

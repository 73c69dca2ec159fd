"""Connectionist temporal classification as an objective."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Carry, Condition, Key, Value
from reverie.ctc import text_nats
from reverie.training.objectives import Objective


class CTC(Objective):
    """-log p(text | trace) (Graves 2006), spread evenly over the steps of the trace.

    The sequence is the trace, and its condition the text: the pairs from which a writer learns
    p(trace | text). The model is a `CTCModel`. Raises ValueError without a text.
    """

    def __call__(
        self,
        model: Any,
        values: Value,
        carry: Carry,
        condition: Condition,
        mask: Bool[Array, " T"] | None,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        if condition.memory is None:
            raise ValueError("an alignment needs a text: give the condition a memory")
        nats = text_nats(model(values, carry, mask=mask), condition.memory, mask)
        real = jnp.ones(len(values)) if mask is None else mask.astype(nats.dtype)
        return nats * real / real.sum(), carry

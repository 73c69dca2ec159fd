"""Connectionist temporal classification as an objective."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from reverie.concepts import Carry, Example, Key
from reverie.ctc import CTCModel, example_nats
from reverie.training.objectives import Objective


class CTC(Objective):
    """-log p(text | trace) (Graves 2006), spread evenly over the steps of the trace.

    The sequence is the trace, and its target the text, a `SymbolSequence`. Raises ValueError
    without a text.
    """

    def __call__(
        self,
        model: CTCModel,
        example: Example,
        carry: Carry,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        nats, mask = example_nats(model, example, carry), example.mask
        real = jnp.ones(len(example.values)) if mask is None else mask.astype(nats.dtype)
        return nats * real / real.sum(), carry

"""An encoder whose memory says what its places are called."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Int

from reverie.concepts import Condition, Encoder, Key, SymbolSequence


class WithCopyIds(Encoder):
    """Names each place of another encoder's memory by its symbol, so that it can be copied.

    `table` (V,) has for each symbol of the source the same in the sequence, or -1. Raises
    ValueError where the encoder makes no memory.
    """

    encoder: Encoder
    table: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, source: SymbolSequence, *, key: Key | None = None) -> Condition:
        condition = self.encoder(source, key=key)
        if condition.memory is None:
            raise ValueError("nothing can be copied without a memory: use another encoder")
        names: Int[Array, " S"] = jnp.asarray(self.table)[source.values]
        named = jnp.where(condition.memory.mask, names, -1)
        return condition._replace(memory=condition.memory._replace(copy_ids=named))

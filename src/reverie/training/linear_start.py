"""Linear start: a memory network learns without its softmax first."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Float, Int

from reverie.concepts import Carry, Example, Key
from reverie.cores.memory_network import MemoryNetwork
from reverie.training.objectives import Objective


class LinearStart(Objective):
    """Another objective, for whose first `updates` places are weighed without a softmax.

    Which is what p = softmax(u . m) of every memory network in the model is then: u . m
    (Sukhbaatar 2015, 4.1). The model that is measured and saved has its softmax throughout.
    Departure: the paper waits until the validation loss rises; its authors' code has, as here, a
    number of epochs, 20 of 120 for one task and 30 of 90 for all. `Halving` is the rate to it.
    """

    objective: Objective
    updates: int = eqx.field(static=True)

    def __call__(
        self,
        model: Any,
        example: Example,
        carry: Carry,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        def is_network(node: Any) -> bool:
            return isinstance(node, MemoryNetwork)

        def begin(node: Any) -> Any:
            return node.linearly(update < self.updates) if is_network(node) else node

        model = jax.tree.map(begin, model, is_leaf=is_network)
        return self.objective(model, example, carry, key, update)

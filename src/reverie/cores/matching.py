"""A cell that reads one text with another in mind: match-LSTM (Wang and Jiang 2016)."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.attention import Additive
from reverie.cells.cell import Cell
from reverie.concepts import Condition, Core
from reverie.cores.attentive import Attentive, AttentiveCell
from reverie.cores.prepared import PreparedCore
from reverie.layers import Linear, Role
from reverie.products import affine


class Matching(PreparedCore):
    """A cell that looks in the condition's memory for what its input may be answered by.

        e_is = w . tanh(W^q k_s + W^p x_i + b^p + W^r h_{i-1})        alpha_i = softmax_s(e_is)
        h_i = cell([x_i; sum_s alpha_is v_s], h_{i-1})                 out_i = h_i

    x_i are the words of a passage and the memory is a question (Wang and Jiang 2016, eq. 2 and 3),
    or they are a hypothesis and its premise (Wang and Jiang 2015). It is `Attentive`, the query of
    which sees the input as well. Departures: the paper adds a number to all e_i, which no softmax
    sees, and where two read from both ends they share there what the scores are made of.
    Raises ValueError where the condition has no memory.
    """

    attentive: Attentive
    """The cell, and what looks with h_{i-1}."""
    compare: Linear
    """W^p (P, X) and b^p."""

    def __init__(
        self,
        cell: Cell,
        inputs: int,
        hidden: int,
        memory: int,
        width: int,
        *,
        rng: np.random.Generator,
    ):
        """`inputs` is X, `hidden` is H, `memory` is the width of keys and values, `width` is P."""
        score = Additive(hidden, memory, width, rng=rng)
        self.attentive = Attentive(cell, score, memory, rng=rng)
        self.compare = Linear(inputs, width, rng=rng, role=Role.INPUT)

    def prepare(self, condition: Condition) -> Core:
        cell = self.attentive.prepare(condition).cell
        return _MatchingCell(
            cell.cell,
            cell.score,
            None,
            cell.keys,
            cell.context,
            cell.mask,
            cell.gates,
            self.compare,
        )


class _MatchingCell(AttentiveCell):
    """The cell at work on one memory: its input's share of the query leaves the loop, too."""

    compare: Linear

    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G+P"]:
        compared = affine(self.compare.W, xs, self.compare.b)
        return jnp.concatenate([super().project(xs), compared], -1)

    def add_to_gates(self, weights: Float[Array, " S"]) -> Float[Array, " G+P"]:
        return jnp.pad(super().add_to_gates(weights), (0, self.compare.b.shape[0]))

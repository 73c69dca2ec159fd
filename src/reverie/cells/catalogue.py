"""The cells by name."""

from __future__ import annotations

from typing import assert_never

import jax
import numpy as np

from reverie.cells import GRU, LSTM, LSTM1997, Cell, Elman, GRUResetBefore
from reverie.cells.names import CellName


def cell(
    name: CellName, inputs: int, hidden: int, forget_bias: float, *, rng: np.random.Generator
) -> Cell:
    """The cell of that name."""
    match name:
        case "lstm":
            return LSTM(inputs, hidden, rng=rng, forget_bias=forget_bias)
        case "peephole-lstm":
            return LSTM(inputs, hidden, rng=rng, forget_bias=forget_bias, peepholes=True)
        case "lstm-1997":
            return LSTM1997(inputs, hidden, rng=rng)
        case "gru":
            return GRU(inputs, hidden, rng=rng)
        case "gru-reset-before":
            return GRUResetBefore(inputs, hidden, rng=rng)
        case "elman":
            return Elman(inputs, hidden, rng=rng)
        case "relu":
            return Elman(inputs, hidden, rng=rng, activation=jax.nn.relu, identity=1.0)
    assert_never(name)

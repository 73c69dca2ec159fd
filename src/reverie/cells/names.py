"""The names of the cells. No jax here."""

from typing import Literal

CellName = Literal["lstm", "peephole-lstm", "lstm-1997", "gru", "gru-reset-before", "elman", "relu"]

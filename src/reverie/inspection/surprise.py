"""The surprise of a model at each symbol of a text, -log2 p, also for long texts."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from reverie.concepts import Condition
from reverie.inspection.texts import format_count
from reverie.model import SequenceModel
from reverie.padding import stack
from reverie.training.evaluation import losses_along

EXACT = 20_000
"""A text of at most this many symbols is read as one sequence."""
ROWS = 64
"""The windows of a longer text, which are one batch."""
WARM = 1_000
"""Symbols that are read before a window without being counted, as its context."""
MOST = 2_000_000
"""The most symbols of a text that are read."""


class Surprise(NamedTuple):
    """The surprise at N symbols of a text, in order: all, or those of evenly spread windows."""

    positions: Int[np.ndarray, " N"]
    bits: Float[np.ndarray, " N"]
    """-log2 p of each symbol given those before it."""
    total: int
    """The number of symbols of the text."""

    def summary(self) -> str:
        """The number of symbols and their mean surprise, for people."""
        some = f"{len(self.bits):,} of " if len(self.bits) < self.total else ""
        return f"{some}{format_count(self.total)}, {self.bits.mean():.3f} bits each"

    def running(self, window: int, points: int) -> tuple[np.ndarray, np.ndarray]:
        """The centres of windows of so many symbols, and the mean surprise in each, both (M,).

        M is at most about twice `points`.
        """
        begins = np.arange(0, len(self.bits) - window + 1, max(1, len(self.bits) // points))
        sums = np.concatenate([[0.0], np.cumsum(self.bits, dtype=float)])
        return self.positions[begins + window // 2], (sums[begins + window] - sums[begins]) / window


def surprise(
    model: SequenceModel, values: Int[np.ndarray, " T"], condition: Condition = Condition()
) -> Surprise:
    """The surprise of a text of one symbol or more.

    Long texts are read in windows, as one batch, each after symbols that are read but not
    counted.
    """
    if len(values) <= EXACT:
        losses = losses_along(model, values[None], stack([condition]))[0]
        return Surprise(np.arange(len(values)), losses / math.log(2), len(values))
    length = -(-(min(len(values), MOST) - WARM) // ROWS)
    begins = np.linspace(0, len(values) - WARM - length, ROWS).astype(int)
    positions = begins[:, None] + np.arange(WARM + length)
    losses = losses_along(model, values[positions], stack([condition] * ROWS))
    scored = np.ones(positions.shape, bool)
    scored[1:, :WARM] = False
    # Lengths are rounded up, so that two windows may share a symbol.
    positions, first = np.unique(positions[scored], return_index=True)
    return Surprise(positions, losses[scored][first] / math.log(2), len(values))

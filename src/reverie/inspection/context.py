"""Loss against the length of context: how much of the preceding text a model uses."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from reverie.concepts import Condition
from reverie.inspection.surprise import ROWS
from reverie.model import SequenceModel
from reverie.padding import stack
from reverie.training.evaluation import losses_along

LONGEST = 1024
"""The most symbols of a window."""
FEWEST, MOST = 16, 512
"""The least and the greatest number of windows."""
SUMMARISED = 0, 1, 10, 100, 1000
"""The lengths of context in a summary."""


class Curve(NamedTuple):
    """The loss in B ranges of context length, each about sqrt(2) times as long as the last."""

    contexts: Float[np.ndarray, " B"]
    """The middle of each range."""
    bits: Float[np.ndarray, " B"]
    errors: Float[np.ndarray, " B"]
    """Two standard errors of the mean over windows."""


class ContextLosses(NamedTuple):
    """The losses in W windows of a text, each read from an initial state."""

    bits: Float[np.ndarray, "W N"]
    """-log2 p of the symbol with a context of n symbols, n = 0 .. N-1."""

    def curve(self) -> Curve:
        """The mean over windows and over the lengths of each range."""
        count, longest = self.bits.shape
        begins = ranges(longest)
        sizes = np.diff(begins, append=longest)
        # The symbols of one window are dependent; windows are independent.
        means = np.add.reduceat(self.bits, begins, axis=1, dtype=float) / sizes
        errors = 2 * means.std(0, ddof=1) / math.sqrt(count)
        return Curve(begins + (sizes - 1) / 2, means.mean(0), errors)

    def summary(self) -> str:
        """The loss in the ranges of a few lengths of context, for people."""
        count, longest = self.bits.shape
        lengths = [n for n in SUMMARISED if n < longest]
        indices = np.searchsorted(ranges(longest), lengths, "right") - 1
        bits = self.curve().bits[indices]
        parts = ", ".join(f"{n:,}: {b:.2f}" for n, b in zip(lengths, bits, strict=True))
        return f"bits by symbols of context, {parts} ({count} windows of {longest:,})"


def context_losses(
    model: SequenceModel, values: Int[np.ndarray, " T"], condition: Condition = Condition()
) -> ContextLosses | None:
    """The losses in disjoint windows, evenly spread over a text.

    None where the text is too short for `FEWEST` windows of two symbols.
    """
    length = min(LONGEST, len(values) // FEWEST)
    if length < 2:
        return None
    count = min(MOST, len(values) // length)
    # Groups of one size need one compiled program.
    count -= count % ROWS if count > ROWS else 0
    begins = np.linspace(0, len(values) - length, count).astype(int)
    windows = values[begins[:, None] + np.arange(length)]
    groups = [windows[n : n + ROWS] for n in range(0, count, ROWS)]
    losses = [losses_along(model, rows, stack([condition] * len(rows))) for rows in groups]
    return ContextLosses(np.concatenate(losses) / math.log(2))


def ranges(longest: int) -> Int[np.ndarray, " B"]:
    """The beginnings of ranges of context length below `longest`: 0, 1, 2, 3, 4, 6, 8, 11 ..."""
    begins = np.unique([0, *np.round(2 ** (np.arange(2 * math.log2(longest)) / 2)).astype(int)])
    # The rest at the end is a range of its own if it has half of the regular length.
    return begins[2**0.25 * begins < longest]

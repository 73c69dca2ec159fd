"""How much the symbols before it help to foresee a symbol: loss against the length of context."""

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
"""Symbols of a window, at most."""
FEWEST, MOST = 16, 512
"""Windows."""
TOLD = 0, 1, 10, 100, 1000
"""Lengths of context that are told in words."""


class Curve(NamedTuple):
    """The loss in B ranges of lengths of context, each about the square root of 2 times as long
    as the one before."""

    contexts: Float[np.ndarray, " B"]
    """The middle of each range."""
    bits: Float[np.ndarray, " B"]
    errors: Float[np.ndarray, " B"]
    """Two standard errors of the mean over windows."""


class ContextLosses(NamedTuple):
    """The losses in W windows of a text, each read by itself, from a fresh state."""

    bits: Float[np.ndarray, "W N"]
    """-log2 p of the symbol that has n others before it, n = 0 .. N-1."""

    def curve(self) -> Curve:
        """The mean over windows and over the lengths of each range."""
        count, longest = self.bits.shape
        begins = ranges(longest)
        sizes = np.diff(begins, append=longest)
        # The symbols of one window go together: windows are what is independent.
        means = np.add.reduceat(self.bits, begins, axis=1, dtype=float) / sizes
        errors = 2 * means.std(0, ddof=1) / math.sqrt(count)
        return Curve(begins + (sizes - 1) / 2, means.mean(0), errors)

    def summary(self) -> str:
        """The loss at a few lengths of context, or rather in their ranges."""
        count, longest = self.bits.shape
        lengths = [n for n in TOLD if n < longest]
        places = np.searchsorted(ranges(longest), lengths, "right") - 1
        bits = self.curve().bits[places]
        told = ", ".join(f"{n:,}: {b:.2f}" for n, b in zip(lengths, bits, strict=True))
        return f"bits by symbols read before, {told} ({count} windows of {longest:,})"


def context_losses(
    model: SequenceModel, values: Int[np.ndarray, " T"], condition: Condition = Condition()
) -> ContextLosses | None:
    """The losses in windows that are evenly spread over a text and share none of its symbols.

    None where the text is too short for `FEWEST` windows of two symbols.
    """
    length = min(LONGEST, len(values) // FEWEST)
    if length < 2:
        return None
    count = min(MOST, len(values) // length)
    # All groups of one size are read by one program.
    count -= count % ROWS if count > ROWS else 0
    begins = np.linspace(0, len(values) - length, count).astype(int)
    windows = values[begins[:, None] + np.arange(length)]
    groups = [windows[n : n + ROWS] for n in range(0, count, ROWS)]
    losses = [losses_along(model, rows, stack([condition] * len(rows))) for rows in groups]
    return ContextLosses(np.concatenate(losses) / math.log(2))


def ranges(longest: int) -> Int[np.ndarray, " B"]:
    """Where ranges of lengths of context below `longest` begin: 0, 1, 2, 3, 4, 6, 8, 11, 16 ..."""
    begins = np.unique([0, *np.round(2 ** (np.arange(2 * math.log2(longest)) / 2)).astype(int)])
    # What is left at the end makes a range of its own if it is half as long as it should be.
    return begins[2**0.25 * begins < longest]

"""How good the probabilities of a classifier are: accuracy, confusion, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

BINS = 10
NARROW = 12
"""Letters of a class in a table."""


class Posteriors(NamedTuple):
    """What a classifier made of N texts of K classes, and what they are."""

    probabilities: Float[np.ndarray, "N K"]
    truth: Int[np.ndarray, " N"]

    @property
    def predictions(self) -> Int[np.ndarray, " N"]:
        """The most probable class of each."""
        best: np.ndarray = self.probabilities.argmax(1)
        return best

    @property
    def accuracy(self) -> float:
        """The share of texts whose most probable class is the true one."""
        return float((self.predictions == self.truth).mean())

    def confusion(self) -> Int[np.ndarray, "K K"]:
        """How many texts of each class (row) were taken for each (column)."""
        count = self.probabilities.shape[1]
        table = np.zeros((count, count), int)
        np.add.at(table, (self.truth, self.predictions), 1)
        return table

    def calibration_error(self) -> float:
        """The expected calibration error (Naeini 2015): sum_b n_b / N |accuracy_b - confidence_b|.

        The bins b are `BINS` equal parts of [0, 1] that the highest probability falls into.
        """
        confidence = self.probabilities.max(1)
        right = self.predictions == self.truth
        bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
        off = np.bincount(bins, right.astype(float) - confidence, BINS)
        return float(np.abs(off).sum() / len(confidence))

    def mean_distance(self, levels: Sequence[float], numbers: Sequence[float]) -> float:
        """The mean absolute error of the posterior mean: classes are `levels`, truths `numbers`."""
        return float(np.abs(self.probabilities @ np.array(levels) - np.array(numbers)).mean())


def format_confusion(table: Int[np.ndarray, "K K"], names: Sequence[str]) -> list[str]:
    """A confusion matrix as lines of text; columns are numbered as the rows are."""
    heads = [f"{n}" for n in range(1, len(names) + 1)]
    width = max(5, *(len(f"{count:,}") + 1 for count in table.ravel()))
    label = min(max(map(len, names)), 2 * NARROW)
    lines = [f"{'was / taken for':>{label + 4}}" + "".join(f"{head:>{width}}" for head in heads)]
    for head, name, row in zip(heads, names, table, strict=True):
        counts = "".join(f"{count or '.':>{width}}" for count in row)
        lines.append(f"{head:>3} {name[:label]:<{label}}{counts}")
    return lines

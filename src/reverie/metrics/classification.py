"""Metrics of a classifier: accuracy, confusion, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

BINS = 10
NARROW = 12
"""Half of the most letters of a class name in a table."""


class Posteriors(NamedTuple):
    """The posteriors of N examples over K classes, and their true classes."""

    probabilities: Float[np.ndarray, "N K"]
    truth: Int[np.ndarray, " N"]

    @property
    def predictions(self) -> Int[np.ndarray, " N"]:
        """The most probable class of each example."""
        best: np.ndarray = self.probabilities.argmax(1)
        return best

    @property
    def accuracy(self) -> float:
        """The fraction of examples whose most probable class is the true one."""
        return float((self.predictions == self.truth).mean())

    def confusion(self) -> Int[np.ndarray, "K K"]:
        """The confusion matrix: counts of true class (row) against prediction (column)."""
        count = self.probabilities.shape[1]
        table = np.zeros((count, count), int)
        np.add.at(table, (self.truth, self.predictions), 1)
        return table

    def calibration_error(self) -> float:
        """The expected calibration error (Naeini 2015): sum_b n_b / N |accuracy_b - confidence_b|.

        The bins b divide [0, 1], the range of the highest probability, into `BINS` equal parts.
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
    """A confusion matrix as lines of text; columns have the numbers of the rows."""
    heads = [f"{n}" for n in range(1, len(names) + 1)]
    width = max(5, *(len(f"{count:,}") + 1 for count in table.ravel()))
    label = min(max(map(len, names)), 2 * NARROW)
    lines = [f"{'true / predicted':>{label + 4}}" + "".join(f"{head:>{width}}" for head in heads)]
    for head, name, row in zip(heads, names, table, strict=True):
        counts = "".join(f"{count or '.':>{width}}" for count in row)
        lines.append(f"{head:>3} {name[:label]:<{label}}{counts}")
    return lines

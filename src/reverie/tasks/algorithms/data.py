"""Problems in batches: drawn without an end to learn from, always the same ones to measure on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reverie.concepts import Example
from reverie.data.generated import Generated
from reverie.padding import bucket_shapes
from reverie.tasks.algorithms.problems import Problem
from reverie.training.generated import GeneratedReader
from reverie.training.sequences import SequenceReader

SHAPES, UNIT = 2, 8
"""Batches are padded to one of so many lengths, multiples of the second."""


@dataclass(frozen=True)
class OfSizes:
    """Draws problems of sizes between two, each as probable; the level of a curriculum is not
    asked for."""

    problem: Problem
    smallest: int
    largest: int

    def __call__(self, rng: np.random.Generator, level: int) -> Example:
        return self.problem.draw(rng, int(rng.integers(self.smallest, self.largest + 1)))

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Lengths that batches are padded to."""
        sizes = range(self.smallest, self.largest + 1)
        lengths: Any = [(self.problem.longest(size), 0) for size in sizes]
        return bucket_shapes(np.array(lengths), SHAPES, (UNIT, 0))


def problem_reader(draw: OfSizes, rows: int, seed: int) -> GeneratedReader:
    """Problems to learn from."""
    return GeneratedReader(draw, rows, draw.shapes, seed)


def fixed_reader(draw: OfSizes, count: int, rows: int, seed: int) -> SequenceReader:
    """So many problems to measure on, other ones than those to learn from."""
    dataset = Generated(draw, count, seed)
    shape = tuple(draw.shapes[-1])
    return SequenceReader(dataset, min(rows, count), (shape,))

"""How often a model is right: character by character, and in whole answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from reverie.codecs.characters import Characters
from reverie.concepts import Example
from reverie.model import SequenceModel
from reverie.tasks.programs.data import exercise_dataset, held_out
from reverie.tasks.programs.exercises import Difficulty, Exercise, ExerciseKind
from reverie.training.evaluation import compare_answer, each_sequence
from reverie.training.sequences import SequenceReader

ROWS = 64
"""Exercises that are read side by side."""


class Accuracy(NamedTuple):
    """Fractions that are right."""

    characters: float
    """Of the characters of answers with their dots, each given the true ones before it."""
    digits: float
    """The same without the dots."""
    exact: float
    """Of whole answers, written without being told what is right."""

    def format(self) -> str:
        """In words."""
        return (
            f"{self.characters:.2%} of characters given the true ones before, the dot among them "
            f"({self.digits:.2%} without it); {self.exact:.2%} of answers exact in free running"
        )


def measure_accuracy(
    model: SequenceModel, codec: Characters, exercises: Sequence[Exercise], size: int = 0
) -> Accuracy:
    """The accuracies on exercises, always with the most probable character.

    They are padded to the longest of them, or to so many characters.
    """
    shapes = [(size, 0)] if size else []
    reader = SequenceReader(exercise_dataset(codec, exercises), min(ROWS, len(exercises)), shapes)
    right, counted, ends, exact = each_sequence(count_right, model, reader)
    return Accuracy(
        float(right.sum() / counted.sum()),
        float((right - ends).sum() / (counted - 1).sum()),
        float(exact.mean()),
    )


def count_right(model: SequenceModel, example: Example) -> tuple[Any, Any, Any, Any]:
    """Of one answer: how many characters are right, of how many; whether its dot and all are."""
    found = compare_answer(model, example)
    last = jnp.max(jnp.where(found.counts, jnp.arange(len(found.counts)), 0))
    return found.right.sum(), found.counts.sum(), found.right[last], found.exact


class AccuracyTable(NamedTuple):
    """The accuracies by length (rows, from 1) and nesting (columns, from 1)."""

    cells: list[list[Accuracy]]

    def array(self, field: str) -> np.ndarray:
        """One of the accuracies, (length, nesting)."""
        return np.array([[getattr(cell, field) for cell in row] for row in self.cells])

    def lines(self) -> Iterable[str]:
        """The table as text, in %."""
        yield "characters / exact, %" + "".join(
            f"{f'nesting {b}':>16}" for b in range(1, len(self.cells[0]) + 1)
        )
        for length, row in enumerate(self.cells, 1):
            said = "".join(f"{_pair(cell):>16}" for cell in row)
            yield f"{f'length {length}':<21}{said}"


def _pair(cell: Accuracy) -> str:
    return f"{100 * cell.characters:.1f} / {100 * cell.exact:.1f}"


def accuracy_table(
    model: SequenceModel,
    kind: ExerciseKind,
    codec: Characters,
    target: Difficulty,
    count: int,
    seed: int = 0,
) -> AccuracyTable:
    """The accuracies of each length and nesting up to the target's, on `count` exercises each."""

    size = kind.longest(target)

    def cell(length: int, nesting: int) -> Accuracy:
        exercises = held_out(kind, "test", Difficulty(length, nesting), count, seed)
        return measure_accuracy(model, codec, exercises, size)

    lengths, nestings = range(1, target.length + 1), range(1, target.nesting + 1)
    return AccuracyTable([[cell(a, b) for b in nestings] for a in lengths])

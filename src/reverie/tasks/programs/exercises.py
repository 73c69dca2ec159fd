"""Exercises: a text to read and the answer to write; additions, and numbers to copy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from reverie.tasks.programs.grammar import check_addition, check_number, evaluate
from reverie.tasks.programs.tokens import size_of, tokenise

DIGITS = "0123456789"
END = "."
"""The last character of every answer."""


class Difficulty(NamedTuple):
    """How hard an exercise is."""

    length: int
    """Digits of its numbers."""
    nesting: int = 1
    """How many operations it has: sums, differences, products, choices and loops."""


class Exercise(NamedTuple):
    """What is read, and what is to be written."""

    question: str
    """Ends with a line break, so that the network knows where it begins to write."""
    answer: str
    """Ends with a dot."""


class ExerciseKind(ABC):
    """A kind of exercise: drawn by chance, or posed by people."""

    alphabet: str
    """All characters of its questions and answers."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, difficulty: Difficulty) -> Exercise:
        """One of that difficulty."""

    @abstractmethod
    def pose(self, text: str) -> Exercise:
        """The exercise that people wrote, spelled as the drawn ones are.

        Raises InputError where it is not of this kind.
        """

    @abstractmethod
    def difficulty(self, exercise: Exercise) -> Difficulty:
        """How hard an exercise is."""

    @abstractmethod
    def longest(self, difficulty: Difficulty) -> int:
        """No exercise of that difficulty, or of a lesser one, has more characters."""


@final
class Addition(ExerciseKind):
    """Two numbers of so many digits each: `print(398345+425098)`."""

    alphabet = "".join(sorted(set("print(+)\n" + DIGITS + END)))

    def draw(self, rng: np.random.Generator, difficulty: Difficulty) -> Exercise:
        one, other = (draw_number(rng, difficulty.length) for _ in range(2))
        return Exercise(f"print({one}+{other})\n", f"{int(one) + int(other)}{END}")

    def pose(self, text: str) -> Exercise:
        spelled = check_addition(text)
        return Exercise(spelled, f"{evaluate(spelled)}{END}")

    def difficulty(self, exercise: Exercise) -> Difficulty:
        return Difficulty(*size_of(tokenise(exercise.question)))

    def longest(self, difficulty: Difficulty) -> int:
        return len("print(+)\n" + END) + 3 * difficulty.length + 1


@final
@dataclass(frozen=True)
class Memorisation(ExerciseKind):
    """A number to copy: `398345`.

    `inverted` it is read from its end, `doubled` it is read twice, with a semicolon between.
    Departure: nothing but the number is read.
    """

    inverted: bool = False
    doubled: bool = False

    alphabet = "".join(sorted(";\n" + DIGITS + END))

    def draw(self, rng: np.random.Generator, difficulty: Difficulty) -> Exercise:
        return self._posed(draw_number(rng, difficulty.length))

    def pose(self, text: str) -> Exercise:
        return self._posed(check_number(text.strip()))

    def _posed(self, number: str) -> Exercise:
        read = number[::-1] if self.inverted else number
        return Exercise(f"{read};{read}\n" if self.doubled else f"{read}\n", number + END)

    def difficulty(self, exercise: Exercise) -> Difficulty:
        return Difficulty(len(exercise.answer.removesuffix(END)))

    def longest(self, difficulty: Difficulty) -> int:
        return len("\n" + END) + (3 if self.doubled else 2) * difficulty.length + self.doubled


def draw_number(rng: np.random.Generator, digits: int) -> str:
    """A number of exactly so many digits; its first is not 0."""
    drawn = rng.integers(0, 10, digits)
    drawn[0] = rng.integers(1, 10)
    return "".join(map(str, drawn.tolist()))

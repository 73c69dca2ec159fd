"""Problems as examples to learn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from reverie.codecs.characters import Characters
from reverie.codecs.values import check_fields, damaged_description
from reverie.concepts import Condition, Example
from reverie.data.generated import answered
from reverie.settings import unknown_name
from reverie.tasks.algorithms.bits import ngram_nats
from reverie.tasks.algorithms.catalogue import (
    BITS,
    END,
    STRINGS,
    BitEntry,
    StringEntry,
    problem_names,
)

WIDEST = 1000
"""The most bits of a vector."""


@dataclass(frozen=True)
class Problem(ABC):
    """A family of problems, one of each size, drawn by chance; it stands as the codec of its
    models, for it says what their elements mean."""

    name: str

    @abstractmethod
    def draw(self, rng: np.random.Generator, size: int) -> Example:
        """One of a size: only what can be computed from the steps before is counted."""

    @abstractmethod
    def longest(self, size: int) -> int:
        """The most steps that one of that size has."""

    @abstractmethod
    def kept(self, size: int) -> int:
        """How many places of a memory one of that size fills."""

    @property
    @abstractmethod
    def about(self) -> str:
        """What is to be done, in a few words."""

    @abstractmethod
    def show(self, example: Example) -> tuple[np.ndarray, np.ndarray]:
        """What is given and what is wanted of one problem, step by step: two times (T, rows)."""

    @abstractmethod
    def describe(self) -> dict[str, object]:
        """A description for JSON from which the problem can be rebuilt."""

    def least_nats(self, example: Example) -> float:
        """Those of the counted steps of one problem that no solver can expect to save."""
        return 0.0


@final
@dataclass(frozen=True)
class BitsProblem(Problem):
    """Inputs (T, X) as the rows of a condition, and targets (T, N) of independent bits."""

    width: int

    @property
    def _entry(self) -> BitEntry:
        return BITS[self.name]

    @property
    def bits(self) -> int:
        """Those of a vector."""
        return self._entry.width or self.width

    @property
    def inputs(self) -> int:
        """X."""
        return self.bits + self._entry.channels

    @property
    def outputs(self) -> int:
        """N."""
        return self.bits + self._entry.marks

    @property
    def about(self) -> str:
        return self._entry.about

    def draw(self, rng: np.random.Generator, size: int) -> Example:
        drawn = self._entry.draw()(rng, size, self.bits)
        source = Condition(steps=drawn.inputs)  # type: ignore[arg-type]
        return Example(drawn.targets, weights=drawn.counted, source=source)  # type: ignore[arg-type]

    def longest(self, size: int) -> int:
        return self._entry.longest(size)

    def kept(self, size: int) -> int:
        return self._entry.kept(size)

    def show(self, example: Example) -> tuple[np.ndarray, np.ndarray]:
        return np.asarray(example.source.steps), np.asarray(example.values)

    def least_nats(self, example: Example) -> float:
        return ngram_nats(example.values) if self.name == "ngrams" else 0.0

    def describe(self) -> dict[str, object]:
        return {"kind": "bits", "name": self.name, "width": self.width}


@final
@dataclass(frozen=True)
class StringProblem(Problem):
    """Symbols (T,) one after the other, of which those of the answer count, and the end."""

    @property
    def _entry(self) -> StringEntry:
        return STRINGS[self.name]

    @property
    def symbols(self) -> Characters:
        """Between the symbols and their numbers."""
        return Characters("".join(sorted(self._entry.alphabet + END)), END)

    @property
    def about(self) -> str:
        return self._entry.about

    def draw(self, rng: np.random.Generator, size: int) -> Example:
        given, answer = self._entry.draw()(rng, size)
        return answered(self.symbols.encode(given + answer + END), len(given))

    def longest(self, size: int) -> int:
        return self._entry.longest(size) + len(END)

    def kept(self, size: int) -> int:
        return self._entry.kept(size)

    def show(self, example: Example) -> tuple[np.ndarray, np.ndarray]:
        symbols = np.eye(self.symbols.size)[np.asarray(example.values)]
        wanted = np.asarray(example.weights)[:, None]
        return symbols * (1 - wanted), symbols * wanted

    def describe(self) -> dict[str, object]:
        return {"kind": "strings", "name": self.name, "width": 1}


def make_problem(name: str, width: int) -> Problem:
    """The problem of that name; `width` is the bits of a vector. InputError for another name."""
    if name in BITS:
        return BitsProblem(name, width)
    if name in STRINGS:
        return StringProblem(name)
    raise unknown_name("problem", name, dict.fromkeys(problem_names()))


def problem_from(description: Mapping[str, object]) -> Problem:
    """The problem of a description. InputError for a damaged one."""
    kind, name, width = check_fields(description, kind=str, name=str, width=int)
    if kind == "strings" and name in STRINGS:
        return StringProblem(str(name))
    if kind == "bits" and name in BITS and 0 < width <= WIDEST:  # type: ignore[operator]
        return BitsProblem(str(name), width)  # type: ignore[arg-type]
    raise damaged_description("problem", "there is no such problem")

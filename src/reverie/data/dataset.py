"""Data sets: examples of many sizes, opened one at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, final

import jax
import numpy as np

from reverie.concepts import Example
from reverie.padding import pad_all

LIMIT = 256 << 20
"""Bytes of examples that are kept in memory."""


class Report(NamedTuple):
    """What opening data has to say."""

    text: str = ""
    """For people; may be empty."""
    dropped: int = 0
    """How many examples were left out."""

    def and_then(self, text: str) -> Report:
        """The same, with more to say."""
        return self._replace(text="; ".join(filter(None, (self.text, text))))


class Dataset(ABC):
    """Examples by number, each opened when it is asked for.

    An example has a size along each of the `dimensions`, of which the first is that of its steps:
    batches are padded, and examples of like size meet in them. The base class knows of steps and
    of places to look at (`Source.memory_size`); stories of sentences or pages of lines have
    dimensions, a `measure` and a `pad` of their own.
    """

    dimensions: tuple[str, ...] = ("steps", "memory")

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, n: int) -> Example:
        """The n-th example, as NumPy arrays."""

    def __iter__(self) -> Iterator[Example]:
        return (self[n] for n in range(len(self)))

    def sizes(self, n: int) -> tuple[int, ...]:
        """Those of the n-th example, one for each dimension; opens it, if it must."""
        return self.measure(self[n])

    def all_sizes(self) -> np.ndarray:
        """Those of all examples, (N, D)."""
        return np.array([self.sizes(n) for n in range(len(self))])

    @property
    def report(self) -> Report:
        """What is to be said of the data."""
        return Report()

    def measure(self, example: Example) -> tuple[int, ...]:
        """The sizes of an example."""
        return measure_example(example)

    def pad(self, example: Example, sizes: tuple[int, ...]) -> Example:
        """The example with zeros behind it up to these sizes; its mask says what is real."""
        return pad_example(example, sizes)


def steps_of(example: Example) -> int:
    """T."""
    return len(jax.tree.leaves(example.values)[0])


def measure_example(example: Example) -> tuple[int, ...]:
    """Its steps, and the places to look at."""
    return steps_of(example), example.source.memory_size


def pad_example(example: Example, sizes: tuple[int, ...]) -> Example:
    """The example padded to so many steps and places to look at."""
    steps, memory_size = sizes
    return pad_steps(example, steps)._replace(source=example.source.pad(steps, memory_size))


def pad_steps(example: Example, steps: int) -> Example:
    """The values, mask and weights of an example padded; its source and target as they are."""
    mask = np.ones(steps_of(example), bool) if example.mask is None else example.mask
    rows = (example.values, mask, example.weights)
    values, mask, weights = pad_all(rows, steps)
    return example._replace(values=values, mask=mask, weights=weights)


@final
class InMemory(Dataset):
    """Examples that are there."""

    def __init__(self, examples: Sequence[Example]):
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, n: int) -> Example:
        return self.examples[n]


class Wrapped(Dataset):
    """A data set around another, of the same dimensions."""

    def __init__(self, dataset: Dataset):
        self.dataset = dataset
        self.dimensions = dataset.dimensions

    def measure(self, example: Example) -> tuple[int, ...]:
        return self.dataset.measure(example)

    def pad(self, example: Example, sizes: tuple[int, ...]) -> Example:
        return self.dataset.pad(example, sizes)


@final
class Stored(Wrapped):
    """Examples that cost something to open: all their sizes are remembered, and the first are kept.

    At most `limit` bytes of them stay in memory; the others are opened each time. To forget the
    oldest instead would forget all of them, for an epoch asks for each once.
    """

    def __init__(self, dataset: Dataset, limit: int = LIMIT):
        super().__init__(dataset)
        self._left = limit
        self._examples: dict[int, Example] = {}
        self._sizes: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, n: int) -> Example:
        if n in self._examples:
            return self._examples[n]
        example = self.dataset[n]
        self._sizes[n] = self.dataset.measure(example)
        size = _bytes(example)
        if size <= self._left:
            self._examples[n] = example
            self._left -= size
        return example

    def sizes(self, n: int) -> tuple[int, ...]:
        if n not in self._sizes:
            self[n]
        return self._sizes[n]

    @property
    def report(self) -> Report:
        return self.dataset.report


@final
class Subset(Wrapped):
    """Those examples of a data set that have one of these `numbers`.

    `why` says what the others are: "pairs have more than 60 symbols a side".
    """

    def __init__(self, dataset: Dataset, numbers: Sequence[int], why: str):
        super().__init__(dataset)
        self.numbers, self.why = numbers, why

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, n: int) -> Example:
        return self.dataset[self.numbers[n]]

    def sizes(self, n: int) -> tuple[int, ...]:
        return self.dataset.sizes(self.numbers[n])

    @property
    def report(self) -> Report:
        dropped = len(self.dataset) - len(self)
        if not dropped:
            return self.dataset.report
        before = self.dataset.report
        said = before.and_then(f"{dropped:,} {self.why}: they are left out")
        return Report(said.text, before.dropped + dropped)


def keep_sizes(dataset: Dataset, fits: Callable[[tuple[int, ...]], bool], why: str) -> Subset:
    """The examples whose sizes fit; see `Subset` for `why`."""
    return Subset(dataset, [n for n in range(len(dataset)) if fits(dataset.sizes(n))], why)


def _bytes(example: Example) -> int:
    arrays: dict[int, Any] = {id(leaf): leaf for leaf in jax.tree.leaves(example)}
    return sum(np.asarray(leaf).nbytes for leaf in arrays.values())

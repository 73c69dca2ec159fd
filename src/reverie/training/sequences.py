"""Whole sequences, each from its own beginning, in batches of like length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np

from reverie.data.dataset import Dataset, Report
from reverie.data.lanes import Position
from reverie.errors import InputError
from reverie.padding import stack
from reverie.training.batches import Batch, share_rows
from reverie.training.beginnings import Beginning, Reset

POOL = 32
"""Batches are cut from so many batches' worth of sequences, ordered by length."""


@dataclass(frozen=True, eq=False)
class SequenceReader:
    """The examples of a data set, `rows` at a time, in an order of each epoch.

    A batch is padded to the first of the `shapes` that holds it, each of which is compiled once. A
    shape has a size for each dimension of the data set; by default there is one shape, the largest
    size of each. The last examples of an epoch that fill no batch are left for another epoch.
    `mine` says where this process's rows begin and end.

    Raises InputError where there are too few examples, one is empty or is larger than all shapes;
    ValueError for a shape of other dimensions.
    """

    dataset: Dataset = field(repr=False)
    rows: int
    shapes: Sequence[tuple[int, ...]] = ()
    seed: int = 0
    mine: tuple[int, int | None] = (0, None)

    def __post_init__(self) -> None:
        count = len(self.dataset)
        if not 1 <= self.rows <= count:
            raise InputError(
                f"{count} sequences are too few for a batch of {self.rows}: give more, or "
                "smaller batches"
            )
        if any(len(shape) != len(self.dataset.dimensions) for shape in self.shapes):
            raise ValueError(f"a shape is {', '.join(self.dataset.dimensions)}: not {self.shapes}")
        steps, *others = self.ladders
        for index in np.flatnonzero((self.lengths == 0) | (self.lengths > steps[-1])):
            raise InputError(
                f"sequence {index} has {self.lengths[index]} elements: give it between 1 and "
                f"{steps[-1]}, or leave it out"
            )
        for sizes, ladder, name in zip(
            self.sizes.T[1:], others, self.dataset.dimensions[1:], strict=True
        ):
            for index in np.flatnonzero(sizes > ladder[-1]):
                raise InputError(
                    f"sequence {index} has a {name} of {sizes[index]}: give it {ladder[-1]} at "
                    "most, or leave it out"
                )

    @cached_property
    def sizes(self) -> np.ndarray:
        """The size of each example along each dimension, (N, D)."""
        return self.dataset.all_sizes()

    @property
    def lengths(self) -> np.ndarray:
        """T_n of each example, (N,)."""
        lengths: np.ndarray = self.sizes[:, 0]
        return lengths

    @cached_property
    def ladders(self) -> np.ndarray:
        """What batches are padded to: the sizes along each dimension, smallest first, (D, K)."""
        shapes = np.array(self.shapes) if self.shapes else self.sizes.max(0, keepdims=True)
        return np.sort(shapes.T, axis=1)

    @cached_property
    def fitting(self) -> np.ndarray:
        """The number of the first shape that holds each example, (N,)."""
        columns = zip(self.ladders, self.sizes.T, strict=True)
        return np.max([np.searchsorted(ladder, sizes) for ladder, sizes in columns], axis=0)

    @cached_property
    def padding(self) -> float:
        """The fraction of the steps of an epoch that is padding."""
        steps = sum(self.ladders[0][self.fitting[chosen].max()] for chosen in self.order(0))
        return 1 - float(self.lengths[self.order(0)].sum()) / (steps * self.rows)

    @property
    def report(self) -> Report:
        return self.dataset.report.and_then(f"{self.padding:.0%} of the steps are padding")

    @property
    def elements(self) -> int:
        return int(self.lengths.sum())

    @property
    def beginning(self) -> Beginning:
        return Reset()

    @property
    def batches(self) -> int:
        """How many an epoch has."""
        return len(self.dataset) // self.rows

    @cached_property
    def order(self) -> Callable[[int], np.ndarray]:
        """Which examples each batch of an epoch has: its number to (batches, rows)."""
        return lru_cache(maxsize=1)(self._shuffle)  # an epoch asks for its own at every batch

    def _shuffle(self, epoch: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, epoch))
        shuffled = rng.permutation(len(self.dataset))[: self.batches * self.rows]
        pools = np.array_split(shuffled, max(1, self.batches // POOL))
        alike = np.concatenate(
            [pool[np.lexsort((self.lengths[pool], self.fitting[pool]))] for pool in pools]
        )
        return rng.permutation(alike.reshape(self.batches, self.rows))

    def at(self, position: Position) -> tuple[Batch, Position]:
        epoch, segment = position
        if epoch < 0 or not 0 <= segment < self.batches:
            raise InputError(
                f"there is no batch {segment} in epoch {epoch}: these data have {self.batches} "
                "an epoch; resume with the rows it was begun with"
            )
        chosen = self.order(epoch)[segment]
        following = Position(epoch, segment + 1)
        if following.segment == self.batches:
            following = Position(epoch + 1)
        return self.batch(chosen), following

    def batch(self, chosen: np.ndarray) -> Batch:
        """The examples of these numbers, those of this process, padded as all of them need."""
        sizes = tuple(self.ladders[:, self.fitting[chosen].max()].tolist())
        own = chosen[slice(*self.mine)].tolist()
        return Batch(stack([self.dataset.pad(self.dataset[n], sizes) for n in own]))

    def epochs(self, position: Position) -> float:
        return position.epoch + position.segment / self.batches

    def shard(self, index: int, count: int) -> SequenceReader:
        return replace(self, mine=share_rows(self.rows, index, count))

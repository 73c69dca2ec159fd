"""Batches of examples made on the fly: without an end, and none of them twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from reverie.concepts import Example
from reverie.data.dataset import Report, measure_example, pad_example
from reverie.data.generated import Make
from reverie.data.lanes import Position
from reverie.errors import InputError
from reverie.padding import stack
from reverie.training.batches import Batch, share_rows
from reverie.training.beginnings import Beginning, Reset

BATCHES = 100
"""An epoch, which is the step of a curriculum, has so many."""


@dataclass(frozen=True, eq=False)
class GeneratedReader:
    """`rows` examples at a time, drawn anew for each batch and padded to the first of the `shapes`
    (steps, places to look at) that holds them all; others than these are what `measure` says of
    an example and `pad` makes of it.

    Row r of batch s of epoch e is `make` of the random numbers of (seed, e, s, r) and of e: the
    position is all there is to remember, and a curriculum is a function of it. `mine` says where
    this process's rows begin and end. Raises InputError for an example larger than all shapes.
    """

    make: Make = field(repr=False)
    rows: int
    shapes: Sequence[tuple[int, ...]]
    seed: int = 0
    batches: int = BATCHES
    mine: tuple[int, int | None] = (0, None)
    measure: Callable[[Example], tuple[int, ...]] = field(default=measure_example, repr=False)
    pad: Callable[[Example, tuple[int, ...]], Example] = field(default=pad_example, repr=False)

    @property
    def report(self) -> Report:
        return Report()

    @property
    def elements(self) -> int:
        """Those of an epoch's largest examples: how long those to come are, nobody knows."""
        return max(self.shapes)[0] * self.rows * self.batches

    @property
    def beginning(self) -> Beginning:
        return Reset()

    def at(self, position: Position) -> tuple[Batch, Position]:
        epoch, segment = position
        if epoch < 0 or not 0 <= segment < self.batches:
            raise InputError(
                f"there is no batch {segment} in epoch {epoch}: an epoch has {self.batches}"
            )
        rows = range(self.rows)[slice(*self.mine)]
        # All rows are drawn, so that every process pads its own to the same shape.
        made = [self._draw(epoch, segment, row) for row in range(self.rows)]
        shape = self._fitting(made)
        batch = Batch(stack([self.pad(made[row], shape) for row in rows]))
        whole = segment + 1 == self.batches
        return batch, Position(epoch + 1) if whole else Position(epoch, segment + 1)

    def _draw(self, epoch: int, segment: int, row: int) -> Example:
        return self.make(np.random.default_rng((self.seed, epoch, segment, row)), epoch)

    def _fitting(self, made: Sequence[Example]) -> tuple[int, ...]:
        """The first shape that holds all of them."""
        sizes = tuple(map(max, zip(*map(self.measure, made), strict=True)))
        for shape in sorted(self.shapes):
            if all(size <= side for size, side in zip(sizes, shape, strict=True)):
                return shape
        raise InputError(
            f"an example has the sizes {sizes}, more than the largest batch holds, "
            f"{max(self.shapes)}: make it shorter"
        )

    def epochs(self, position: Position) -> float:
        return position.epoch + position.segment / self.batches

    def shard(self, index: int, count: int) -> GeneratedReader:
        return replace(self, mine=share_rows(self.rows, index, count))

"""Whole sequences, each from its own beginning, in batches of like length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import jax
import numpy as np

from reverie.concepts import Source
from reverie.data.lanes import Position
from reverie.errors import InputError
from reverie.padding import pad, stack
from reverie.training.batches import Batch
from reverie.training.beginnings import Beginning, Reset

POOL = 32
"""Batches are cut from so many batches' worth of sequences, ordered by length."""


@dataclass(frozen=True, eq=False)
class SequenceReader:
    """Sequences (T_n, E...) and what each is given, `rows` at a time, in an order of each epoch.

    A batch is padded to the first of the shapes that holds it, each of which is compiled once: the
    n-th of `lengths`, by default the longest sequence, and the n-th of `memory_size` for what is
    given, by default the most there is. The last sequences of an epoch that fill no batch are left
    for another epoch. `mine` says where this process's rows begin and end.

    Raises InputError where there are too few sequences, one is empty or is longer than the
    last of `lengths`, or has more to look at than the last of `memory_size`; ValueError where
    there are not as many of the one as of the other.
    """

    sequences: Sequence[Any] = field(repr=False)
    rows: int
    given: Sequence[Source] | None = field(default=None, repr=False)
    lengths: tuple[int, ...] = ()
    memory_size: tuple[int, ...] = ()
    seed: int = 0
    mine: tuple[int, int | None] = (0, None)

    def __post_init__(self) -> None:
        count = len(self.sequences)
        if not 1 <= self.rows <= count:
            raise InputError(
                f"{count} sequences make no batch of {self.rows}: give more, or smaller batches"
            )
        if self.given is not None and len(self.given) != count:
            raise InputError(
                f"there are {count} sequences but {len(self.given)} conditions: give each one"
            )
        length, memory_size = self.shapes[-1]
        for index in np.flatnonzero((self.sizes == 0) | (self.sizes > length)):
            raise InputError(
                f"sequence {index} has {self.sizes[index]} elements: give it between 1 and "
                f"{length}, or leave it out"
            )
        for index in np.flatnonzero(self.widths > memory_size):
            raise InputError(
                f"sequence {index} is given {self.widths[index]} places to look at: give it "
                f"{memory_size} at most, or leave it out"
            )

    @cached_property
    def sizes(self) -> np.ndarray:
        """T_n of each sequence."""
        return np.array([len(jax.tree.leaves(each)[0]) for each in self.sequences])

    @cached_property
    def widths(self) -> np.ndarray:
        """S_n of what each sequence is given."""
        if self.given is None:
            return np.zeros(len(self.sequences), int)
        return np.array([given.memory_size for given in self.given])

    @cached_property
    def shapes(self) -> list[tuple[int, int]]:
        """(length, places) that batches are padded to, the smallest first."""
        lengths = sorted(self.lengths) or [int(self.sizes.max())]
        memory_size = sorted(self.memory_size) or [int(self.widths.max())] * len(lengths)
        return list(zip(lengths, memory_size, strict=True))

    @cached_property
    def fitting(self) -> np.ndarray:
        """The number of the first shape that holds each sequence."""
        lengths, memory_size = zip(*self.shapes, strict=True)
        return np.maximum(
            np.searchsorted(lengths, self.sizes), np.searchsorted(memory_size, self.widths)
        )

    @cached_property
    def padding(self) -> float:
        """The fraction of the steps of an epoch that is padding."""
        steps = sum(self.shapes[self.fitting[chosen].max()][0] for chosen in self.order(0))
        return 1 - float(self.sizes[self.order(0)].sum()) / (steps * self.rows)

    @property
    def elements(self) -> int:
        return int(self.sizes.sum())

    @property
    def beginning(self) -> Beginning:
        return Reset()

    @property
    def batches(self) -> int:
        """How many an epoch has."""
        return len(self.sequences) // self.rows

    @cached_property
    def order(self) -> Callable[[int], np.ndarray]:
        """Which sequences each batch of an epoch has: its number to (batches, rows)."""
        return lru_cache(maxsize=1)(self._drawn)  # an epoch asks for its own at every batch

    def _drawn(self, epoch: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, epoch))
        shuffled = rng.permutation(len(self.sequences))[: self.batches * self.rows]
        pools = np.array_split(shuffled, max(1, self.batches // POOL))
        alike = np.concatenate(
            [pool[np.lexsort((self.sizes[pool], self.fitting[pool]))] for pool in pools]
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
        """The sequences of these numbers, those of this process, padded as all of them need."""
        length, memory_size = self.shapes[self.fitting[chosen].max()]
        own = chosen[slice(*self.mine)]
        values = [
            jax.tree.map(lambda a: pad(np.asarray(a), length), self.sequences[n]) for n in own
        ]
        mask = np.arange(length) < self.sizes[own, None]
        if self.given is None:
            return Batch(stack(values), mask)
        given = stack([self.given[n].pad(length, memory_size) for n in own])
        return Batch(stack(values), mask, given)

    def epochs(self, position: Position) -> float:
        return position.epoch + position.segment / self.batches

    def shard(self, index: int, count: int) -> SequenceReader:
        if self.rows % count:
            raise InputError(
                f"{self.rows} rows cannot be divided among {count} processes: "
                f"use a multiple of {count}"
            )
        share = self.rows // count
        return replace(self, mine=(index * share, (index + 1) * share))

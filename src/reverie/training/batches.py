"""What the trainer reads: batches, addressed by a position that is all there is to remember."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from reverie.concepts import Example
from reverie.data.dataset import Report
from reverie.data.lanes import Lanes, Position
from reverie.errors import InputError
from reverie.training.beginnings import Beginning, Stateful


class Batch(NamedTuple):
    """B examples, as NumPy arrays with a leading B."""

    examples: Example
    is_first: bool = True
    """Sequences begin here; False where they go on from the batch before."""


class BatchReader(Protocol):
    """Batches by position. Every process reads its own rows at the same positions."""

    @property
    def rows(self) -> int:
        """B, over all processes."""

    @property
    def elements(self) -> int:
        """How many elements one epoch has."""

    @property
    def beginning(self) -> Beginning:
        """From what its rows go on."""

    @property
    def report(self) -> Report:
        """What is to be said of how the data are read."""

    def at(self, position: Position) -> tuple[Batch, Position]:
        """The batch at a position, and the position after it."""

    def epochs(self, position: Position) -> float:
        """How many epochs lie before a position."""

    def shard(self, index: int, count: int) -> BatchReader:
        """The rows of one of `count` processes."""


def share_rows(rows: int, index: int, count: int) -> tuple[int, int]:
    """Where the rows of one of `count` processes begin and end. InputError for no whole share."""
    if rows % count:
        raise InputError(
            f"{rows} rows cannot be divided among {count} processes: use a multiple of {count}"
        )
    share = rows // count
    return index * share, (index + 1) * share


@dataclass(frozen=True)
class LaneReader:
    """One long sequence in many lanes whose state is carried from batch to batch.

    `restarts` is the probability with which a lane forgets its state before a batch.
    """

    lanes: Lanes
    restarts: float = 0.0

    @property
    def rows(self) -> int:
        return self.lanes.lanes

    @property
    def elements(self) -> int:
        return self.lanes.segments_per_epoch * self.lanes.lanes * self.lanes.length

    @property
    def beginning(self) -> Beginning:
        return Stateful(self.restarts)

    @property
    def report(self) -> Report:
        return Report()

    def at(self, position: Position) -> tuple[Batch, Position]:
        values, is_first, following = self.lanes.at(position)
        return Batch(Example(values), is_first), following

    def epochs(self, position: Position) -> float:
        return position.epoch + position.segment / self.lanes.segments_per_epoch

    def shard(self, index: int, count: int) -> LaneReader:
        return replace(self, lanes=self.lanes.shard(index, count))

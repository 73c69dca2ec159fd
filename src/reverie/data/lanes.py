"""The order in which a long sequence is read: many contiguous lanes, segment by segment."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from reverie.errors import InputError

Segment = npt.NDArray[np.int32]
"""Elements (B, T): T from each of B lanes."""


class Position(NamedTuple):
    """Where reading stands. It is the whole state: nothing else need be saved to resume."""

    epoch: int = 0
    segment: int = 0


@dataclass(frozen=True, eq=False)
class Lanes:
    """`lanes` B contiguous stretches of `values` (N,), read in segments of `length` T.

    Lane b of an epoch begins at offset + b*L, where L = (N - shifts + 1) // B; element k of
    segment s is values[offset + b*L + s*T + k]. So the carried state of a lane fits the next
    segment. The offset of epoch 0 is 0; every other epoch draws one of `shifts` = T offsets
    (fewer if N leaves no room) from `seed` and its number, so that the borders of segments
    differ. `rows` are the lanes that this process reads.

    Raises InputError where `values` cannot fill one segment of each lane.
    """

    values: npt.NDArray[np.integer[Any]] = field(repr=False)
    lanes: int
    length: int
    seed: int = 0
    rows: range | None = None

    def __post_init__(self) -> None:
        if self.lanes < 1 or self.length < 1 or self.seed < 0:
            raise InputError(
                f"cannot read {self.lanes} lanes in segments of {self.length} with the seed "
                f"{self.seed}: use positive numbers"
            )
        needed = self.lanes * self.length
        if len(self.values) < needed:
            raise InputError(
                f"the text has {len(self.values)} elements but {self.lanes} lanes of "
                f"{self.length} need {needed}: give more text, or fewer or shorter lanes"
            )

    @property
    def shifts(self) -> int:
        """How many offsets an epoch may have, 0 among them."""
        return min(self.length, len(self.values) - self.lanes * self.length + 1)

    @property
    def lane_length(self) -> int:
        """L, the distance between the beginnings of two lanes."""
        return (len(self.values) - self.shifts + 1) // self.lanes

    @property
    def segments_per_epoch(self) -> int:
        """How many segments each lane has, the same in every epoch."""
        return self.lane_length // self.length

    def offset(self, epoch: int) -> int:
        """Where the first lane of an epoch begins."""
        if epoch == 0:
            return 0
        draw = np.random.SeedSequence((self.seed, epoch)).generate_state(1)[0]
        return int(draw) % self.shifts

    def at(self, position: Position) -> tuple[Segment, bool, Position]:
        """The segment at `position`, (B, T) or those rows of it that are this process's;
        whether an epoch begins there, so that carried state must be reset; what comes next.
        """
        epoch, segment = position
        if epoch < 0 or not 0 <= segment < self.segments_per_epoch:
            raise InputError(
                f"there is no segment {segment} in epoch {epoch}: this text has "
                f"{self.segments_per_epoch} an epoch; resume with the lanes it was begun with"
            )
        start = self.offset(epoch) + segment * self.length
        starts = [start + lane * self.lane_length for lane in self.rows or range(self.lanes)]
        rows = [self.values[begin : begin + self.length] for begin in starts]
        last = segment + 1 == self.segments_per_epoch
        following = Position(epoch + 1, 0) if last else Position(epoch, segment + 1)
        return np.stack(rows).astype(np.int32), segment == 0, following

    def shard(self, index: int, count: int) -> "Lanes":
        """The rows of process `index` of `count`, at the same positions as the others.

        Raises InputError unless `count` divides the lanes.
        """
        if not 0 <= index < count or self.lanes % count:
            raise InputError(
                f"cannot give process {index} of {count} its share of {self.lanes} lanes: "
                f"use a multiple of {count} lanes"
            )
        share = self.lanes // count
        return replace(self, rows=range(index * share, (index + 1) * share))


def evaluation_lanes(
    values: npt.NDArray[np.integer[Any]], lanes: int, length: int
) -> Iterator[tuple[Segment, npt.NDArray[np.bool_], bool]]:
    """Every element of `values` (N,) exactly once: segments (B, T), their mask (B, T), True
    where there is an element, and whether this is the first.

    Lane b holds values[b*L : (b+1)*L] where L = ceil(N/B); with one lane the whole is one
    carried sequence. Raises InputError where there is nothing to evaluate.
    """
    if lanes < 1 or length < 1 or not len(values):
        raise InputError(
            f"cannot evaluate {len(values)} elements in {lanes} lanes of {length}: "
            "use a text that is not empty and positive numbers"
        )
    return _every_element(values, lanes, length)


def _every_element(
    values: npt.NDArray[np.integer[Any]], lanes: int, length: int
) -> Iterator[tuple[Segment, npt.NDArray[np.bool_], bool]]:
    lane_length = -(-len(values) // lanes)
    begins = np.arange(lanes)[:, None] * lane_length
    for start in range(0, lane_length, length):
        inside = start + np.arange(length)[None, :]
        index = begins + inside
        mask = (inside < lane_length) & (index < len(values))
        segment = np.where(mask, values[np.where(mask, index, 0)], 0)
        yield segment.astype(np.int32), mask, start == 0

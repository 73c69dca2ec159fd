"""How much of music that was made is copied from what was learned, in whatever key."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from reverie.codecs.piano_roll import Roll
from reverie.data.rolls import roll_of
from reverie.metrics.novelty import longest_copy
from reverie.tasks.music.output import Composed

APART = 1
"""The number between pieces, which no frame has."""


class Learned:
    """The rolls that were learned from, as numbers that know no key."""

    def __init__(self, rolls: Sequence[Roll]):
        self._numbers: dict[Hashable, int] = {}
        pieces = [np.append(self.numbers(roll), APART) for roll in rolls]
        self._whole = np.concatenate(pieces) if pieces else np.zeros(0, int)

    def numbers(self, roll: Roll) -> np.ndarray:
        """A number for each frame (T,), which says what sounds above its lowest note, and how that
        one has moved since the last frame that had one."""
        found: list[int] = []
        before: int | None = None
        for frame in roll:
            what: tuple[int, ...] = ()
            if keys := np.flatnonzero(frame).tolist():
                moved = 0 if before is None else keys[0] - before
                what = (moved, *(key - keys[0] for key in keys))
                before = keys[0]
            found.append(self._numbers.setdefault(what, APART + 1 + len(self._numbers)))
        return np.array(found, int)

    def copied(self, roll: Roll) -> int:
        """The frames of the longest span of a roll that occurs there, in any key."""
        return longest_copy(self.numbers(roll), self._whole).length if len(roll) else 0


def judge(made: Composed, learned: Learned) -> Composed:
    """The same with a remark on how much of it was copied."""
    frames = learned.copied(roll_of(made.tune, made.step).roll)
    said = f"{made.remark}, at most {frames * made.step:g} quarters as learned"
    return made._replace(remark=said)

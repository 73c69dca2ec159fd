"""A report on piano rolls before training: how much there is, what sounds, what occurs twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import combinations

import numpy as np

from reverie.codecs.piano_roll import PianoRoll, Roll
from reverie.codecs.tune import LOWEST
from reverie.data.music.keys import key_of, note_name
from reverie.data.music.pieces import RollCollection
from reverie.formats.opening import counted

LISTED = 6
"""The most keys and numbers of notes that are listed."""


@dataclass(frozen=True)
class RollReport:
    """The findings of `examine`.

    `pieces` and `frames` count each part by its name. `lowest` and `highest` are MIDI numbers as
    the rolls have them, None where nothing sounds. `at_once` says how many frames have so many
    notes, `repeated` is the fraction of frames that equal the one before. `keys` counts pieces.
    `shared` counts, for two parts, the pieces of the latter that are in the former as well.
    """

    name: str
    codec: PianoRoll
    pieces: dict[str, int]
    frames: dict[str, int]
    longest: int
    lowest: int | None
    highest: int | None
    at_once: dict[int, int]
    repeated: float
    keys: dict[str, int]
    shared: dict[str, int]
    notes: tuple[str, ...]

    @property
    def silent(self) -> float:
        """The fraction of frames without a note."""
        return self.at_once.get(0, 0) / max(sum(self.frames.values()), 1)

    def to_json(self) -> str:
        """The findings as one JSON object."""
        return json.dumps({**asdict(self), "silent": self.silent}, indent=2)

    def to_text(self) -> str:
        """The findings as text."""
        return "\n".join([self.name, *(f"  {line}" for line in self._findings())])

    def _findings(self) -> Iterator[str]:
        for part, count in self.pieces.items():
            yield f"{part}: {counted(count, 'piece')}, {counted(self.frames[part], 'frame')}"
        yield f"quarters in a frame: {self.codec.step:g}; frames in the longest: {self.longest:,}"
        yield self._range()
        yield f"notes at once, in frames: {_shares(self.at_once)}"
        yield f"{self.silent:.1%} of the frames are silent, {self.repeated:.1%} as the one before"
        yield f"keys, in pieces: {_shares(self.keys)}"
        for parts, count in self.shared.items():
            yield f"{counted(count, 'piece')} in {parts}: leave them out of one"
        yield from self.notes

    def _range(self) -> str:
        if self.lowest is None or self.highest is None:
            return "nothing sounds"
        said = f"notes from {note_name(self.lowest)} to {note_name(self.highest)}"
        played = f", played {self.codec.shift:+} semitones from there" if self.codec.shift else ""
        return f"{said} ({self.lowest} to {self.highest}){played}"


def examine(pieces: RollCollection) -> RollReport:
    """The report on pieces in their parts."""
    parts = {name: part for name, part in pieces.parts._asdict().items() if part}
    rolls = [roll for part in parts.values() for roll in part]
    used = np.flatnonzero(np.any([roll.any(0) for roll in rolls], axis=0)) + LOWEST
    keys = Counter(key_of(roll).name for roll in rolls if roll.any())
    return RollReport(
        name=pieces.name,
        codec=pieces.codec,
        pieces={name: len(part) for name, part in parts.items()},
        frames={name: sum(map(len, part)) for name, part in parts.items()},
        longest=max(map(len, rolls), default=0),
        lowest=int(used[0]) if len(used) else None,
        highest=int(used[-1]) if len(used) else None,
        at_once=_at_once(rolls),
        repeated=_repeated(rolls),
        keys=dict(keys.most_common()),
        shared=_shared(parts),
        notes=pieces.notes,
    )


def _at_once(rolls: Iterable[Roll]) -> dict[int, int]:
    """How many frames have so many notes, by the number of notes."""
    counts = Counter[int]()
    for roll in rolls:
        counts.update(roll.sum(1).tolist())
    return dict(sorted(counts.items()))


def _repeated(rolls: list[Roll]) -> float:
    """The fraction of frames that equal the one before them in their piece."""
    equal = sum(int((roll[1:] == roll[:-1]).all(1).sum()) for roll in rolls)
    return equal / max(sum(map(len, rolls)), 1)


def _shared(parts: dict[str, list[Roll]]) -> dict[str, int]:
    """How many pieces of a part are in another too, and how many occur twice in one."""
    prints = {name: Counter(roll.tobytes() for roll in part) for name, part in parts.items()}
    found = {f"{name} twice": each.total() - len(each) for name, each in prints.items()}
    for one, other in combinations(prints, 2):
        both = sum(count for roll, count in prints[other].items() if roll in prints[one])
        found[f"both {one} and {other}"] = both
    return {where: count for where, count in found.items() if count}


def _shares(counts: dict[int, int] | dict[str, int]) -> str:
    """The most frequent of what is counted, each with its share."""
    total = sum(counts.values())
    usual = Counter(counts).most_common(LISTED)
    rest = total - sum(count for _, count in usual)
    said = [f"{what} {count / total:.1%}" for what, count in usual]
    return ", ".join([*said, *([f"others {rest / total:.1%}"] if rest else [])])

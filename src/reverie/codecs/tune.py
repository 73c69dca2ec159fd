"""Music as people have it: notes that begin and last, in quarters of a whole note."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

LOWEST, HIGHEST = 21, 108
"""The keys of a piano, as MIDI numbers them."""
KEYS = HIGHEST - LOWEST + 1
"""88."""


class Note(NamedTuple):
    """One note."""

    pitch: int
    """Its MIDI number: 60 is middle C."""
    start: float
    """Where it begins, in quarters from the beginning of the tune."""
    length: float
    """How long it lasts, in quarters."""
    velocity: int = 80
    """How hard it is struck, from 1 to 127."""
    voice: int = 0
    """The part it belongs to: 0 is the first, in a chorale the soprano."""


class Tune(NamedTuple):
    """Notes and how they are counted."""

    notes: tuple[Note, ...]
    """In the order of their starts, then of their pitches."""
    tempo: float = 100.0
    """Quarters a minute."""
    metre: tuple[int, int] = (4, 4)
    """Beats of a bar, and the part of a whole note that a beat is."""
    fermatas: tuple[float, ...] = ()
    """Where notes are held, at the end of a phrase, in quarters."""

    def moved(self, semitones: int = 0, quarters: float = 0.0) -> Tune:
        """The same so much higher and later; the caller sees to it that it stays on the piano."""
        notes = (
            note._replace(pitch=note.pitch + semitones, start=note.start + quarters)
            for note in self.notes
        )
        fermatas = (fermata + quarters for fermata in self.fermatas)
        return self._replace(notes=tuple(notes), fermatas=tuple(fermatas))

    @property
    def length(self) -> float:
        """Where the last note ends, in quarters."""
        return max((note.start + note.length for note in self.notes), default=0.0)

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return 60 * self.length / self.tempo


def in_order(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Notes as a tune has them: by their starts, then by their pitches, then by their voices."""
    return tuple(sorted(notes, key=lambda note: (note.start, note.pitch, note.voice)))

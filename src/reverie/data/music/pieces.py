"""Piano rolls to learn from, in three parts."""

from __future__ import annotations

from typing import NamedTuple

from reverie.codecs.piano_roll import PianoRoll, Roll
from reverie.data.split import Split


class RollCollection(NamedTuple):
    """Pieces of music as piano rolls, any part but the first of which may be empty."""

    name: str
    parts: Split[list[Roll]]
    codec: PianoRoll
    """How long a frame is, and how the rolls are played."""
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """What there is, in a line."""
        train, valid, test = (f"{len(part):,}" for part in self.parts)
        notes = "".join(f"; {note}" for note in self.notes)
        counts = f"{train} pieces to learn from, {valid} to watch, {test} for the test"
        return f"{self.name}: {counts}{notes}"

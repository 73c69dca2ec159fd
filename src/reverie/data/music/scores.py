"""Scores as music21 reads them, taken apart into notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple, Self

from reverie.codecs.tune import HIGHEST, LOWEST, Note, Tune, in_order
from reverie.data.music.keys import MusicKey, key_of
from reverie.errors import InputError

TEMPO, METRE = 100.0, (4, 4)
"""Where a score says nothing."""


class Piece(NamedTuple):
    """A score that was read."""

    name: str
    title: str
    tune: Tune
    """Its voices are those of the score, from the top; repeats are not played out."""
    sharps: int
    """Of the key signature; flats are negative."""
    upbeat: float
    """How long the bar before the first whole one is, in quarters; 0 without one."""

    @property
    def voices(self) -> tuple[tuple[Note, ...], ...]:
        """The notes of each voice: of a chorale soprano, alto, tenor and bass."""
        parts: dict[int, list[Note]] = {}
        for note in self.tune.notes:
            parts.setdefault(note.voice, []).append(note)
        return tuple(tuple(parts[voice]) for voice in sorted(parts))

    @property
    def key(self) -> MusicKey:
        """The key in which it seems to be."""
        return key_of(self.tune)

    def describe(self) -> dict[str, Any]:
        """All of it for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "voices": [[[n.pitch, n.start, n.length] for n in voice] for voice in self.voices],
            "tempo": self.tune.tempo,
            "metre": self.tune.metre,
            "fermatas": self.tune.fermatas,
            "sharps": self.sharps,
            "upbeat": self.upbeat,
        }

    @classmethod
    def from_description(cls, said: Mapping[str, Any]) -> Self:
        """The piece of a description."""
        notes = [
            Note(pitch, start, length, voice=voice)
            for voice, part in enumerate(said["voices"])
            for pitch, start, length in part
        ]
        beats, part = said["metre"]
        tune = _tune(notes, said["tempo"], (beats, part), said["fermatas"])
        return cls(said["name"], said["title"], tune, said["sharps"], said["upbeat"])


class PartLine(NamedTuple):
    """One part of a score."""

    notes: list[Note]
    fermatas: list[float]
    chords: int
    """How many of the notes were chords, of which the highest note was taken."""


def read_score(name: str, score: Any) -> tuple[Piece, int]:
    """The piece of a stream of music21 whose parts are voices, and how many chords it had.

    Of a chord the highest note is taken; ornaments without a length of their own are left out. A
    metre that changes is the one that holds longest. Fermatas are those of the highest part that
    has any.

    Raises InputError for parts with voices of their own, for one without notes, and for notes
    that no piano has.
    """
    parts = list(score.parts) or [score]
    lines = [_line(part, voice) for voice, part in enumerate(parts)]
    notes = [note for line in lines for note in line.notes]
    first = parts[0]
    metre = _metre(first)
    fermatas = next((line.fermatas for line in lines if line.fermatas), [])
    tune = _tune(notes, _tempo(first), metre, fermatas)
    title = (score.metadata.title if score.metadata else "") or name
    piece = Piece(name, str(title), tune, _sharps(first), _upbeat(first, metre))
    return piece, sum(line.chords for line in lines)


def _tune(
    notes: list[Note], tempo: float, metre: tuple[int, int], fermatas: Iterable[float]
) -> Tune:
    return Tune(in_order(notes), tempo, metre, tuple(fermatas))


def _line(part: Any, voice: int) -> PartLine:
    """The notes of a part, those that are tied as one."""
    if any(part.recurse().getElementsByClass("Voice")):
        raise InputError("a part has voices of its own")
    line, chords = PartLine([], [], 0), 0
    for element in part.flatten().notes:
        start, length = float(element.offset), float(element.quarterLength)
        if not length or "ChordSymbol" in element.classes:
            continue
        pitch = max(p.midi for p in element.pitches)
        last = line.notes[-1] if line.notes else None
        tied = element.tie is not None and element.tie.type in ("stop", "continue")
        if tied and last and last.pitch == pitch and last.start + last.length == start:
            line.notes[-1] = last._replace(length=last.length + length)
        else:
            line.notes.append(Note(pitch, start, length, voice=voice))
            chords += element.isChord
        if any("Fermata" in expression.classes for expression in element.expressions):
            line.fermatas.append(line.notes[-1].start)
    if not line.notes:
        raise InputError("a part has no notes")
    if not all(LOWEST <= note.pitch <= HIGHEST for note in line.notes):
        raise InputError("a part has notes that no piano has")
    return line._replace(chords=chords)


def _metre(part: Any) -> tuple[int, int]:
    """The metre that holds longest."""
    flat = part.flatten()
    found = [(float(t.offset), t) for t in flat.getElementsByClass("TimeSignature")]
    held: dict[tuple[int, int], float] = defaultdict(float)
    for (begin, metre), (end, _) in pairwise([*found, (float(flat.highestTime), None)]):
        held[metre.numerator, metre.denominator] += end - begin
    return max(held, key=lambda metre: held[metre]) if held else METRE


def _tempo(part: Any) -> float:
    for mark in part.recurse().getElementsByClass("MetronomeMark"):
        if mark.number:
            return float(mark.getQuarterBPM())
    return TEMPO


def _sharps(part: Any) -> int:
    for signature in part.recurse().getElementsByClass("KeySignature"):
        return int(signature.sharps or 0)
    return 0


def _upbeat(part: Any, metre: tuple[int, int]) -> float:
    """How long the first bar is, if it is shorter than others."""
    beats, part_of_whole = metre
    for bar in part.getElementsByClass("Measure"):
        length = float(bar.quarterLength)
        return length if length < beats * 4 / part_of_whole else 0.0
    return 0.0

"""Melodies to be harmonised: from a file to what is known of a piece."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from reverie.codecs.tune import Note, Tune
from reverie.codecs.voices import Voices
from reverie.errors import InputError
from reverie.formats import midi
from reverie.formats.opening import counted, prefix_errors

LONG, PAUSE = 2.0, 1.0
"""Quarters of a note, and of a rest behind one, that end a phrase."""


class Melody(NamedTuple):
    """A melody as the first voice of a piece."""

    tune: Tune
    """Its notes, within the range of the first voice, and a fermata at the end of each phrase."""
    shift: int
    """By how many semitones it was moved for that."""
    notes: tuple[str, ...] = ()
    """Remarks on the file."""


def read_melody(path: str | Path, codec: Voices) -> Melody:
    """The melody in a MIDI file: its highest voice, moved by octaves to where the first one sings.

    Where notes overlap the later one is heard. Raises InputError for a file that cannot be read,
    without two notes, and with a melody that is wider than the voice.
    """
    tune, notes = midi.read(path)
    with prefix_errors(path):
        line = sorted(note for note in tune.notes if note.voice == 0)
        sung = sing(sorted(line, key=lambda note: note.start))
        if len(sung) < 2:
            raise InputError("a melody of less than two notes has nothing to harmonise")
        shift = fitting_shift([note.pitch for note in sung], codec.ranges[0])
    if others := len(tune.notes) - len(line):
        notes = (*notes, f"left out {counted(others, 'note')} of other voices")
    fermatas = tuple(note.start for note in phrase_ends(sung))
    return Melody(tune._replace(notes=sung, fermatas=fermatas).moved(shift), shift, notes)


def sing(line: list[Note]) -> tuple[Note, ...]:
    """Notes one after the other: each ends where the next one begins."""
    following = [note.start for note in line[1:]] + [float("inf")]
    ended = (
        note._replace(length=min(note.length, then - note.start))
        for note, then in zip(line, following, strict=True)
    )
    return tuple(note for note in ended if note.length > 0)


def fitting_shift(pitches: list[int], within: tuple[int, int]) -> int:
    """The semitones that bring pitches nearest to the middle of a range: whole octaves, unless
    none of them fits. InputError where they span more than it does."""
    least, most = within
    low, high = min(pitches), max(pitches)
    if high - low > most - least:
        raise InputError(
            f"its melody spans {high - low} semitones, and the voice that is to sing it "
            f"{most - least}: give a part of it"
        )
    middle = (least + most - low - high) / 2
    fitting = range(least - low, most - high + 1)
    return min(fitting, key=lambda shift: (shift % 12 != 0, abs(shift - middle)))


def phrase_ends(line: tuple[Note, ...]) -> list[Note]:
    """The notes on which a phrase seems to end: long ones, those before a rest, and the last."""
    following = [note.start for note in line[1:]] + [float("inf")]
    usual = sorted(note.length for note in line)[len(line) // 2]
    return [
        note
        for note, then in zip(line, following, strict=True)
        if then == float("inf")
        or then - note.start - note.length >= PAUSE
        or note.length >= max(LONG, 2 * usual)
    ]

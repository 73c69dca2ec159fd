"""A folder of MIDI files as piano rolls."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from reverie.codecs.piano_roll import PianoRoll, Roll
from reverie.data.music.keys import MusicKey, key_of, to_c
from reverie.data.music.pieces import RollCollection
from reverie.data.rolls import roll_of, transposed
from reverie.data.split import divide
from reverie.errors import InputError
from reverie.formats import midi
from reverie.formats.midi import TuneFile
from reverie.formats.opening import counted
from reverie.waiting import follow

SUFFIXES = frozenset((".mid", ".midi"))
SHOWN = 5
"""The most notes on the files of a folder."""


class Tunes(NamedTuple):
    """The tunes in the files of a folder, and why others of them are left out."""

    files: list[tuple[str, TuneFile]]
    """By the names of their files."""
    refused: list[str]


def read_folder(folder: str | Path) -> Tunes:
    """The MIDI files below a folder, sorted by path.

    Raises InputError for a folder without MIDI files, and where none of them can be read.
    """
    folder = Path(folder)
    paths = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in SUFFIXES and p.is_file()]
    if not paths:
        raise InputError(f"{folder} has no MIDI files below it: name a folder of .mid files")
    found = Tunes([], [])
    for path in follow(paths, "files of MIDI read"):
        try:
            found.files.append((path.name, midi.read(path)))
        except InputError as error:
            found.refused.append(f"left out: {error}")
    if not found.files:
        raise _unusable(folder, len(paths), found.refused)
    return found


def _unusable(folder: str | Path, count: int, refused: list[str]) -> InputError:
    why = refused[0].removeprefix("left out: ")
    return InputError(
        f"none of the {counted(count, 'MIDI file')} below {folder} can be used ({why}): name "
        "another folder"
    )


def open_folder(
    folder: str | Path,
    step: float,
    *,
    transpose: bool = False,
    valid_part: float = 0.0,
    test_part: float = 0.0,
) -> RollCollection:
    """The MIDI files below a folder in frames of `step` quarters; the last of them for the test.
    With `transpose`, each in C major or C minor.

    What cannot be used is left out, and `notes` say so. Raises InputError as `read_folder` does.
    """
    files, refused = read_folder(folder)
    rolls, notes = [], []
    for name, (tune, told) in files:
        try:
            roll, lost = roll_of(tune, step)
        except InputError as error:
            refused.append(f"left out: {name}: {error}")
            continue
        rolls.append(in_c(roll, key_of(roll)) if transpose else roll)
        notes += [f"{name}: {note}" for note in (*told, *lost)]
    if not rolls:
        raise _unusable(folder, len(files), refused[-1:])
    spans = divide(len(rolls), valid_part, test_part)
    parts = spans.map(lambda span: [rolls[n] for n in span])
    notes = [*few(refused), *few(notes)]
    return RollCollection(str(folder), parts, PianoRoll(float(step)), tuple(notes))


def in_c(roll: Roll, key: MusicKey) -> Roll:
    """A roll of this key in C; where that leaves the piano, in the C on the other side."""
    near = to_c(key)
    try:
        return transposed(roll, near)
    except InputError:
        return transposed(roll, near - 12 if near > 0 else near + 12)


def few(notes: list[str]) -> list[str]:
    """The first notes, and how many more there are."""
    more = len(notes) - SHOWN
    return [*notes[:SHOWN], *([f"and so of {more:,} more"] if more > 0 else [])]

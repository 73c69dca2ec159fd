"""Music by name, opened as piano rolls."""

from __future__ import annotations

from pathlib import Path

from reverie.codecs.piano_roll import PianoRoll, Roll
from reverie.data.music.corpora import FOLDERS, Library, chorales, folk_tunes
from reverie.data.music.folder import SUFFIXES, in_c, open_folder
from reverie.data.music.matlab import open_matlab
from reverie.data.music.pieces import RollCollection
from reverie.data.music.scores import Piece
from reverie.data.rolls import roll_of
from reverie.data.split import divide
from reverie.errors import InputError
from reverie.tasks.music.options import MusicData


def open_music(data: MusicData) -> RollCollection:
    """The piano rolls that options name. InputError where they are missing or cannot be read."""
    if data.data == "chorales":
        return library_rolls(data, chorales())
    if data.data in FOLDERS:
        return library_rolls(data, folk_tunes(data.data))
    if data.data.lower().endswith(".mat"):
        return open_matlab(data.data)
    if not Path(data.data).is_dir():
        raise InputError(
            f"{data.data} is neither piano rolls (.mat) nor a folder of MIDI files: check the path "
            f"(chorales, {', '.join(FOLDERS)} are what the package music21 ships)"
        )
    return open_folder(
        data.data,
        data.step,
        transpose=data.transpose,
        valid_part=data.valid_part,
        test_part=data.test_part,
    )


def is_music(path: str) -> bool:
    """Whether that names music: rolls, a folder with MIDI files below it, or a collection."""
    if path == "chorales" or path in FOLDERS or path.lower().endswith(".mat"):
        return True
    found = Path(path).rglob("*") if Path(path).is_dir() else iter(())
    return any(each.suffix.lower() in SUFFIXES for each in found)


def library_rolls(data: MusicData, library: Library) -> RollCollection:
    """The pieces of a library as rolls, divided into parts."""
    rolls = [_roll(piece, data) for piece in library.pieces]
    parts = divide(len(rolls), data.valid_part, data.test_part)
    split = parts.map(lambda part: [rolls[n] for n in part])
    return RollCollection(data.data, split, PianoRoll(float(data.step)), library.notes)


def _roll(piece: Piece, data: MusicData) -> Roll:
    roll = roll_of(piece.tune, data.step).roll
    return in_c(roll, piece.key) if data.transpose else roll

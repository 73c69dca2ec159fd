"""Music that comes with the package music21: Bach's chorales, and folk tunes.

music21's code is free; what it brings has terms of its own, of which `TERMS` says what is known.
It comes with that package, not with Reverie.
"""

from __future__ import annotations

import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from reverie.data.music.scores import Piece, read_score
from reverie.errors import InputError, missing_extra, require
from reverie.files import cache_directory, make_directory, replace_file
from reverie.formats.opening import counted
from reverie.waiting import follow

FORMAT = 1
"""The version of the cache, and of what is taken of a score."""
FOLDERS = {"aird": "airdsAirs", "essen": "essenFolksong", "oneill": "oneills1850"}
FOLDERS |= {"ryan": "ryansMammoth"}
"""Collections of folk tunes, and their folders in music21."""
TERMS = {
    "chorales": "with permission of those who encoded them; some encodings may not be used "
    "commercially",
    "aird": "with permission of those who encoded them; no other terms are stated",
    "essen": "for use that is not commercial only; its legal status is unclear",
    "oneill": "with permission of those who encoded them; no other terms are stated",
    "ryan": "with permission of those who encoded them; no other terms are stated",
}
"""What music21 says of the rights in each collection."""
VOICES = 4
AFRESH = {"forceSource": True, "storePickle": False}
"""music21 else keeps pickles in a folder where anybody may put one, and executes what it finds."""
TUNE = re.compile(r"^(?=X:)", re.MULTILINE)
"""Where a tune of a file of ABC begins."""


class Library(NamedTuple):
    """Pieces, and `notes` that say what was left out."""

    pieces: list[Piece]
    notes: tuple[str, ...] = ()


class Sheet(NamedTuple):
    """A score that music21 has not read yet."""

    name: str
    parse: Callable[[], Any]


def chorales(*, cache: Path | None = None) -> Library:
    """Bach's chorales in four voices, sorted by name, as in bwv269, in their own keys.

    Those with more parts, of instruments, are left out. Reading takes half a minute; what was
    read is kept in the folder `cache` (default: the user's cache directory).

    Raises InputError without music21, or where it has no corpus.
    """
    return _kept("chorales", cache, lambda: _read(list(_chorale_sheets()), VOICES))


def folk_tunes(collection: str, *, cache: Path | None = None) -> Library:
    """The melodies of a collection: `aird` (Scotland, 1780), `essen` (Germany and elsewhere),
    `oneill` (Ireland, 1903) or `ryan` (fiddlers of Boston, 1883), in their own keys.

    Reading takes a minute or two, of `essen` five; it is kept as by `chorales`.

    Raises InputError for another name, without music21, or where it has no corpus.
    """
    if collection not in FOLDERS:
        raise InputError(
            f"there are no folk tunes of the name {collection!r}: use one of {', '.join(FOLDERS)}"
        )
    return _kept(collection, cache, lambda: _read(list(_tune_sheets(FOLDERS[collection])), 1))


def _kept(name: str, cache: Path | None, read: Callable[[], Library]) -> Library:
    """What the cache has, or what is read and then put there."""
    try:
        edition = version("music21")
    except PackageNotFoundError as error:
        raise missing_extra("music21", "music-data") from error
    path = (cache or cache_directory()) / "music21" / f"{FORMAT}-{edition}-{name}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):  # missing or damaged: made again
        saved = json.loads(path.read_bytes())
        return Library([*map(Piece.from_description, saved["pieces"])], tuple(saved["notes"]))
    library = read()
    make_directory(path.parent)
    with replace_file(path) as file:
        json.dump({"notes": library.notes, "pieces": [p.describe() for p in library.pieces]}, file)
    return library


def _folder(name: str) -> Path:
    folder = Path(require("music21.common", "music-data", "music21").getCorpusFilePath(), name)
    if not folder.is_dir():
        raise InputError(
            f"this music21 comes without {name}: run pip install --force-reinstall music21"
        )
    return folder


def _chorale_sheets() -> Iterator[Sheet]:
    # Three more are there as .krn, whose encoders reserve all rights.
    for path in sorted(_folder("bach").glob("bwv*"), key=lambda path: path.name):
        if path.suffix in (".mxl", ".xml"):
            yield Sheet(path.stem, partial(_converter().parse, path, **AFRESH))


def _tune_sheets(folder: str) -> Iterator[Sheet]:
    for path in sorted(_folder(folder).glob("*.abc"), key=lambda path: path.name):
        for number, text in enumerate(TUNE.split(path.read_text("utf-8", "replace"))[1:], 1):
            name = f"{path.stem}-{number:04d}"
            yield Sheet(name, partial(_converter().parseData, text, format="abc"))


def _converter() -> Any:
    return require("music21.converter", "music-data", "music21")


def _read(sheets: list[Sheet], voices: int) -> Library:
    """The scores that have so many voices."""
    pieces: list[Piece] = []
    left_out: Counter[str] = Counter()
    chords = 0
    for sheet in follow(sheets, "scores read"):
        try:
            piece, found = read_score(sheet.name, _parse(sheet))
        except InputError as error:
            left_out[str(error)] += 1
            continue
        if len(piece.voices) != voices:
            left_out[f"it has more or fewer than {counted(voices, 'voice')}"] += 1
        elif found and voices > 1:
            left_out["a part has chords"] += 1
        else:
            pieces.append(piece)
            chords += found > 0
    notes = [f"left out {counted(n, 'score')}: {why}" for why, n in left_out.most_common()]
    if chords:
        notes.append(f"{counted(chords, 'tune')} with chords, of which the highest note was taken")
    return Library(pieces, tuple(notes))


def _parse(sheet: Sheet) -> Any:
    """The stream of a score; InputError where music21 cannot read it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # music21's, about notation that has no meaning here
        try:
            return sheet.parse()
        except Exception as error:  # it has as many errors as there are notations
            raise InputError("music21 cannot read it") from error

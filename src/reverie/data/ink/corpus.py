"""Ink to learn from: IAM-OnDB, files of strokes, or a pen that writes with vector fonts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from reverie.codecs.ink import Ink
from reverie.data.ink.iamondb import open_iamondb
from reverie.data.ink.iamondb_files import is_iamondb
from reverie.data.ink.options import InkData
from reverie.data.ink.pen import PRINT, PenLines, glyphs, wrap_lines
from reverie.data.sources import open_source
from reverie.data.split import Split, divide
from reverie.errors import InputError
from reverie.formats.ink_files import read_files
from reverie.settings import change_group

LONGEST_LINE = 40
"""Characters of a line that the pen writes."""


class InkCorpus(NamedTuple):
    """Lines of ink in three parts, any of which but the first may be empty."""

    name: str
    parts: Split[Sequence[Ink]]
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """What there is, in a line."""
        train, valid, test = (f"{len(part):,}" for part in self.parts)
        notes = "".join(f"; {note}" for note in self.notes)
        counts = f"{train} lines to learn from, {valid} to watch, {test} for the test"
        return f"{self.name}: {counts}{notes}"

    def contents(self) -> Split[Any]:
        """The strokes and the text of each ink, part by part, opened one at a time."""
        return self.parts.map(_contents)


def _contents(inks: Sequence[Ink]) -> Any:
    return ((ink.strokes, ink.text) for ink in inks)


def open_ink(data: InkData, seed: int = 0) -> InkCorpus:
    """The ink that options name. InputError where it is missing or broken."""
    if data.data == "pen":
        parts = (data.valid_part, data.test_part)
        return open_pen(data.text, data.lines, data.hands, seed, *parts)
    path = Path(data.data)
    if is_iam(path):
        return open_iam(path, clean=data.split == "clean")
    return open_files(path, data.valid_part, data.test_part)


D = TypeVar("D", bound=InkData)


def with_path(data: D, path: str | None) -> D:
    """The options, with the data in another place."""
    return data if path is None else change_group(data, {"data": path})


def open_lines(path: str, data: InkData, seed: int) -> InkCorpus:
    """Other ink than that of the options: a file or a folder as a whole, or a data set in parts."""
    if path == "pen" or is_iam(Path(path)):
        return open_ink(with_path(data, path), seed)
    return open_files(Path(path), 0.0, 0.0)


def parts_to_measure(path: str | None, config: Any) -> list[tuple[str, Sequence[Ink]]]:
    """The ink to measure a model on, by name: all of a file, or its own held-out parts."""
    if path is not None and not is_iam(Path(path)):
        corpus = open_files(Path(path), 0.0, 0.0)
        return [("; ".join((path, *corpus.notes)), corpus.parts.train)]
    return open_ink(with_path(config.data, path), config.training.seed).parts.measured()


def open_iam(path: Path, *, clean: bool) -> InkCorpus:
    """IAM-OnDB, in the clean split or in that of Graves, which has no test."""
    database = open_iamondb(path)
    split = database.split() if clean else database.graves_split()
    return InkCorpus("IAM-OnDB", Split[Sequence[Ink]](*split), database.notes)


def open_files(path: Path, valid_part: float, test_part: float) -> InkCorpus:
    """The inks of a file, or of all files below a folder; the last of them for the test.

    Raises InputError where there are none.
    """
    if not path.exists():
        raise InputError(
            f"there is no file or folder {str(path)!r}: check the path, or use pen, "
            "which needs no file"
        )
    inks, notes = read_files(path)
    return _divide(str(path), inks, valid_part, test_part)._replace(notes=notes)


def open_pen(
    text: str, lines: int, hands: int, seed: int, valid_part: float, test_part: float
) -> InkCorpus:
    """Lines of a text in hands made of vector fonts; what the fonts do not have is left out."""
    known = set(glyphs(PRINT))
    whole = _beginning(open_source(text).chunks(), 2 * lines * LONGEST_LINE)
    found = [
        line for line in wrap_lines(whole, LONGEST_LINE) if line.strip() and set(line) <= known
    ]
    if len(found) < lines:
        raise InputError(f"{text} has {len(found)} lines that the pen can write, not {lines}")
    rng = np.random.default_rng([seed, 2])
    chosen = [found[n] for n in rng.permutation(len(found))[:lines]]
    return _divide(f"{text} by pen", PenLines(chosen, hands, seed), valid_part, test_part)


def _beginning(chunks: Iterable[str], characters: int) -> str:
    """The first chunks of a text that have so many characters together, or all of it."""
    whole, size = [], 0
    for chunk in chunks:
        whole.append(chunk)
        size += len(chunk)
        if size >= characters:
            break
    return "".join(whole)


def is_iam(path: Path) -> bool:
    """Whether IAM-OnDB lies there."""
    return path.exists() and is_iamondb(path)


def _divide(name: str, inks: Sequence[Ink], valid_part: float, test_part: float) -> InkCorpus:
    parts = divide(len(inks), valid_part, test_part)
    return InkCorpus(name, parts.map(lambda part: inks[part.start : part.stop]))

"""Ink to learn from: IAM-OnDB, files of strokes, or a pen that writes with vector fonts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from reverie.codecs.ink import Ink
from reverie.data.sources import open_source
from reverie.errors import InputError
from reverie.formats.ink_readers import SUFFIXES, read_inks
from reverie.settings import change_group
from reverie.tasks.handwriting.iamondb import open_iamondb
from reverie.tasks.handwriting.iamondb_files import is_iamondb
from reverie.tasks.handwriting.options import InkData
from reverie.tasks.handwriting.pen import PRINT, PenLines, glyphs, lines_of


class InkSplits(NamedTuple):
    """Inks in three parts, any of which but the first may be empty."""

    name: str
    train: Sequence[Ink]
    valid: Sequence[Ink]
    test: Sequence[Ink]
    notes: tuple[str, ...] = ()

    def told(self) -> str:
        """What there is, in a line."""
        train, valid, test = (f"{len(part):,}" for part in self[1:4])
        notes = "".join(f"; {note}" for note in self.notes)
        counts = f"{train} lines to learn from, {valid} to watch, {test} for the test"
        return f"{self.name}: {counts}{notes}"

    def evaluate(self) -> list[tuple[str, Sequence[Ink]]]:
        """The parts that a model is measured on, by name; none of them is empty."""
        parts = [("valid", self.valid), ("test", self.test)]
        return [(name, part) for name, part in parts if len(part)]


D = TypeVar("D", bound=InkData)


def open_ink(data: InkData, seed: int = 0) -> InkSplits:
    """The ink that options name. InputError where it is missing or broken."""
    if data.data == "pen":
        parts = (data.valid_part, data.test_part)
        return open_pen(data.text, data.lines, data.hands, seed, *parts)
    path = Path(data.data)
    if is_iam(path):
        return open_iam(path, clean=data.split == "clean")
    return open_files(path, data.valid_part, data.test_part)


def with_path(data: D, path: str | None) -> D:
    """The options, with the data in another place."""
    return data if path is None else change_group(data, {"data": path})


def open_lines(path: str, data: InkData, seed: int) -> InkSplits:
    """Other ink than that of the options: a file or a folder as a whole, or a data set in parts."""
    if path == "pen" or is_iam(Path(path)):
        return open_ink(with_path(data, path), seed)
    return open_files(Path(path), 0.0, 0.0)


def parts_to_measure(path: str | None, config: Any) -> list[tuple[str, Sequence[Ink]]]:
    """The ink to measure a model on, by name: all of a file, or its own held-out parts."""
    if path is not None and not is_iam(Path(path)):
        return [(path, open_files(Path(path), 0.0, 0.0).train)]
    return open_ink(with_path(config.data, path), config.training.seed).evaluate()


def open_iam(path: Path, *, clean: bool) -> InkSplits:
    """IAM-OnDB, in the clean split or in that of Graves, which has no test."""
    database = open_iamondb(path)
    split = database.split() if clean else database.split_of_graves()
    test: Sequence[Ink] = () if split.test is None else split.test
    return InkSplits("IAM-OnDB", split.train, split.valid, test, database.notes)


def open_files(path: Path, valid_part: float, test_part: float) -> InkSplits:
    """The inks of a file, or of all files below a folder; the last of them for the test.

    Raises InputError where there are none.
    """
    if not path.exists():
        raise InputError(
            f"there is no file or folder {str(path)!r}: check the path (pen writes by itself)"
        )
    files = [path]
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
        if not files:
            raise InputError(
                f"the folder {path} has no strokes below it: put IAM-OnDB there, or files that "
                f"end in {', '.join(SUFFIXES)}"
            )
    inks = [ink for file in files for ink in read_inks(file)]
    return _divided(str(path), inks, valid_part, test_part)


def open_pen(
    text: str, lines: int, hands: int, seed: int, valid_part: float, test_part: float
) -> InkSplits:
    """Lines of a text in hands made of vector fonts; what the fonts do not have is left out."""
    known = set(glyphs(PRINT))
    chunks = open_source(text).chunks()
    whole = "".join(islice(chunks, 1 + lines * 40 // 1_000_000))
    found = [line for line in lines_of(whole) if line.strip() and set(line) <= known]
    if len(found) < lines:
        raise InputError(f"{text} has {len(found)} lines that the pen can write, not {lines}")
    rng = np.random.default_rng([seed, 2])
    chosen = [found[n] for n in rng.permutation(len(found))[:lines]]
    return _divided(f"{text} by pen", PenLines(chosen, hands, seed), valid_part, test_part)


def is_iam(path: Path) -> bool:
    """Whether IAM-OnDB lies there."""
    return path.exists() and is_iamondb(path)


def _divided(name: str, inks: Sequence[Ink], valid_part: float, test_part: float) -> InkSplits:
    count = len(inks)
    valid, test = round(valid_part * count), round(test_part * count)
    learned = count - valid - test
    return InkSplits(name, inks[:learned], inks[learned : learned + valid], inks[learned + valid :])

"""Ink to learn from: IAM-OnDB, files of strokes, or a pen that writes with vector fonts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reverie.codecs.ink import Ink
from reverie.data.sources import open_source
from reverie.errors import InputError
from reverie.formats.ink_files import read_inks
from reverie.formats.suffixes import READABLE
from reverie.tasks.handwriting.iamondb import open_iamondb
from reverie.tasks.handwriting.iamondb_files import is_iamondb
from reverie.tasks.handwriting.pen import PRINT, PenLines, glyphs, wrap_lines


class InkSplits(NamedTuple):
    """Inks in three parts, any of which but the first may be empty."""

    name: str
    train: Sequence[Ink]
    valid: Sequence[Ink]
    test: Sequence[Ink]
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """What there is, in a line."""
        train, valid, test = (f"{len(part):,}" for part in self[1:4])
        notes = "".join(f"; {note}" for note in self.notes)
        counts = f"{train} lines to learn from, {valid} to watch, {test} for the test"
        return f"{self.name}: {counts}{notes}"

    def evaluate(self) -> list[tuple[str, Sequence[Ink]]]:
        """The parts that a model is measured on, by name; none of them is empty."""
        parts = [("valid", self.valid), ("test", self.test)]
        return [(name, part) for name, part in parts if len(part)]


def open_iam(path: Path, *, clean: bool) -> InkSplits:
    """IAM-OnDB, in the clean split or in that of Graves, which has no test."""
    database = open_iamondb(path)
    split = database.split() if clean else database.graves_split()
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
        files = sorted(p for p in path.rglob("*") if p.suffix.lower() in READABLE)
        if not files:
            raise InputError(
                f"the folder {path} has no strokes below it: put IAM-OnDB there, or files that "
                f"end in {', '.join(READABLE)}"
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
    found = [line for line in wrap_lines(whole) if line.strip() and set(line) <= known]
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

"""Pairs of lines: parallel texts, and synthetic tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from reverie.codecs.fields import as_number
from reverie.data.sources import Reading
from reverie.errors import InputError, excerpt
from reverie.formats import tables
from reverie.formats.tables import Columns

LISTED = 5
"""The most lines that a note names."""
ATTRIBUTION = re.compile(
    r"\bcc[- ](by|0)\b|tatoeba|licen[cs]e|attribution|https?://", re.IGNORECASE
)
CODE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?")
"""The code of a language, such as eng or pt-BR."""
MOST = 0.9
"""The fraction of the rows that decides what a column is."""


@dataclass(frozen=True)
class Pairs:
    """Source lines and target lines, side by side."""

    name: str
    sources: list[str]
    targets: list[str]
    notes: tuple[str, ...] = ()
    """What was left out, and what was guessed."""

    def __len__(self) -> int:
        return len(self.sources)

    def part(self, begin: int, end: int) -> Pairs:
        """The pairs from `begin` to before `end`."""
        return replace(self, sources=self.sources[begin:end], targets=self.targets[begin:end])


def read_pairs(source: str, target: str, reading: Reading = Reading()) -> Pairs:
    """Two files, line for line, or two folders with files of the same names.

    Pairs of which one side is empty are left out, and noted. Raises InputError where the numbers of
    lines differ.
    """
    if Path(source).is_dir() and Path(target).is_dir():
        return _read_folders(Path(source), Path(target), reading)
    lines, others = _read_lines(source, reading), _read_lines(target, reading)
    if len(lines) != len(others):
        longer, shorter = (source, target) if len(lines) > len(others) else (target, source)
        least = min(len(lines), len(others))
        raise InputError(
            f"{longer} has a line {least + 1}, but {shorter} has not: both must have "
            "the same number of lines"
        )
    name = f"{source} and {target}"
    return _drop_empty(Pairs(name, lines, others), range(1, len(lines) + 1))


def read_table(path: str, columns: str = "", reading: Reading = Reading()) -> Pairs:
    """A file with one pair in each row.

    It has lines with a tab between the sides; or JSON objects, as an array or one a line, of which
    "translation" may hold the two sides. `columns` are those of source and target, separated by a
    comma, each by its number from 1, or by its name: then the first line has the names, and the
    table may be CSV. Without them, columns of numbers, of codes of languages, and of attributions
    are no sides, and `notes` say which are. Raises InputError where that does not leave two.
    """
    text = tables.read_text(path, reading)
    wanted = _wanted(columns)
    if tables.is_json(text):
        objects = [_sides_of(row) for row in tables.objects(text, path)]
        found, numbers = tables.as_columns(objects), list(range(1, len(objects) + 1))
    elif wanted and not all(name.isdecimal() for name in wanted):
        found = tables.read(path, reading)
        numbers = list(range(2, 2 + len(next(iter(found.values())))))
    else:
        found, numbers = _tabbed(text, path)
    names, notes = (_named(wanted, found, path), []) if wanted else _choose_sides(found, path)
    one, other = ([cell.strip() for cell in found[name]] for name in names)
    return _drop_empty(Pairs(path, one, other, tuple(notes)), numbers)


def _wanted(columns: str) -> list[str]:
    names = [name.strip() for name in columns.split(",")] if columns else []
    if columns and (len(names) != 2 or names[0] == names[1] or not all(names)):
        raise InputError(
            f"columns must name two, source and target, such as 1,2 or en,de: not {columns!r}"
        )
    return names


def _tabbed(text: str, path: str) -> tuple[Columns, list[int]]:
    """The columns of lines with tabs by their numbers, and the numbers of the lines. No quotes:
    a sentence may have some."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    count = lines[0][1].count("\t") if lines else 0
    for number, line in lines:
        if line.count("\t") != count or not count:
            raise InputError(
                f"line {number} of {path} has {line.count(chr(9))} tabs"
                + (f" where the first has {count}" if count else "")
                + ": put one between the two sides, or name the columns of a table with --columns"
            )
    rows = [line.split("\t") for _, line in lines]
    columns = {str(place + 1): [row[place] for row in rows] for place in range(count + 1)}
    return columns, [number for number, _ in lines]


def _sides_of(row: dict[str, Any]) -> dict[str, Any]:
    """The object that holds the sides."""
    inside = row.get("translation")
    return inside if isinstance(inside, dict) else row


def _named(wanted: Sequence[str], columns: Columns, path: str) -> list[str]:
    known = list(columns)
    for name in wanted:
        if name not in columns and not (name.isdecimal() and 0 < int(name) <= len(known)):
            raise InputError(f"{path} has no column {name!r}: it has {excerpt(', '.join(known))}")
    return [name if name in columns else known[int(name) - 1] for name in wanted]


def _choose_sides(columns: Columns, path: str) -> tuple[list[str], list[str]]:
    """The two columns of sentences, and a note if there are others."""
    names = list(columns)
    if len(names) > 2:
        names = [name for name in names if _is_side(columns[name])]
    if len(names) != 2:
        raise InputError(
            f"{path} has {len(columns)} columns ({excerpt(', '.join(columns))}), and which two are "
            "the sides is not clear: name them with --columns, such as --columns 1,2"
        )
    if len(columns) == 2:
        return names, []
    said = f"of {len(columns)} columns, {names[0]} is the source and {names[1]} the target"
    return names, [f"{excerpt(said)} (--columns takes others)"]


def _is_side(column: Sequence[str]) -> bool:
    """Does a column hold sentences, rather than numbers, codes, attributions or hardly anything?"""
    cells = [cell.strip() for cell in column]

    def mostly(odd: Sequence[object]) -> bool:
        return sum(map(bool, odd)) >= MOST * len(cells)

    return not (
        mostly([not cell for cell in cells])
        or mostly([as_number(cell) is not None for cell in cells])
        or mostly([ATTRIBUTION.search(cell) for cell in cells])
        or (len(set(cells)) <= 2 and mostly([CODE.fullmatch(cell) for cell in cells]))
    )


def _read_lines(path: str, reading: Reading) -> list[str]:
    """The lines of a text, decompressed if needed, without white space around them."""
    text = reading.open(path).text()
    return [line.strip() for line in text.removesuffix("\n").split("\n")]


def reversals(count: int, longest: int, letters: str, seed: int) -> Pairs:
    """Random strings and their reversals: the simplest task for an encoder."""
    return _make("reverse", count, longest, letters, seed, -1)


def copies(count: int, longest: int, letters: str, seed: int) -> Pairs:
    """Random strings and their copies."""
    return _make("copy", count, longest, letters, seed, 1)


def _make(name: str, count: int, longest: int, letters: str, seed: int, step: int) -> Pairs:
    rng = np.random.default_rng([seed, 4])
    lengths = rng.integers(1, longest + 1, count)
    strings = ["".join(rng.choice(list(letters), length)) for length in lengths]
    return Pairs(name, strings, [line[::step] for line in strings])


def _read_folders(source: Path, target: Path, reading: Reading) -> Pairs:
    names = [p.name for p in sorted(source.iterdir()) if p.is_file()]
    missing = [name for name in names if not (target / name).is_file()]
    if not names or missing:
        what = f"has no {missing[0]}" if missing else "has no files to stand beside"
        raise InputError(f"{target if missing else source} {what}: give two folders that match")
    parts = [read_pairs(str(source / name), str(target / name), reading) for name in names]
    lines = [line for part in parts for line in part.sources]
    others = [line for part in parts for line in part.targets]
    notes = tuple(f"{part.name}: {note}" for part in parts for note in part.notes)
    return Pairs(f"{source} and {target}", lines, others, notes)


def _drop_empty(pairs: Pairs, numbers: Sequence[int]) -> Pairs:
    """The pairs with something on both sides, noting those with one; `numbers` are their lines.

    Raises InputError where none is left.
    """
    sides = list(zip(pairs.sources, pairs.targets, strict=True))
    halves = [number for number, (a, b) in zip(numbers, sides, strict=True) if bool(a) != bool(b)]
    kept = [(a, b) for a, b in sides if a and b]
    if not kept:
        raise InputError(f"{pairs.name} has no pair with text on both sides: name another")
    notes = pairs.notes
    if halves:
        more = f" and {len(halves) - LISTED:,} more" if len(halves) > LISTED else ""
        listed = ", ".join(map(str, halves[:LISTED])) + more
        notes = (*notes, f"left out {len(halves):,} with an empty side: lines {listed}")
    return Pairs(pairs.name, [a for a, _ in kept], [b for _, b in kept], notes)

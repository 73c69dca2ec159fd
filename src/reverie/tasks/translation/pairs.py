"""Pairs of lines: parallel texts, and synthetic tasks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reverie.data.sources import open_source
from reverie.errors import InputError


@dataclass(frozen=True)
class Pairs:
    """Source lines and target lines, side by side."""

    name: str
    sources: list[str]
    targets: list[str]

    def __len__(self) -> int:
        return len(self.sources)

    def part(self, begin: int, end: int) -> Pairs:
        """The pairs from `begin` to before `end`."""
        return Pairs(self.name, self.sources[begin:end], self.targets[begin:end])


def read_pairs(source: str, target: str) -> Pairs:
    """Two files, line for line, or two folders with files of the same names.

    Raises InputError where the numbers of lines differ.
    """
    if Path(source).is_dir() and Path(target).is_dir():
        return _read_folders(Path(source), Path(target))
    lines, others = read_lines(source), read_lines(target)
    if len(lines) != len(others):
        longer, shorter = (source, target) if len(lines) > len(others) else (target, source)
        least = min(len(lines), len(others))
        raise InputError(
            f"{longer} has a line {least + 1}, but {shorter} has not: both must have "
            "the same number of lines"
        )
    return _drop_empty(Pairs(f"{source} and {target}", lines, others))


def read_table(path: str) -> Pairs:
    """A file with one pair a line, separated by a tab. InputError for a line without just one."""
    pairs = [line.split("\t") for line in read_lines(path)]
    for number, pair in enumerate(pairs, 1):
        if len(pair) != 2:
            raise InputError(
                f"line {number} of {path} has {len(pair) - 1} tabs: put one between the two sides"
            )
    return _drop_empty(Pairs(path, [one for one, _ in pairs], [other for _, other in pairs]))


def read_lines(path: str) -> list[str]:
    """The lines of a text, decompressed if needed, without white space around them."""
    text = open_source(path).text()
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


def _read_folders(source: Path, target: Path) -> Pairs:
    names = [p.name for p in sorted(source.iterdir()) if p.is_file()]
    missing = [name for name in names if not (target / name).is_file()]
    if not names or missing:
        what = f"has no {missing[0]}" if missing else "has no files to stand beside"
        raise InputError(f"{target if missing else source} {what}: give two folders that match")
    parts = [read_pairs(str(source / name), str(target / name)) for name in names]
    lines = [line for part in parts for line in part.sources]
    others = [line for part in parts for line in part.targets]
    return Pairs(f"{source} and {target}", lines, others)


def _drop_empty(pairs: Pairs) -> Pairs:
    """Drops pairs of empty lines; InputError where only one side of a pair is empty."""
    for number, (one, other) in enumerate(zip(pairs.sources, pairs.targets, strict=True), 1):
        if bool(one) != bool(other):
            raise InputError(
                f"line {number} of {pairs.name} is empty on one side only: take it out of both"
            )
    kept = [n for n, line in enumerate(pairs.sources) if line]
    sides = ([side[n] for n in kept] for side in (pairs.sources, pairs.targets))
    return Pairs(pairs.name, *sides)

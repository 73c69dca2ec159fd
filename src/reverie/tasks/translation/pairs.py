"""Pairs of lines that say the same: parallel texts, and small tasks made by the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reverie.data.sources import open_source
from reverie.errors import InputError


@dataclass(frozen=True)
class Pairs:
    """Lines and what they become, side by side."""

    name: str
    sources: list[str]
    targets: list[str]

    def __len__(self) -> int:
        return len(self.sources)

    def part(self, begin: int, end: int) -> Pairs:
        """Some of them, from `begin` to before `end`."""
        return Pairs(self.name, self.sources[begin:end], self.targets[begin:end])


def read_pairs(source: str, target: str) -> Pairs:
    """Two files, line for line, or two folders with files of the same names.

    Raises InputError where one has more lines, and says from which on the other has none.
    """
    if Path(source).is_dir() and Path(target).is_dir():
        return _of_folders(Path(source), Path(target))
    lines, others = read_lines(source), read_lines(target)
    if len(lines) != len(others):
        longer, shorter = (source, target) if len(lines) > len(others) else (target, source)
        least = min(len(lines), len(others))
        raise InputError(
            f"{longer} goes on at line {least + 1}, where {shorter} has ended: the two must have "
            "as many lines"
        )
    return _checked(Pairs(f"{source} and {target}", lines, others))


def read_table(path: str) -> Pairs:
    """A file with a pair a line, a tab between. InputError where a line has no tab, or several."""
    pairs = [line.split("\t") for line in read_lines(path)]
    for number, pair in enumerate(pairs, 1):
        if len(pair) != 2:
            raise InputError(
                f"line {number} of {path} has {len(pair) - 1} tabs: put one between the two sides"
            )
    return _checked(Pairs(path, [one for one, _ in pairs], [other for _, other in pairs]))


def read_lines(path: str) -> list[str]:
    """The lines of a text, unpacked if it is packed, without white space around them."""
    text = open_source(path).text()
    return [line.strip() for line in text.removesuffix("\n").split("\n")]


def reversals(count: int, longest: int, letters: str, seed: int) -> Pairs:
    """Random strings and the same from end to beginning: the smallest task for an encoder."""
    return _made("reverse", count, longest, letters, seed, -1)


def copies(count: int, longest: int, letters: str, seed: int) -> Pairs:
    """Random strings twice."""
    return _made("copy", count, longest, letters, seed, 1)


def _made(name: str, count: int, longest: int, letters: str, seed: int, step: int) -> Pairs:
    rng = np.random.default_rng([seed, 4])
    lengths = rng.integers(1, longest + 1, count)
    drawn = ["".join(rng.choice(list(letters), length)) for length in lengths]
    return Pairs(name, drawn, [line[::step] for line in drawn])


def _of_folders(source: Path, target: Path) -> Pairs:
    names = [p.name for p in sorted(source.iterdir()) if p.is_file()]
    missing = [name for name in names if not (target / name).is_file()]
    if not names or missing:
        what = f"has no {missing[0]}" if missing else "has no files to stand beside"
        raise InputError(f"{target if missing else source} {what}: give two folders that match")
    parts = [read_pairs(str(source / name), str(target / name)) for name in names]
    lines = [line for part in parts for line in part.sources]
    others = [line for part in parts for line in part.targets]
    return Pairs(f"{source} and {target}", lines, others)


def _checked(pairs: Pairs) -> Pairs:
    """InputError where one side of a line is empty and the other is not; both are left out."""
    for number, (one, other) in enumerate(zip(pairs.sources, pairs.targets, strict=True), 1):
        if bool(one) != bool(other):
            raise InputError(
                f"line {number} of {pairs.name} is empty on one side only: take it out of both"
            )
    kept = [n for n, line in enumerate(pairs.sources) if line]
    sides = ([side[n] for n in kept] for side in (pairs.sources, pairs.targets))
    return Pairs(pairs.name, *sides)

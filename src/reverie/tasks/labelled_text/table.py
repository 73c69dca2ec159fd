"""Texts with labels: which columns of a table they are, and how they are divided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from reverie.codecs.fields import is_free, is_numeric
from reverie.errors import InputError
from reverie.formats import tables
from reverie.formats.tables import Columns

DISTINCT = 50
"""Different values that a label has at most, if no one named it and it is no number."""


@dataclass(frozen=True)
class Table:
    """Texts and their labels, a column each."""

    name: str
    texts: list[str]
    labels: Columns
    whole: bool = True
    """Does a text end where it ends? Else it is a part of one that goes on."""

    def __len__(self) -> int:
        return len(self.texts)

    def rows(self, chosen: Sequence[int]) -> Table:
        """Some of them, by number."""
        columns = {name: [column[n] for n in chosen] for name, column in self.labels.items()}
        return replace(self, texts=[self.texts[n] for n in chosen], labels=columns)

    def first(self, count: int | None) -> Table:
        """The first so many; all for none."""
        return self.rows(range(len(self))[:count])

    def select_labels(self, names: Sequence[str]) -> Table:
        """The same with these labels only. InputError for one that it has not."""
        columns = {n: self.labels[_checked(n, self.labels, self.name)] for n in names}
        return replace(self, labels=columns)

    def labels_of(self, row: int) -> dict[str, str]:
        """The labels of one text."""
        return {name: column[row] for name, column in self.labels.items()}


class TableParts(NamedTuple):
    """Texts to learn from, to watch and to measure."""

    train: Table
    valid: Table
    test: Table

    def select_labels(self, labels: str) -> TableParts:
        """The same with these labels only, a comma between. InputError for one they have not."""
        return TableParts(*(part.select_labels(parse_names(labels) or []) for part in self))


def read_table(path: str, text: str = "", labels: str = "") -> Table:
    """The texts of a table in a file, each with its labels.

    `text` is the column of the texts, else the one with the longest. `labels` are columns with
    commas between, or none; else all that are numbers, or lists of as many numbers, or have few
    different values. Rows without a text or a label are left out. Raises InputError for a column
    that is not there.
    """
    columns = tables.read(path)
    text = _checked(text, columns, path) if text else _longest(columns)
    names = parse_names(labels)
    if names is None:
        names = [n for n in columns if n != text and _is_label(columns[n])]
    found = {name: [v.strip() for v in columns[_checked(name, columns, path)]] for name in names}
    if text in found:
        raise InputError(f"{text} cannot be the text and a label: name another column")
    texts = [value.replace("\r\n", "\n").strip() for value in columns[text]]
    table = Table(path, texts, found)
    kept = [n for n in range(len(table)) if texts[n] and all(table.labels_of(n).values())]
    if not kept:
        raise InputError(
            f"{path} has no row with a text in {text} and with all labels: name others"
        )
    return table.rows(kept)


def parse_names(labels: str) -> list[str] | None:
    """The names in a list with commas; `none` is an empty one, and nothing is no list."""
    if labels == "none":
        return []
    return [name.strip() for name in labels.split(",") if name.strip()] or None


def split_table(table: Table, valid: float, test: float, seed: int) -> TableParts:
    """The rows in an order of the seed, then cut: what is left of the two parts is learned."""
    order = np.random.default_rng([seed, 5]).permutation(len(table)).tolist()
    watched, evaluate = round(valid * len(table)), round(test * len(table))
    learned = len(table) - watched - evaluate
    return TableParts(
        table.rows(order[:learned]),
        table.rows(order[learned : learned + watched]),
        table.rows(order[learned + watched :]),
    )


def _is_label(column: Sequence[str]) -> bool:
    filled = _filled(column)
    distinct = len(set(filled))
    few = 1 < distinct <= min(DISTINCT, len(filled) // 2)
    return few or is_numeric(filled) or is_free(filled)


def _filled(column: Sequence[str]) -> list[str]:
    return [value for value in column if value.strip()]


def _longest(columns: Columns) -> str:
    # A vector may be written at greater length than a text.
    return max(
        columns,
        key=lambda name: (not is_free(_filled(columns[name])), sum(map(len, columns[name]))),
    )


def _checked(name: str, columns: Collection[str], path: str) -> str:
    if name not in columns:
        raise InputError(f"{path} has no column {name!r}: it has {', '.join(columns)}")
    return name

"""Tables of labelled texts: the choice of columns, and the split of rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reverie.codecs.fields import is_free, is_numeric
from reverie.data.split import Split, divide
from reverie.errors import InputError
from reverie.formats import tables
from reverie.formats.tables import Columns

DISTINCT = 50
"""The most values of a categorical column that is taken as a label by default."""


@dataclass(frozen=True)
class Table:
    """Texts and their labels, one column per label."""

    name: str
    texts: list[str]
    labels: Columns
    whole: bool = True
    """Whether texts are complete; else they are parts of texts that continue."""

    def __len__(self) -> int:
        return len(self.texts)

    def rows(self, chosen: Sequence[int]) -> Table:
        """Some rows, by number."""
        columns = {name: [column[n] for n in chosen] for name, column in self.labels.items()}
        return replace(self, texts=[self.texts[n] for n in chosen], labels=columns)

    def first(self, count: int | None) -> Table:
        """The first `count` rows, or all."""
        return self.rows(range(len(self))[:count])

    def select_labels(self, names: Sequence[str]) -> Table:
        """The same with these labels only. InputError for a missing one."""
        columns = {n: self.labels[_check_column(n, self.labels, self.name)] for n in names}
        return replace(self, labels=columns)

    def labels_of(self, row: int) -> dict[str, str]:
        """The labels of a row, by name."""
        return {name: column[row] for name, column in self.labels.items()}


def with_labels(parts: Split[Table], labels: str) -> Split[Table]:
    """The same with these labels only, a comma between. InputError for one they have not."""
    return parts.map(lambda part: part.select_labels(parse_names(labels) or []))


def read_table(path: str, text: str = "", labels: str = "") -> Table:
    """The texts of a table in a file, with their labels.

    `text` is the column of the texts, by default the one with the longest values. `labels` are
    columns separated by commas, or "none"; by default all columns of numbers, of lists of numbers
    of one length, or of few distinct values. Rows without a text or a label are left out. Raises
    InputError for a missing column.
    """
    columns = tables.read(path)
    text = _check_column(text, columns, path) if text else _longest(columns)
    names = parse_names(labels)
    if names is None:
        names = [n for n in columns if n != text and _is_label(columns[n])]
    found = {
        name: [v.strip() for v in columns[_check_column(name, columns, path)]] for name in names
    }
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
    """The names in a list with commas: empty for "none", and None for an empty string."""
    if labels == "none":
        return []
    return [name.strip() for name in labels.split(",") if name.strip()] or None


def split_table(table: Table, valid: float, test: float, seed: int) -> Split[Table]:
    """The rows, shuffled by the seed and split; training gets all but validation and test."""
    order = np.random.default_rng([seed, 5]).permutation(len(table)).tolist()
    parts = divide(len(table), valid, test)
    return parts.map(lambda part: table.rows(order[part.start : part.stop]))


def _is_label(column: Sequence[str]) -> bool:
    filled = _nonempty(column)
    distinct = len(set(filled))
    few = 1 < distinct <= min(DISTINCT, len(filled) // 2)
    return few or is_numeric(filled) or is_free(filled)


def _nonempty(column: Sequence[str]) -> list[str]:
    return [value for value in column if value.strip()]


def _longest(columns: Columns) -> str:
    # Vectors may be longer than texts.
    return max(
        columns,
        key=lambda name: (not is_free(_nonempty(columns[name])), sum(map(len, columns[name]))),
    )


def _check_column(name: str, columns: Collection[str], path: str) -> str:
    if name not in columns:
        raise InputError(f"{path} has no column {name!r}: it has {', '.join(columns)}")
    return name

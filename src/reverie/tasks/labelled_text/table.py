"""Tables of labelled texts: the choice of columns, and the split of rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reverie.codecs.fields import as_number, is_free, is_numeric
from reverie.data.sources import Reading
from reverie.data.split import Split, divide
from reverie.errors import InputError, excerpt
from reverie.formats import tables
from reverie.formats.tables import Columns
from reverie.tasks.text.report import html_notes

DISTINCT = 50
"""The most values of a categorical column that is taken as a label by default."""
MISSING = {"", "na", "n/a", "<na>", "#n/a", "#na", "nan", "-nan", "null"}
"""Cells without a value, in small letters."""
NO_NUMBER = {"none", "-", "--", ".", "?", "inf", "-inf", "infinity", "-infinity"}
"""Cells without a value in a column of numbers."""
UNNAMED = re.compile(r"Unnamed: \d+|level_0|index")
"""The columns in which pandas numbers the rows."""
WHOLE = re.compile(r"[+-]?\d+")
DECIMAL = re.compile(r"[+-]?(\d+|\d{1,3}([. ]\d{3})+)?,\d+")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True)
class Table:
    """Texts and their labels, one column per label."""

    name: str
    texts: list[str]
    labels: Columns
    whole: bool = True
    """Whether texts are complete; else they are parts of texts that continue."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""

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


def read_table(path: str, text: str = "", labels: str = "", reading: Reading = Reading()) -> Table:
    """The texts of a table in a file, with their labels.

    `text` is the column of the texts, by default the one with the longest values. `labels` are
    columns separated by commas, or "none"; by default all columns of numbers, of lists of numbers
    of one length, or of few distinct values, but for those that number the rows, and for those with
    so many gaps that they would leave less than half of the texts. Rows without a text or a label
    are left out, and `notes` say how many. Raises InputError for a missing column.
    """
    columns = {name: fill(column) for name, column in tables.read(path, reading).items()}
    text = _check_column(text, columns, path) if text else _longest(columns)
    named = parse_names(labels)
    names, gaps = _choose_labels(columns, text) if named is None else (named, [])
    found = {name: columns[_check_column(name, columns, path)] for name in names}
    if text in found:
        raise InputError(f"{text} cannot be the text and a label: name another column")
    texts = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in columns[text]]
    table = Table(path, texts, found)
    kept = [n for n in range(len(table)) if texts[n] and all(table.labels_of(n).values())]
    if not kept:
        raise InputError(
            f"{path} has no row with a text in {excerpt(text)} and with all labels: name others"
        )
    notes = [*_left_out(table, len(kept), text), *gaps, *html_notes(texts)]
    return replace(table.rows(kept), notes=tuple(notes))


def fill(column: Sequence[str]) -> list[str]:
    """The cells of a column without blanks around them: those without a value (NaN, NA, null) are
    empty, and numbers with a decimal comma, or with commas for thousands, have a point."""
    cells = [cell.strip() for cell in column]
    cells = ["" if cell.lower() in MISSING else cell for cell in cells]
    filled = {cell for cell in cells if cell}
    numbers = filled - {cell for cell in filled if cell.lower() in NO_NUMBER}
    if not numbers or not (changed := _numbers(numbers)):
        return cells
    return [changed.get(cell, "") for cell in cells]


def _numbers(cells: Collection[str]) -> dict[str, str]:
    """Different cells as Python writes numbers; empty where one of them is none."""
    if all(as_number(cell) is not None for cell in cells):
        return {cell: cell for cell in cells}
    if _all_match(cells, THOUSANDS, WHOLE):
        return {cell: cell.replace(",", "") for cell in cells}
    if _all_match(cells, DECIMAL, WHOLE):
        return {cell: re.sub("[. ]", "", cell).replace(",", ".") for cell in cells}
    return {}


def _all_match(cells: Collection[str], *patterns: re.Pattern[str]) -> bool:
    return all(any(pattern.fullmatch(cell) for pattern in patterns) for cell in cells)


def _choose_labels(columns: Columns, text: str) -> tuple[list[str], list[str]]:
    """The names of the labels of a table, and notes on columns with too many gaps to be one."""
    names = [n for n, column in columns.items() if n != text and _is_label(n, column)]
    told = [n for n, text in enumerate(columns[text]) if text]
    notes = []
    while 2 * sum(all(columns[name][n] for name in names) for n in told) < len(told):
        sparsest = min(names, key=lambda name: len(_nonempty(columns[name])))
        names.remove(sparsest)
        empty = len(columns[text]) - len(_nonempty(columns[sparsest]))
        notes.append(
            f"{excerpt(sparsest)} is no label, as it is empty in {empty:,} rows "
            f"(name the labels with --labels to use it)"
        )
    return names, notes


def _left_out(table: Table, kept: int, text: str) -> list[str]:
    """A note on the rows that lack something; none where all are kept."""
    gaps = {text: table.texts} | table.labels
    counts = {name: len(column) - len(_nonempty(column)) for name, column in gaps.items()}
    lacking = ", ".join(f"{n:,} without {excerpt(name)}" for name, n in counts.items() if n)
    out = len(table) - kept
    return [f"left out {out:,} of {len(table):,} rows: {lacking}"] if out else []


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


def _is_label(name: str, column: Sequence[str]) -> bool:
    filled = _nonempty(column)
    if UNNAMED.fullmatch(name) or _numbers_rows(filled):
        return False
    distinct = len(set(filled))
    few = 1 < distinct <= min(DISTINCT, len(filled) // 2)
    return few or is_numeric(filled) or is_free(filled)


def _nonempty(column: Sequence[str]) -> list[str]:
    return [value for value in column if value.strip()]


def _numbers_rows(filled: Sequence[str]) -> bool:
    """Are these whole numbers one after the other?"""
    first = filled[0] if filled else ""
    if not WHOLE.fullmatch(first) or len(first) > 18:
        return False
    return all(value == str(int(first) + n) for n, value in enumerate(filled))


def _longest(columns: Columns) -> str:
    # Vectors may be longer than texts.
    return max(
        columns,
        key=lambda name: (not is_free(_nonempty(columns[name])), sum(map(len, columns[name]))),
    )


def _check_column(name: str, columns: Collection[str], path: str) -> str:
    if name not in columns:
        raise InputError(f"{path} has no column {name!r}: it has {excerpt(', '.join(columns))}")
    return name

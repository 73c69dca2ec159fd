"""Tables: CSV with quoted line breaks and any delimiter, or JSON objects."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reverie.data.sources import Reading
from reverie.errors import InputError, excerpt
from reverie.files import replace_file

Columns = dict[str, list[str]]
"""The values of each column, as text; all columns have the same length."""
Row = tuple[int, list[str]]
"""A row of a table with the number of its first line."""

DELIMITERS = "\t|;,:^"
"""From the one that a text hardly has to those that it may have."""
SAMPLE = 100
"""Rows by which the delimiter is recognised."""
NAMED = re.compile(r'"?sep=(.)"?\n')
"""The line before the first with which spreadsheets name the delimiter."""
PAGE = re.compile(r"\s*<(!doctype|html|head|body|\?xml|!--)", re.IGNORECASE)
SPARSE = 50
"""A table of objects with so many times more cells than values is not made."""


def read(path: str, reading: Reading = Reading()) -> Columns:
    """The columns of a table, decompressed if its name ends in .gz, .bz2 or .xz.

    It is an array of JSON objects, or one object a line, with all keys that one of them has; or the
    first line has the names of the columns, and between them a delimiter that is recognised: a
    comma, a semicolon, a tab or another of `DELIMITERS`. Raises InputError, with the line, for a
    row that does not fit.
    """
    text = read_text(path, reading)
    columns = as_columns(objects(text, path)) if is_json(text) else _columns(grid(text, path), path)
    if not any(columns.values()):
        raise InputError(f"{path} has no rows: the first line names the columns, then rows follow")
    return columns


def read_text(path: str, reading: Reading) -> str:
    """The text of a table. InputError where it is a web page instead."""
    text = reading.open(path).text()
    if PAGE.match(text):
        raise InputError(
            f"{path} is a web page or another document in XML, not a table: download the table "
            "itself, or save it as CSV"
        )
    return text


def write(columns: Columns, path: str | Path) -> None:
    """Write a table in the format of the suffix: .tsv, .jsonl, and CSV for any other."""
    rows = list(zip(*columns.values(), strict=True))
    with replace_file(path) as file:
        if str(path).endswith(".jsonl"):
            lines = (json.dumps(dict(zip(columns, row, strict=True))) for row in rows)
            file.writelines(f"{line}\n" for line in lines)
            return
        tabbed = str(path).endswith(".tsv")
        writer = csv.writer(file, delimiter="\t" if tabbed else ",", lineterminator="\n")
        writer.writerows([tuple(columns), *rows])


def is_json(text: str) -> bool:
    """Whether a text looks like JSON objects, or an array."""
    return text.lstrip()[:1] in ("{", "[")


def objects(text: str, path: str) -> list[dict[str, Any]]:
    """The objects of a JSON array, or one a line. InputError where there are others."""
    if text.lstrip().startswith("["):
        return _rows_of(_parse(text, path), path)
    if (whole := _one_object(text)) is not None:
        lists = [value for value in whole.values() if isinstance(value, list)]
        return _rows_of(lists[0] if len(lists) == 1 else None, path)
    # Not splitlines: a text may hold other separators, which JSON leaves as they are.
    lines = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    return [_object(line, f"line {number} of {path}") for number, line in lines]


def _one_object(text: str) -> dict[str, Any] | None:
    """The object that is all of a text and no row, as it takes several lines or lists objects."""
    try:
        whole: dict[str, Any] = json.loads(text)  # one a line fails behind the first
    except (ValueError, RecursionError):
        return None
    lists = (value for value in whole.values() if isinstance(value, list))
    listing = any(isinstance(element, dict) for values in lists for element in values)
    return whole if listing or "\n" in text.strip() else None


def _rows_of(value: Any, path: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise InputError(
            f"{path} is JSON, but not a list of objects: write an object for each row, with the "
            "columns as its keys (pandas: to_json(FILE, orient='records', lines=True))"
        )
    return value


def as_columns(rows: list[dict[str, Any]]) -> Columns:
    """Objects as columns, with an empty text where one lacks a key."""
    names = dict.fromkeys(name for row in rows for name in row)
    if len(names) * len(rows) > SPARSE * (sum(map(len, rows)) + 1000):
        raise InputError(
            f"the {len(rows):,} objects have {len(names):,} different keys, and hardly any in "
            "common: keep those that are columns"
        )
    return {name: [_as_text(row.get(name), name) for row in rows] for name in names}


def grid(text: str, path: str) -> list[Row]:
    """The rows of a table that are not blank. InputError where they differ in length.

    The delimiter is the one that divides the first rows most evenly. A line with tabs is a row if
    all lines have as many, since such files often do not quote; else quotes may hold line breaks.
    """
    named = NAMED.match(text)
    text = text[named.end() :] if named else text
    delimiter, begin = (named[1], 2) if named else (_delimiter(text), 1)
    ways = [_quoted_rows, _plain_rows] if delimiter != "\t" else [_plain_rows, _quoted_rows]
    refusals = []
    for way in ways:
        try:
            return _check_lengths(list(way(text, delimiter, begin, path)), path)
        except InputError as error:
            refusals.append(error)
    raise refusals[0]


def _quoted_rows(text: str, delimiter: str, begin: int, path: str) -> Iterator[Row]:
    reader = _reader(text, delimiter)
    line = begin
    try:
        for row in reader:
            if any(field.strip() for field in row):
                yield line, row
            line = begin + reader.line_num
    except csv.Error as error:
        raise InputError(
            f"the row that begins at line {line} of {path} is not CSV ({error}): check its quotes"
        ) from error


def _reader(text: str, delimiter: str) -> Any:
    # A text may be longer than the 131,072 characters that csv takes for a field by default.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _plain_rows(text: str, delimiter: str, begin: int, path: str) -> Iterator[Row]:
    for line, row in enumerate(text.split("\n"), begin):
        if row.strip():
            yield line, list(map(_unquote, row.split(delimiter)))


def _unquote(field: str) -> str:
    inside = field[1:-1].replace('""', "")
    quoted = len(field) > 1 and field[0] == field[-1] == '"' and '"' not in inside
    return field[1:-1].replace('""', '"') if quoted else field


def _delimiter(text: str) -> str:
    """The delimiter under which most of the first rows have as many fields as the first one."""
    lines = io.StringIO(text.lstrip("\n"), newline="")
    head = "".join(line for line, _ in zip(lines, range(SAMPLE), strict=False))
    best = max(DELIMITERS, key=lambda delimiter: _evenness(head, delimiter))
    return best if _evenness(head, best)[1] else ","


def _evenness(head: str, delimiter: str) -> tuple[float, int]:
    """The fraction of rows with as many fields as the first, if that has several; and how many."""
    best = (0.0, 0)
    for way in (_quoted_rows, _plain_rows):
        lengths = []
        try:
            for _, row in way(head, delimiter, 1, ""):
                lengths.append(len(row))
        except InputError:
            pass  # the last row of a sample may be cut within quotes
        if lengths and lengths[0] > 1:
            best = max(best, (lengths.count(lengths[0]) / len(lengths), lengths[0]))
    return best


def _check_lengths(rows: list[Row], path: str) -> list[Row]:
    if not rows:
        raise InputError(f"{path} has no rows: the first line names the columns, then rows follow")
    count = len(rows[0][1])
    for line, row in rows:
        if len(row) != count:
            raise InputError(
                f"line {line} of {path} has {len(row)} fields where the first line has {count}: "
                "quote fields that hold delimiters or line breaks"
            )
    return rows


def _columns(rows: list[Row], path: str) -> Columns:
    (line, head), *rest = rows
    names = [name.strip() or f"Unnamed: {place}" for place, name in enumerate(head)]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(
            f"line {line} of {path} must name the columns, each differently: it has "
            f"{excerpt(repr(twice))} twice"
        )
    return {name: [row[place] for _, row in rest] for place, name in enumerate(names)}


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        raise InputError(
            f"{where} is not JSON ({'it is nested too deeply' if deep else error}): correct it"
        ) from error


def _object(line: str, where: str) -> dict[str, Any]:
    row = _parse(line, where)
    if not isinstance(row, dict):
        raise InputError(f"{where} is not a JSON object: write one a line")
    return row


def _as_text(value: Any, name: str) -> str:
    if value is None:
        return ""
    try:
        return value if isinstance(value, str) else json.dumps(value)
    except RecursionError as error:
        raise InputError(
            f"a value of {excerpt(repr(name))} is nested too deeply: leave that key out"
        ) from error

"""Tables in files: CSV with quoted line breaks, tab-separated, or a JSON object a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from reverie.data.sources import open_source
from reverie.errors import InputError

Columns = dict[str, list[str]]
"""The values of each column, as text; all columns are as long."""


def read_columns(path: str) -> Columns:
    """The columns of a table, unpacked if it is packed. What it is shows in its first line.

    Raises InputError, with the line, for a row that is no row of the table.
    """
    text = open_source(path).text().removeprefix("\ufeff")
    rows = _objects(text, path) if text.lstrip().startswith("{") else _rows(text, path)
    columns: Columns = {}
    for number, row in enumerate(rows):
        if not number:
            columns = {name: [] for name in row}
        for name, values in columns.items():
            values.append(row.get(name, ""))
    if not columns:
        raise InputError(f"{path} has no rows: the first line names the columns, then rows follow")
    return columns


def _rows(text: str, path: str) -> Iterator[dict[str, str]]:
    head = text.split("\n", 1)[0]
    tabbed = "\t" in head and "," not in head
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter="\t" if tabbed else ",", strict=True
    )
    begun, names = 1, None
    try:
        for row in reader:
            if names is None:
                names = _checked_names(row, path)
            elif row and len(row) != len(names):
                raise InputError(
                    f"line {begun} of {path} has {len(row)} fields where the head has "
                    f"{len(names)}: quote fields that hold commas or line breaks"
                )
            elif row:
                yield dict(zip(names, row, strict=True))
            begun = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"the row that begins at line {begun} of {path} is no CSV ({error}): check its quotes"
        ) from error


def _checked_names(row: list[str], path: str) -> list[str]:
    names = [name.strip() for name in row]
    if len(set(names)) != len(names) or not all(names):
        raise InputError(
            f"line 1 of {path} must name the columns, each by another name: it has {names}"
        )
    return names


def _objects(text: str, path: str) -> Iterator[dict[str, str]]:
    # Not splitlines: a text may hold other separators, which JSON leaves as they are.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"line {number} of {path} is no JSON ({error}): mend it") from error
        if not isinstance(row, dict):
            raise InputError(f"line {number} of {path} is no JSON object: write one a line")
        yield {name: _said(value) for name, value in row.items()}


def _said(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)

"""Tables: CSV with quoted line breaks, tab-separated values, or JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from reverie.data.sources import open_source
from reverie.errors import InputError
from reverie.files import replace_file

Columns = dict[str, list[str]]
"""The values of each column, as text; all columns have the same length."""


def read(path: str) -> Columns:
    """The columns of a table, decompressed if its name ends in .gz, .bz2 or .xz.

    The first line tells the format: an object for JSON Lines, else the names of the columns, with
    tabs or commas between. Raises InputError, with the line, for a row that does not fit.
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
                names = _check_names(row, path)
            elif row and len(row) != len(names):
                raise InputError(
                    f"line {begun} of {path} has {len(row)} fields where the first line has "
                    f"{len(names)}: quote fields that hold commas or line breaks"
                )
            elif row:
                yield dict(zip(names, row, strict=True))
            begun = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"the row that begins at line {begun} of {path} is not CSV ({error}): check its quotes"
        ) from error


def _check_names(row: list[str], path: str) -> list[str]:
    names = [name.strip() for name in row]
    if len(set(names)) != len(names) or not all(names):
        raise InputError(
            f"line 1 of {path} must name the columns, each differently: it has {names}"
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
            raise InputError(
                f"line {number} of {path} is not JSON ({error}): correct it"
            ) from error
        if not isinstance(row, dict):
            raise InputError(f"line {number} of {path} is not a JSON object: write one a line")
        yield {name: _as_text(value) for name, value in row.items()}


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)

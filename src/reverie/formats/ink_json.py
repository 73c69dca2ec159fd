"""Ink as JSON, one value or one a line."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.files import replace_file
from reverie.formats.opening import InkFile, counted, prefix_errors, read_bytes


def read(path: Path) -> InkFile:
    """The inks of a file that holds one of these, or a list of the first two:

    - {"strokes": [[[x, y], ...], ...], "text": "..."}; the text is optional;
    - {"drawing": [[[x, ...], [y, ...]], ...], "word": "..."}, as in Quick, Draw!;
    - only the strokes, [[[x, y], ...], ...].

    A point may have a time, [x, y, seconds]; those of a drawing are a third list, in
    milliseconds. Raises InputError for anything else.
    """
    value = _load(read_bytes(path), str(path))
    records = value if isinstance(value, list) and _all_records(value) else [value]
    if len(records) == 1:
        return _inks(path, [(str(path), value) for value in records])
    return _inks(path, ((f"{path}, ink {n}", record) for n, record in enumerate(records, 1)))


def read_lines(path: Path) -> InkFile:
    """The inks of a file that holds one of the above a line, as the files of Quick, Draw! do.

    Raises InputError for anything else.
    """
    lines = enumerate(read_bytes(path).split(b"\n"), 1)
    named = ((f"{path}, line {n}", line) for n, line in lines if line.strip())
    return _inks(path, ((name, _load(line, name)) for name, line in named))


def write(ink: Ink, path: str | Path) -> None:
    """Write {"text": ..., "strokes": [[[x, y], ...], ...]}, timed points as [x, y, seconds]."""
    strokes = [stroke.tolist() for stroke in ink.strokes]
    with replace_file(path) as file:
        json.dump({"text": ink.text, "strokes": strokes}, file)
        file.write("\n")


def _load(data: bytes, name: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is broken JSON ({error}): save it again") from error


def _all_records(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


def _inks(path: Path, records: Iterable[tuple[str, Any]]) -> InkFile:
    """The inks of records with their names; drawings without a line are left out and counted."""
    inks, empty = [], 0
    for name, record in records:
        with prefix_errors(name):
            if isinstance(record, dict) and record.get("drawing") == []:
                empty += 1
            else:
                inks.append(_ink(record))
    if not inks:
        raise InputError(f"{path} holds no inks: name a file that holds strokes")
    return InkFile(inks, (f"left out {counted(empty, 'empty drawing')}",) if empty else ())


def _ink(record: Any) -> Ink:
    if isinstance(record, dict) and "drawing" in record:
        return _drawing(record)
    text = record.get("text", "") if isinstance(record, dict) else ""
    strokes = record.get("strokes") if isinstance(record, dict) else record
    if not isinstance(strokes, list) or not isinstance(text, str):
        raise InputError(
            'there are no strokes in it: give {"strokes": [[[x, y], ...], ...], "text": "..."}'
        )
    return Ink(tuple(strokes), text)


def _drawing(record: dict[str, Any]) -> Ink:
    """The ink of a drawing of Quick, Draw!; its word is the text."""
    lines, word = record["drawing"], record.get("word", "")
    try:
        strokes = tuple(np.array(line, np.float64).T for line in lines)
        timed = [stroke.shape[1] == 3 for stroke in strokes]
    except (ValueError, TypeError, OverflowError, IndexError):
        strokes, timed = (), []
    if not strokes or not isinstance(word, str):
        raise InputError(
            'its drawing is not a list of lines: give {"drawing": [[[x, ...], [y, ...]], ...], '
            '"word": "..."}'
        )
    if all(timed):
        strokes = tuple(stroke * (1, 1, 1e-3) for stroke in strokes)
    return Ink(strokes, word)

"""Ink as JSON."""

import json
from pathlib import Path
from typing import Any

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.files import replace_file
from reverie.formats.opening import prefix_errors, read_bytes


def read(path: Path) -> list[Ink]:
    """The inks of a file that holds one of these, or a list of the first:

    - {"strokes": [[[x, y], ...], ...], "text": "..."}; the text is optional;
    - only the strokes, [[[x, y], ...], ...].

    A point may have a time, [x, y, seconds]. Raises InputError for anything else.
    """
    try:
        value = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is broken JSON ({error}): save it again") from error
    records = value if isinstance(value, list) and _all_records(value) else [value]
    inks = []
    for number, record in enumerate(records, 1):
        with prefix_errors(path if len(records) == 1 else f"{path}, ink {number}"):
            inks.append(_ink(record))
    return inks


def write(ink: Ink, path: str | Path) -> None:
    """Write {"text": ..., "strokes": [[[x, y], ...], ...]}, timed points as [x, y, seconds]."""
    strokes = [stroke.tolist() for stroke in ink.strokes]
    with replace_file(path) as file:
        json.dump({"text": ink.text, "strokes": strokes}, file)
        file.write("\n")


def _all_records(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


def _ink(record: Any) -> Ink:
    text = record.get("text", "") if isinstance(record, dict) else ""
    strokes = record.get("strokes") if isinstance(record, dict) else record
    if not isinstance(strokes, list) or not isinstance(text, str):
        raise InputError(
            'there are no strokes in it: give {"strokes": [[[x, y], ...], ...], "text": "..."}'
        )
    return Ink(tuple(strokes), text)

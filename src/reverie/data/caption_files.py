"""Files of captions: lines, tables and JSON, with the names of pictures or one line for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from reverie.data.sources import open_source
from reverie.errors import InputError, excerpt
from reverie.formats import tables
from reverie.formats.opening import counted

NAME_KEYS = ("image_id", "image", "image_name", "name", "file_name", "filename")
CAPTION_KEYS = ("caption", "captions", "comment")
"""What tables and objects call a picture, and what is said of it."""
HEAD = re.compile(
    rf'"?(?:{"|".join(NAME_KEYS)})"?\s*[,;|\t].*\b(?:{"|".join(CAPTION_KEYS)})\b', re.IGNORECASE
)
"""The first line of a table."""
TABBED = re.compile(r"\s*([^\t]*[^\s])\s*?\t(.*)")
SPACED = re.compile(
    r"\s*(\S+?(?:#\d+|\.(?:jpe?g|png|gif|bmp|tiff?|webp)))(?:\s+(.*))?", re.IGNORECASE
)
"""A name and a caption, and the same where the tab is lost: then the name must look like one."""
NUMBER = re.compile(r"#\d+$")
"""The number of a caption behind the name of its picture."""

Entry = tuple[str, str]
"""A picture's name, and a caption."""


class Captions(NamedTuple):
    """The captions of each picture by its name, and what was not as it should be."""

    captions: dict[str, list[str]]
    notes: tuple[str, ...]


class CaptionFile(NamedTuple):
    """All that a file of captions says, in its order."""

    path: str
    captions: dict[str, list[str]]
    """By name: that of the picture, its id where it has none, or the number of the line from 1.
    Where all captions of a picture are empty, the list is."""
    ids: dict[str, str]
    """The name of each id, of a file that has both."""
    named: bool
    """Whether pictures have names there, and not a line each."""
    notes: tuple[str, ...]
    """What was not as it should be."""


def read_captions(path: str | Path) -> Captions:
    """The captions of pictures that have some; the rest is as for `read_caption_file`."""
    file = read_caption_file(path)
    return Captions({name: said for name, said in file.captions.items() if said}, file.notes)


def read_caption_file(path: str | Path) -> CaptionFile:
    """Captions from a file, unpacked if its name ends in .gz, .bz2 or .xz; - is standard input.

    It may have

    - the name of a picture, a tab and a caption in each line: NAME or NAME#0, as Flickr8k has them;
    - COCO's annotations, {"images": [...], "annotations": [{"image_id", "caption"}]}, or its
      results, [{"image_id", "caption"}];
    - an object in each line, {"image" or "name": ..., "caption" or "captions": ...};
    - a table, whose first line names such columns;
    - a caption in each line and nothing else: line k is picture k.

    A caption has no line breaks and no two spaces together; an empty one is left out. A line that
    has lost its tab is cut behind the name, if it ends in #0 or like the name of a picture.
    Raises InputError, with the line, where a file cannot be read so.
    """
    if Path(path).is_dir():
        raise InputError(f"{path} is a folder: name the file of captions in it")
    if str(path) != "-" and not Path(path).exists():
        raise InputError(f"there is no file of captions {str(path)!r}: check the path")
    text, name = open_source(path if str(path) == "-" else Path(path)).text(), str(path)
    if tables.is_json(text) and re.match(r"\s*(?:\{|\[\s*[{\]])", text):
        return _json_file(text, name)
    if HEAD.match(text):
        return _collect(name, _table_entries(text, name))
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    spaced = [bool(SPACED.fullmatch(line)) and "\t" not in line for _, line in lines]
    named = sum(spaced) + sum("\t" in line for _, line in lines)
    if 2 * named <= len(lines):
        rows = enumerate(text.removesuffix("\n").split("\n"), 1)
        return _collect(name, ((str(number), line) for number, line in rows), named=False)
    lost = counted(sum(spaced), "line")
    notes = (f"{lost} of {name} without a tab, cut behind the name",) if any(spaced) else ()
    return _collect(name, _line_entries(lines, name), notes)


def _collect(
    path: str,
    entries: Iterable[Entry],
    notes: tuple[str, ...] = (),
    ids: Mapping[str, str] | None = None,
    named: bool = True,
) -> CaptionFile:
    captions: dict[str, list[str]] = {}
    empty = 0
    for name, caption in entries:
        own = captions.setdefault(name, [])
        if words := " ".join(caption.split()):
            own.append(words)
        else:
            empty += 1
    if not any(captions.values()):
        raise InputError(f"{path} has no captions: name a file of captions")
    told = (*notes, f"{counted(empty, 'caption')} of {path} without a word") if empty else notes
    return CaptionFile(path, captions, dict(ids or {}), named, told)


def _line_entries(lines: Iterable[tuple[int, str]], path: str) -> Iterator[Entry]:
    for number, line in lines:
        found = TABBED.fullmatch(line) or SPACED.fullmatch(line)
        if not found:
            raise InputError(
                f"line {number} of {path} has no tab between the name of a picture and a caption: "
                "put one there"
            )
        yield NUMBER.sub("", found[1]), found[2] or ""


def _table_entries(text: str, path: str) -> Iterator[Entry]:
    (_, head), *rows = tables.grid(text, path)
    columns = {cell.strip().lower(): place for place, cell in enumerate(head)}
    name, caption = (
        next(columns[key] for key in keys if key in columns) for keys in (NAME_KEYS, CAPTION_KEYS)
    )
    return ((NUMBER.sub("", row[name].strip()), row[caption]) for _, row in rows)


def _json_file(text: str, path: str) -> CaptionFile:
    whole = _annotations(text)
    if whole is None:
        return _collect(path, _object_entries(tables.objects(text, path), {}, path))
    images = whole.get("images") or []
    try:
        ids = {str(image["id"]): str(image["file_name"]) for image in images}
    except (KeyError, TypeError) as error:
        raise InputError(
            f'the "images" of {path} must be objects with an "id" and a "file_name"'
        ) from error
    return _collect(path, _object_entries(whole["annotations"], ids, path), ids=ids)


def _annotations(text: str) -> dict[str, Any] | None:
    """The object that is all of a text and has annotations."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return whole if isinstance(whole, dict) and "annotations" in whole else None


def _object_entries(rows: Any, ids: Mapping[str, str], path: str) -> Iterator[Entry]:
    for number, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
        where = f"object {number} of {path}"
        if not isinstance(row, dict):
            raise InputError(f"{where} is none: write an object for each caption")
        name, said = (_first(row, keys, where) for keys in (NAME_KEYS, CAPTION_KEYS))
        captions = said if isinstance(said, list) else [said]
        if not all(isinstance(caption, str) for caption in captions):
            raise InputError(f"{where} has a caption that is no text: {excerpt(repr(said))}")
        key = NUMBER.sub("", str(name))
        yield from ((ids.get(key, key), caption) for caption in captions)


def _first(row: Mapping[str, Any], keys: tuple[str, ...], where: str) -> Any:
    found = next((row[key] for key in keys if row.get(key) is not None), None)
    if found is None:
        known = ", ".join(f'"{key}"' for key in keys)
        raise InputError(f"{where} lacks a key: give it one of {known}")
    return found

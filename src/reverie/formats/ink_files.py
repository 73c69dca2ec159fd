"""Ink in files: pictures, animations, paths for plotters, and strokes as data."""

from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.errors import InputError, excerpt
from reverie.formats import gcode, gif, iamondb_strokes, ink_json, inkml, png, stroke3, svg
from reverie.formats.markup import local_name, parse_xml
from reverie.formats.opening import InkFile, counted
from reverie.formats.suffixes import READABLE, check_format, either

SHOWN = 5
"""The most notes on the files of a folder."""


def read_files(path: str | Path) -> InkFile:
    """The inks of a file, or of all files below a folder, and notes on what was left out.

    Raises InputError as `read_inks` does, and for a folder without any.
    """
    if not Path(path).is_dir():
        return read_file(path)
    found = sorted(p for p in Path(path).rglob("*") if p.suffix.lower() in READABLE)
    files = [p for p in found if p.suffix.lower() != ".xml" or iamondb_strokes.is_line(p)]
    if not files:
        raise InputError(
            f"the folder {path} has no strokes below it: put IAM-OnDB there, or files that "
            f"end in {', '.join(READABLE)}"
        )
    others = len(found) - len(files)
    notes = [f"left out {counted(others, 'file')} of other XML"] if others else []
    inks: list[Ink] = []
    for file in files:
        read = read_file(file)
        inks += read.inks
        notes += [f"{file.name}: {note}" for note in read.notes]
    if len(notes) > SHOWN:
        notes = [*notes[:SHOWN], f"and so of {len(notes) - SHOWN:,} more"]
    return InkFile(inks, tuple(notes))


def read_inks(path: str | Path) -> list[Ink]:
    """The inks in a file: one of an .svg, .inkml or .xml, one or more of the others.

    Raises InputError for another suffix, and for a file that cannot be read, is damaged or
    holds no strokes.
    """
    return read_file(path).inks


def read_file(path: str | Path) -> InkFile:
    """The inks in a file as from `read_inks`, and notes that say what of it was left out."""
    file = Path(path)
    match file.suffix.lower():
        case ".svg":
            return svg.read(file)
        case ".inkml":
            return inkml.read(file)
        case ".json":
            return ink_json.read(file)
        case ".ndjson":
            return ink_json.read_lines(file)
        case ".xml":
            return _read_xml(file)
        case ".npz":
            notes: list[str] = []
            parts = stroke3.read(file, notes.append).values()
            return InkFile([ink for part in parts for ink in part], tuple(notes))
    raise InputError(
        f"cannot read strokes from {excerpt(path)!r}: the name must end in {either(READABLE)}"
    )


def _read_xml(path: Path) -> InkFile:
    """The inks of a line of IAM-OnDB, or of another format under the name of XML."""
    if iamondb_strokes.is_line(path):
        return InkFile([iamondb_strokes.read(path)])
    match local_name(parse_xml(path)):
        case "ink":
            return inkml.read(path)
        case "svg":
            return svg.read(path)
    raise InputError(
        f"{path} is XML without ink: it is no line of IAM-OnDB, which has <Stroke> in it, and "
        "neither InkML nor SVG"
    )


def write_ink(
    ink: Ink, path: str | Path, *, animated: bool = False, by_speed: bool = False
) -> None:
    """Write `ink` to the file `path`, whole or not at all, in the format of its suffix.

    - .svg: the centre line; `animated`, the pen writes it;
    - .png, and .gif, in which the pen writes: these need the extra "pictures";
    - .gcode: millimetres for a plotter;
    - .inkml and .json: the points unchanged, with their times and the text;
    - .npz: stroke-3, the points without times and text.

    `by_speed` makes lines thin where the pen was fast, in .svg, .png and .gif.

    Raises InputError for another suffix, for what a format cannot do and where the file
    cannot be written.
    """
    match check_format(path, animated=animated, by_speed=by_speed):
        case ".svg":
            svg.write(ink, path, animated=animated, by_speed=by_speed)
        case ".png":
            png.write(ink, path, by_speed=by_speed)
        case ".gif":
            gif.write(ink, path, by_speed=by_speed)
        case ".gcode":
            gcode.write(ink, path)
        case ".inkml":
            inkml.write(ink, path)
        case ".json":
            ink_json.write(ink, path)
        case ".npz":
            stroke3.write({"train": [ink]}, path)

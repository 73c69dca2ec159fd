"""Ink in files: pictures, animations, paths for plotters, and strokes as data."""

from collections.abc import Callable
from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.errors import InputError, excerpt
from reverie.formats import gcode, gif, ink_json, inkml, png, stroke3, svg
from reverie.formats.suffixes import READABLE, check_format, either


def read_inks(path: str | Path, tell: Callable[[str], None] = lambda note: None) -> list[Ink]:
    """The inks in a file: one of an .svg or .inkml, one or more of a .json or .npz.

    `tell` is told in a sentence what was left out.

    Raises InputError for another suffix, and for a file that cannot be read, is damaged or
    holds no strokes.
    """
    file = Path(path)
    match file.suffix.lower():
        case ".svg":
            return [svg.read(file)]
        case ".inkml":
            return [inkml.read(file)]
        case ".json":
            return ink_json.read(file)
        case ".npz":
            return [ink for part in stroke3.read(file, tell).values() for ink in part]
    raise InputError(
        f"cannot read strokes from {excerpt(path)!r}: the name must end in {either(READABLE)}"
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

"""Readers of pen strokes in the formats that people have them in."""

from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats.ink_json_reader import read_json
from reverie.formats.inkml_reader import read_inkml
from reverie.formats.stroke3 import read_stroke3
from reverie.formats.svg_reader import read_svg

__all__ = ["SUFFIXES", "read_inks"]

SUFFIXES = (".svg", ".inkml", ".json", ".npz")
"""Of the files that can be read."""


def read_inks(path: str | Path) -> list[Ink]:
    """The inks in a file: one of an .svg or .inkml, one or more of a .json or .npz.

    Raises InputError for another suffix, and for a file that cannot be read, is broken or
    holds no strokes.
    """
    file = Path(path)
    match file.suffix.lower():
        case ".svg":
            return [read_svg(file)]
        case ".inkml":
            return [read_inkml(file)]
        case ".json":
            return read_json(file)
        case ".npz":
            return [ink for part in read_stroke3(file).values() for ink in part]
    raise InputError(
        f"cannot read strokes from {str(path)!r}: the name must end in .svg, .inkml, .json or .npz"
    )

"""Ink as files: pictures that stand still or move, paths for plotters, and plain strokes."""

from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats.gcode import draw_gcode
from reverie.formats.gif import draw_gif
from reverie.formats.ink_json import draw_json
from reverie.formats.inkml import draw_inkml
from reverie.formats.png import draw_png
from reverie.formats.svg import draw_svg
from reverie.formats.svg_animation import draw_moving_svg

__all__ = ["check_format", "write_ink"]

SUFFIXES = (".svg", ".png", ".gif", ".gcode", ".inkml", ".json")


def write_ink(
    ink: Ink, path: str | Path, *, animated: bool = False, by_speed: bool = False
) -> None:
    """Write `ink` to the file `path`, whole or not at all, in the format of its suffix.

    - .svg: the centre line; `animated`, the pen writes it;
    - .png, and .gif, in which the pen writes: these need the extra "pictures";
    - .gcode: millimetres for a plotter;
    - .inkml and .json: the points as they are, with their times and the text.

    `by_speed` draws thin what was written fast, in .svg, .png and .gif.

    Raises InputError for another suffix, for what a format cannot do and where the file
    cannot be written.
    """
    match check_format(path, animated=animated, by_speed=by_speed):
        case ".svg" if animated:
            draw_moving_svg(ink, path)
        case ".svg":
            draw_svg(ink, path, by_speed=by_speed)
        case ".png":
            draw_png(ink, path, by_speed=by_speed)
        case ".gif":
            draw_gif(ink, path, by_speed=by_speed)
        case ".gcode":
            draw_gcode(ink, path)
        case ".inkml":
            draw_inkml(ink, path)
        case ".json":
            draw_json(ink, path)


def check_format(path: str | Path, *, animated: bool = False, by_speed: bool = False) -> str:
    """The suffix of `path`; InputError where it is no format, or one that cannot do it."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"cannot draw {str(path)!r}: the name must end in "
            f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        )
    if animated and suffix not in (".svg", ".gif"):
        raise InputError(f"a file {suffix!r} cannot move: use .svg or .gif, or draw it still")
    if by_speed and (suffix not in (".svg", ".png", ".gif") or (animated and suffix == ".svg")):
        what = "a moving .svg" if suffix == ".svg" else f"a file {suffix!r}"
        raise InputError(
            f"{what} has lines of one width: use a still .svg, .png or .gif, "
            "or leave the width to the format"
        )
    return suffix

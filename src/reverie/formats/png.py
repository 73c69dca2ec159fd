"""Ink as a PNG picture."""

from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.files import replace_file
from reverie.formats.raster import Canvas


def write(ink: Ink, path: str | Path, *, by_speed: bool = False) -> None:
    """Write a picture in which the pen is 3 pixels wide, at most 6000 pixels wide and high."""
    canvas = Canvas(ink, pen=3, longest=6000, by_speed=by_speed)
    canvas.draw_until(len(ink.points))
    with replace_file(path, "wb") as file:
        canvas.picture().save(file, "PNG", optimize=True)

"""Ink as an SVG picture: paths that are read, drawn still, or drawn one after the other."""

from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.files import replace_file
from reverie.formats.drawing import page_of
from reverie.formats.opening import local_name, parse_xml, prefix_errors
from reverie.formats.svg.animation import animated_strokes
from reverie.formats.svg.document import centre_lines, paths_by_speed, svg_document
from reverie.formats.svg.elements import strokes_in


def read(path: Path) -> Ink:
    """The paths, lines, polylines and polygons of a picture as strokes, one per subpath.

    Curves become short lines and transforms are applied; the text is the title.
    Raises InputError for broken XML, broken paths and pictures without any of these.
    """
    root = parse_xml(path)
    with prefix_errors(path):
        if local_name(root) != "svg":
            raise InputError("it is not an SVG file, which begins with <svg>: name another file")
        strokes = tuple(strokes_in(root))
        if not strokes:
            raise InputError("it has no paths or lines: convert its shapes to paths")
        titles = [e.text or "" for e in root if local_name(e) == "title"]
        return Ink(strokes, titles[0].strip() if titles else "")


def write(ink: Ink, path: str | Path, *, animated: bool = False, by_speed: bool = False) -> None:
    """Write the centre line of each stroke, or lines whose width follows the speed.

    Animated (SMIL), each stroke grows at the speed of the pen, once, with one width. A viewer
    that does not animate shows all the ink.
    """
    page = page_of(ink)
    if animated:
        elements = animated_strokes(ink, page)
    else:
        elements = paths_by_speed(ink, page) if by_speed else centre_lines(ink, page)
    with replace_file(path) as file:
        file.write(svg_document(page, ink.text, elements))

"""Ink as an SVG picture: paths that are read, drawn still, or drawn one after the other."""

from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.files import replace_file
from reverie.formats.drawing import page_of
from reverie.formats.markup import local_name, parse_xml
from reverie.formats.opening import InkFile, counted, prefix_errors
from reverie.formats.svg.animation import animated_strokes
from reverie.formats.svg.document import centre_lines, paths_by_speed, svg_document
from reverie.formats.svg.elements import Drawing, drawing_in


def read(path: Path) -> InkFile:
    """The lines of a picture as one ink: a stroke for each subpath that is drawn with a stroke.

    Curves become short lines; transforms, style sheets, <use> and nested pictures are followed,
    and small circles, ellipses and rectangles are dots. The text is the title. Notes say how many
    hidden lines and filled shapes were left out.

    Raises InputError for broken XML, broken paths and pictures without lines.
    """
    root = parse_xml(path)
    with prefix_errors(path):
        if local_name(root) != "svg":
            raise InputError("it is not an SVG file, which begins with <svg>: name another file")
        drawing = drawing_in(root)
        if not drawing.strokes:
            raise _without_strokes(drawing)
        titles = ["".join(e.itertext()) for e in root if local_name(e) == "title"]
        ink = Ink(drawing.strokes, titles[0].strip() if titles else "")
        return InkFile([ink], drawing.notes)


def _without_strokes(drawing: Drawing) -> InputError:
    if drawing.filled:
        return InputError(
            f"it has no strokes, only {counted(drawing.filled, 'filled shape')} such as outlines "
            "of letters: draw the middle of the lines, with a stroke and without a fill"
        )
    if drawing.hidden:
        lines = counted(drawing.hidden, "line")
        return InputError(f"it has {lines}, all of them hidden: show what is to be read")
    return InputError("it has no paths or lines: convert its shapes to paths")


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

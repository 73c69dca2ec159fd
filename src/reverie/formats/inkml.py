"""Ink as InkML, the W3C's format for strokes."""

from pathlib import Path
from xml.sax.saxutils import escape

from reverie.codecs.ink import Ink
from reverie.files import replace_file
from reverie.formats.svg import printable


def draw_inkml(ink: Ink, path: str | Path) -> None:
    """Write the points as they are, times in seconds, and the text as the annotation `truth`."""
    names = "XYT"[: ink.points.shape[1]]
    units = {"T": ' units="s"'}
    channels = "".join(
        f'<channel name="{name}" type="decimal"{units.get(name, "")}/>' for name in names
    )
    with replace_file(path) as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write('<ink xmlns="http://www.w3.org/2003/InkML">\n')
        file.write(f"<traceFormat>{channels}</traceFormat>\n")
        if ink.text:
            file.write(f'<annotation type="truth">{escape(printable(ink.text))}</annotation>\n')
        for stroke in ink.strokes:
            points = ", ".join(" ".join(map(repr, point)) for point in stroke.tolist())
            file.write(f"<trace>{points}</trace>\n")
        file.write("</ink>\n")

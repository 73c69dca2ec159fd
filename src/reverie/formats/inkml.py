"""Ink as InkML, the W3C's format for strokes."""

import re
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import numpy as np

from reverie.codecs.ink import Ink, Stroke
from reverie.errors import InputError
from reverie.files import replace_file
from reverie.formats.opening import local_name, parse_xml, prefix_errors, printable

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
"""Seconds in each unit of time; InkML counts in milliseconds where a file names no unit."""


class Channels(NamedTuple):
    """The positions of x, y and the time within a point, and the seconds in a unit of time."""

    x: int = 0
    y: int = 1
    time: int | None = None
    unit: float = 1e-3


def read(path: Path) -> Ink:
    """All traces of a file as one ink; its text is the annotation `truth`.

    Points must be absolute numbers; the channels X, Y and T are read.
    Raises InputError for broken XML, for relative points and for a file without traces.
    """
    root = parse_xml(path)
    with prefix_errors(path):
        if local_name(root) != "ink":
            raise InputError("it is not an InkML file, which begins with <ink>: name another file")
        channels = _channels(root)
        traces = [element for element in root.iter() if local_name(element) == "trace"]
        strokes = [_stroke(n, trace, channels) for n, trace in enumerate(traces, 1)]
        if not strokes:
            raise InputError("it has no <trace>: name a file that holds strokes")
        return Ink(tuple(strokes), _truth(root))


def write(ink: Ink, path: str | Path) -> None:
    """Write the points unchanged, times in seconds, and the text as the annotation `truth`."""
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


def _channels(root: Element) -> Channels:
    """The channels of the first trace format; without one, a point begins with x and y."""
    formats = [element for element in root.iter() if local_name(element) == "traceFormat"]
    if not formats:
        return Channels()
    found = [element for element in formats[0].iter() if local_name(element) == "channel"]
    names = [element.get("name", "") for element in found]
    if "X" not in names or "Y" not in names:
        raise InputError(f"its points have the channels {names}, but X and Y are needed")
    if "T" not in names:
        return Channels(names.index("X"), names.index("Y"))
    time = names.index("T")
    unit = found[time].get("units", "ms")
    if unit not in SECONDS:
        raise InputError(f"its times are in the unit {unit!r}: use one of {', '.join(SECONDS)}")
    return Channels(names.index("X"), names.index("Y"), time, SECONDS[unit])


def _stroke(number: int, trace: Element, channels: Channels) -> Stroke:
    rows = [re.split(r"[\s]+", point.strip()) for point in (trace.text or "").split(",")]
    wanted = [channels.x, channels.y, *([] if channels.time is None else [channels.time])]
    try:
        points = np.array([[float(row[column]) for column in wanted] for row in rows])
    except (ValueError, IndexError):
        raise InputError(
            f"trace {number} is not a list of points of absolute numbers: "
            "write it as <trace>x y, x y, ...</trace>"
        ) from None
    if channels.time is not None:
        points[:, 2] *= channels.unit
    return points


def _truth(root: Element) -> str:
    """The text of the first transcription of the whole file."""
    for element in root:
        if local_name(element) == "annotation" and element.get("type") in (
            "truth",
            "transcription",
        ):
            return (element.text or "").strip()
    return ""

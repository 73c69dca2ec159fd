"""Ink from InkML, the W3C's format for strokes."""

import re
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from reverie.codecs.ink import Ink, Stroke
from reverie.errors import InputError
from reverie.formats.opening import local_name, parse_xml, prefix_errors

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
"""InkML counts in milliseconds where a file says nothing."""


class Channels(NamedTuple):
    """Where in a point x, y and perhaps the time stand, and the seconds in a unit of time."""

    x: int = 0
    y: int = 1
    time: int | None = None
    unit: float = 1e-3


def read_inkml(path: Path) -> Ink:
    """All traces of a file as one ink; its text is the annotation `truth`.

    Read are points of absolute numbers, and the channels X, Y and T.
    Raises InputError for broken XML, for relative points and for what makes no ink.
    """
    root = parse_xml(path)
    with prefix_errors(path):
        if local_name(root) != "ink":
            raise InputError("it is no InkML file, which begins with <ink>: name another file")
        channels = _channels(root)
        traces = [element for element in root.iter() if local_name(element) == "trace"]
        strokes = [_stroke(n, trace, channels) for n, trace in enumerate(traces, 1)]
        if not strokes:
            raise InputError("it has no <trace>: name a file that holds strokes")
        return Ink(tuple(strokes), _truth(root))


def _channels(root: Element) -> Channels:
    """What the first format of traces says; without one, a point begins with x and y."""
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
    """The text of the first annotation of the whole that tells it."""
    for element in root:
        if local_name(element) == "annotation" and element.get("type") in (
            "truth",
            "transcription",
        ):
            return (element.text or "").strip()
    return ""

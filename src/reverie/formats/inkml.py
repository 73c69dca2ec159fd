"""Ink as InkML, the W3C's format for strokes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import numpy as np

from reverie.codecs.ink import Ink, Stroke
from reverie.errors import InputError
from reverie.files import replace_file
from reverie.formats.markup import MOST_POINTS, local_name, parse_xml, printable, too_many_points
from reverie.formats.opening import InkFile, counted, prefix_errors

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
"""Seconds in each unit of time; InkML counts in milliseconds where a file names no unit."""

TOKEN = re.compile(r"#[0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\S")
"""A number without its sign, or any other character."""

PLAIN = re.compile(r"[-0-9.eE\s,]*")

TRUTHS = {"truth", "ground truth", "groundtruth", "transcription", "label", "text"}
"""The types of annotations that are the text of an ink."""

IDS = ("{http://www.w3.org/XML/1998/namespace}id", "id")


class Channels(NamedTuple):
    """The positions of x, y and the time within a point, what their numbers are multiplied by,
    and how many numbers a point has at least."""

    x: int = 0
    y: int = 1
    time: int | None = None
    scale: tuple[float, float, float] = (1.0, 1.0, 1e-3)
    regular: int = 2

    @property
    def columns(self) -> list[int]:
        """The positions of what is read."""
        return [self.x, self.y] if self.time is None else [self.x, self.y, self.time]


class Differences:
    """One channel of a trace: the values that its numbers stand for.

    A number is a value (after !, and at first), the difference of two values (after ') or the
    difference of two differences (after "); what was said last holds until another is said.
    """

    def __init__(self) -> None:
        self.value = self._difference = 0.0
        self._order = "!"

    def read(self, order: str, number: float | None) -> None:
        """Sets `value` to the next one; without a number, it stays the last one."""
        self._order = order or self._order
        before = self.value
        match self._order:
            case _ if number is None:
                pass
            case "!":
                self.value = number
            case "'":
                self.value += number
            case _:
                self.value += self._difference + number
        self._difference = self.value - before


def read(path: Path) -> InkFile:
    """All traces of a file as one ink; its text is that of its annotations.

    The channels X, Y and T are read, in the trace format of each trace's context, with
    differences of first and second order (InkML, section 3.2.1). Traces of a pen that is up and
    empty ones are left out, and times that run backwards.

    Raises InputError for broken XML, for points that cannot be read and for a file without
    traces.
    """
    root = parse_xml(path)
    with prefix_errors(path):
        if local_name(root) != "ink":
            raise InputError("it is not an InkML file, which begins with <ink>: name another file")
        strokes, notes = Document(root).strokes()
        if not strokes:
            raise InputError("it has no <trace> with points: name a file that holds strokes")
        return InkFile([Ink(tuple(strokes), _truth(root))], tuple(notes))


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


class Document:
    """The traces of a file, each with the channels of its context."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._by_id: dict[str, Element] = {}
        self._channels: dict[Element, Channels | None] = {}
        self._viewed: set[Element] = set()
        for element in root.iter():
            for name in IDS:
                if element.get(name):
                    self._by_id.setdefault(element.get(name, ""), element)

    def strokes(self) -> tuple[list[Stroke], list[str]]:
        """The strokes, and what was left out, in words."""
        parts: list[list[Stroke]] = []
        places: dict[str, int] = {}
        empty = 0
        for number, (trace, channels) in enumerate(self._traces(), 1):
            stroke = _stroke(number, trace, channels)
            if not len(stroke):
                empty += 1
                continue
            place = places.get(_reference(trace, "priorRef"))
            if place is None or trace.get("continuation") not in ("middle", "end"):
                place = len(parts)
                parts.append([])
            parts[place].append(stroke)
            places |= {trace.get(name, ""): place for name in IDS if trace.get(name)}
        notes = [f"left out {counted(empty, 'empty trace')}"] if empty else []
        notes += [f"left out times in the unit {unit[:60]!r}" for unit in self._unknown_units()[:1]]
        return [np.concatenate(each) for each in _untangle_times(parts, notes)], notes

    def _unknown_units(self) -> list[str]:
        """The units of times of which it is not known how many seconds they are."""
        channels = (element for element in self._root.iter() if local_name(element) == "channel")
        units = {each.get("units", "ms") for each in channels if each.get("name") == "T"}
        return sorted(units - SECONDS.keys())

    def _traces(self) -> Iterator[tuple[Element, Channels]]:
        """The traces of a pen that writes, in the order in which they are drawn."""
        seen: set[Element] = set()
        for trace, channels in self._walk(self._root, self._usual()):
            if trace not in seen and trace.get("type", "penDown") != "penUp":
                yield trace, channels
            seen.add(trace)

    def _walk(self, element: Element, channels: Channels) -> Iterator[tuple[Element, Channels]]:
        """The traces within an element; those in definitions are drawn where a view names them."""
        for child in element:
            match local_name(child):
                case "context":  # for all that follows
                    channels = self._channels_of(child, channels)
                case "trace":
                    yield child, self._named(child, channels)
                case "traceGroup":
                    yield from self._walk(child, self._named(child, channels))
                case "traceView":
                    yield from self._view(child, channels)
                    yield from self._walk(child, self._named(child, channels))

    def _view(self, view: Element, channels: Channels) -> Iterator[tuple[Element, Channels]]:
        """The traces that a view names: one, or those of a group; each group once."""
        target = self._by_id.get(_reference(view, "traceDataRef"))
        if target is not None and target not in self._viewed:
            self._viewed.add(target)
            channels = self._named(target, channels)
            for element in target.iter():
                if local_name(element) == "trace":
                    yield element, self._named(element, channels)

    def _usual(self) -> Channels:
        """The channels where no context is named: those of the first format that has X and Y."""
        inside = {e for d in self._root if local_name(d) == "definitions" for e in d.iter()}
        formats = [e for e in self._root.iter() if local_name(e) == "traceFormat"]
        formats.sort(key=lambda element: (not _names(element) >= {"X", "Y"}, element in inside))
        return _channels(formats[0]) if formats else Channels()

    def _named(self, element: Element, channels: Channels) -> Channels:
        """The channels of the context that an element names, else those around it."""
        context = self._by_id.get(_reference(element, "contextRef"))
        return channels if context is None else self._channels_of(context, channels)

    def _channels_of(self, context: Element, channels: Channels) -> Channels:
        """The channels of a context, else those around it."""
        if context not in self._channels:
            found = self._format_of(context)
            self._channels[context] = None if found is None else _channels(found)
        return self._channels[context] or channels

    def _format_of(self, context: Element) -> Element | None:
        """The trace format of a context: its own, or that of what it refers to."""
        for _ in range(10):  # references may go round in circles
            for element in context.iter():
                if local_name(element) == "traceFormat":
                    return element
            names = ("traceFormatRef", "inkSourceRef", "contextRef")
            found = [self._by_id.get(_reference(context, name)) for name in names]
            context = next((e for e in found if e is not None), Element("none"))
        return None


def _names(trace_format: Element) -> set[str]:
    return {each.get("name", "") for each in trace_format.iter() if local_name(each) == "channel"}


def _channels(trace_format: Element) -> Channels:
    """The channels of a trace format. InputError without X and Y."""
    found = [element for element in trace_format.iter() if local_name(element) == "channel"]
    names = [element.get("name", "") for element in found]
    if "X" not in names or "Y" not in names:
        shown = ", ".join(names)[:60]
        raise InputError(f"its points have the channels {shown!r}, but X and Y are needed")
    x, y, time = names.index("X"), names.index("Y"), names.index("T") if "T" in names else None
    signs = [-1.0 if found[n].get("orientation") == "-ve" else 1.0 for n in (x, y)]
    intermittent = [e for e in trace_format if local_name(e) == "intermittentChannels"]
    regular = len(found) - sum(local_name(e) == "channel" for part in intermittent for e in part)
    unit = None if time is None else SECONDS.get(found[time].get("units", "ms"))
    if unit is None or time is None or time >= regular:  # of unknown length, or not at every point
        time, unit = None, 1.0
    return Channels(x, y, time, (signs[0], signs[1], unit), regular)


def _stroke(number: int, trace: Element, channels: Channels) -> Stroke:
    """The points of a trace, (N, 2) or (N, 3); N may be 0. InputError where they are none."""
    columns, text = channels.columns, "".join(trace.itertext())
    needed = max(channels.regular, *(column + 1 for column in columns))
    points = _plain_points(text, columns, needed)
    if points is None:
        points = _read_points(number, text, columns, needed)
    if len(points) > MOST_POINTS:
        raise too_many_points()
    return np.array(points).reshape(-1, len(columns)) * channels.scale[: len(columns)]


def _plain_points(text: str, columns: list[int], needed: int) -> list[list[float]] | None:
    """Points of values alone, with spaces between them, as most files have: this is fast.

    None where there is anything else.
    """
    if not PLAIN.fullmatch(text):
        return None
    rows = [row for point in re.finditer(r"[^,]+", text) if (row := point[0].split())]
    try:
        return [[float(row[column]) for column in columns] for row in rows if row[needed - 1]]
    except (ValueError, IndexError):
        return None


def _read_points(number: int, text: str, columns: list[int], needed: int) -> list[list[float]]:
    """The points of the trace of this number, of values and differences.

    Raises InputError where they are not points.
    """
    points: list[list[float]] = []
    counters: list[Differences] = []
    for place, tokens in enumerate(_points(text), 1):
        values = _values(tokens)
        if values is None or len(values) < needed:
            raise InputError(
                f"point {place} of trace {number} is not a list of {needed} numbers or more: "
                "write it as <trace>x y, x y, ...</trace>"
            )
        counters += [Differences() for _ in range(len(values) - len(counters))]
        for (order, given, told), counter in zip(values, counters, strict=False):
            if told:
                counter.read(order, given)
        if all(values[column][2] for column in columns[:2]):
            points.append([counters[column].value for column in columns])
        if len(points) > MOST_POINTS:
            break
    return points


def _points(text: str) -> Iterator[list[str]]:
    """The tokens of each point; points without any are left out."""
    for point in re.finditer(r"[^,]+", text):
        if tokens := TOKEN.findall(point[0]):
            yield tokens


def _values(tokens: list[str]) -> list[tuple[str, float | None, bool]] | None:
    """Each value of a point: its order of difference, its number, and whether there is one.

    None where the tokens are not those of InkML.
    """
    values: list[tuple[str, float | None, bool]] = []
    order, sign = "", 1.0
    for token in tokens:
        if token in "!'\"" and sign == 1.0:
            order = token
        elif token in "-+" and sign == 1.0:
            sign = -1.0 if token == "-" else 1.0
        elif token in "*?":
            values.append((order, None, token == "*"))
            order, sign = "", 1.0
        elif token in "TF" or (token[0] in "#.0123456789" and token not in "#."):
            values.append((order, sign * _number(token), True))
            order, sign = "", 1.0
        else:
            return None
    return None if order or sign < 0 else values


def _number(token: str) -> float:
    if token in "TF":
        return float(token == "T")
    # What is too large for a float is infinite, and refused as such.
    if token[0] == "#":
        return float(int(token[1:], 16)) if len(token) < 200 else np.inf
    return float(token)


def _untangle_times(strokes: list[list[Stroke]], notes: list[str]) -> list[list[Stroke]]:
    """The parts of strokes with times, or without where these run backwards or some have none."""
    parts = [part for stroke in strokes for part in stroke]
    timed = [part[:, 2] for part in parts if part.shape[1] == 3]
    if not timed:
        return strokes
    times = np.concatenate(timed)
    if len(timed) == len(parts) and (times[1:] >= times[:-1]).all():
        return strokes
    notes.append("left out its times, which run backwards or are missing in places")
    return [[part[:, :2] for part in stroke] for stroke in strokes]


def _reference(element: Element, name: str) -> str:
    """The id in an attribute such as contextRef="#a"."""
    return element.get(name, "").rpartition("#")[2]


def _truth(element: Element, joint: str = "\n") -> str:
    """The text of an element's annotation, else those of its groups: of outer ones one a line."""
    for child in element:
        if text := _annotation(child):
            return text
    groups = (child for child in element if local_name(child) in ("traceGroup", "traceView"))
    return joint.join(text for group in groups if (text := _truth(group, " ")))


def _annotation(element: Element) -> str:
    """The text of a transcription, or "" for any other element."""
    is_truth = element.get("type", "").strip().lower() in TRUTHS
    match local_name(element):
        case "annotation" if is_truth:
            return (element.text or "").strip()
        case "annotationXML" if "mathml" not in element.get("encoding", "").lower():
            for inner in element.iter():
                if local_name(inner).lower() in TRUTHS:
                    return "".join(inner.itertext()).strip()
            return (element.text or "").strip() if is_truth else ""
    return ""

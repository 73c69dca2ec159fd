"""The elements of an SVG picture as strokes: what of it a pen could have drawn."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from reverie.codecs.ink import NEGLIGIBLE, Ink, Stroke
from reverie.errors import InputError
from reverie.formats.drawing import pen_width
from reverie.formats.markup import DEEPEST, MOST_POINTS, local_name, too_many_points
from reverie.formats.opening import counted
from reverie.formats.svg.paths import arc, flatten_path
from reverie.formats.svg.styles import (
    Style,
    StyleSheet,
    has_fill,
    has_stroke,
    inherit,
    is_blob,
    is_hidden,
    is_visible,
)
from reverie.formats.svg.transforms import (
    NUMBER,
    Matrix,
    Viewport,
    apply_transform,
    fit_box,
    own_matrix,
    read_length,
    translation,
)

CONTAINERS = {"svg", "g", "a", "switch", "use"}
LINES = {"path", "line", "polyline", "polygon"}
ROUND = {"circle", "ellipse", "rect"}
"""Shapes that are dots where they are small. Elements of other names draw no lines."""

DOT = 5.0
"""The largest dot, in widths of a pen that suits the letters."""

MOST_WORK = 1_000_000
"""The most rules and ten times the elements that are looked at, however often a picture uses its
parts. A page of handwriting has some thousand elements."""

HREFS = ("href", "{http://www.w3.org/1999/xlink}href")


class Drawing(NamedTuple):
    """The strokes of a picture, and how many lines were left out."""

    strokes: tuple[Stroke, ...]
    hidden: int
    """Lines that cannot be seen."""
    filled: int
    """Shapes that are painted within, as the outlines of letters are."""
    rules: int
    """Rules of style sheets with selectors other than tags, ids and classes."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, in words."""
        notes = []
        if self.filled:
            shapes = counted(self.filled, "filled shape")
            notes.append(f"left out {shapes}: a pen draws lines, not areas")
        if self.hidden:
            notes.append(f"left out {counted(self.hidden, 'hidden line')}")
        if self.rules:
            rules = counted(self.rules, "rule")
            notes.append(f"left out {rules} of its style sheet that no tag, id or class selects")
        return tuple(notes)


class Mark(NamedTuple):
    """A line on the page (N, 2)."""

    points: Stroke
    name: str
    """Of its element."""
    filled: bool
    """Whether its inside is painted, and not its outline."""

    def lies_within(self, size: float) -> bool:
        """Whether it is at most `size` wide and high."""
        return bool(np.ptp(self.points, axis=0).max() <= size)

    def middle(self) -> Stroke:
        """The middle (1, 2) of its bounds."""
        return (self.points.min(0) + self.points.max(0))[None] / 2

    def encloses(self, points: Stroke) -> bool:
        """Whether all of the points lie within its bounds."""
        low, high = self.points.min(0), self.points.max(0)
        return bool((points >= low).all() and (points <= high).all())


def drawing_in(root: Element) -> Drawing:
    """The strokes of a picture in the order in which they are drawn.

    Strokes are the lines of a stroke that is painted; where a picture says nothing of paint, all
    lines that are not closed. Small shapes are dots. Hidden lines, other filled shapes and the
    sheet that all the ink lies on are left out.

    Raises InputError for broken paths and transforms, for a picture that is too large, and for
    one that refers to itself without end.
    """
    walk = Walk(root)
    with np.errstate(over="ignore", invalid="ignore"):  # ink that is not finite is refused
        walk.enter(root, Place(np.eye(3), {}, _page(root)))
        strokes, filled = _choose(walk.marks)
        return Drawing(strokes, walk.hidden, filled, walk.sheet.unread)


def _choose(marks: Sequence[Mark]) -> tuple[tuple[Stroke, ...], int]:
    """The strokes among marks, and the number of filled shapes."""
    lines = tuple(m.points for m in marks if m.name in LINES and not m.filled)
    size = DOT * pen_width(Ink(lines)) if lines else 0.0
    points = np.concatenate(lines) if lines else np.zeros((0, 2))
    strokes, filled = [], 0
    for mark in marks:
        if mark.name in LINES and not mark.filled:
            strokes.append(_collapse_dot(mark.points))
        elif lines and mark.name == "rect" and mark.encloses(points):
            continue  # the paper
        elif mark.lies_within(size):
            strokes.append(mark.middle())
        elif mark.filled:
            filled += 1
        else:
            strokes.append(mark.points)
    return tuple(strokes), filled


class Place(NamedTuple):
    """Where and how the elements within another one are drawn."""

    matrix: Matrix
    """From their coordinates to the page."""
    style: Style
    """What they inherit."""
    view: Viewport
    lineage: tuple[Element, ...] = ()
    """The elements around them, from the root on."""
    unseen: bool = False
    """Whether they are hidden whatever their own style is."""

    def within(self, box: Element, at: Element) -> "Place | None":
        """The place within an <svg> or <symbol> where `at` puts it; None where that has no size."""
        x, y = _pair(at, "x", "y", self.view)
        width = _length(at, "width", self.view.width, box.get("width", "100%"))
        height = _length(at, "height", self.view.height, box.get("height", "100%"))
        if min(width, height) <= 0:
            return None
        aspect = box.get("preserveAspectRatio", "")
        fitted, view = fit_box(box.get("viewBox", ""), aspect, Viewport(width, height))
        return self._replace(matrix=self.matrix @ translation(x, y) @ fitted, view=view)


class Walk:
    """A way through the tree of a picture, which collects its `marks` and counts `hidden` ones.

    `sheet` has the rules of its style sheets.
    """

    def __init__(self, root: Element) -> None:
        self.marks: list[Mark] = []
        self.hidden = 0
        self.sheet = StyleSheet(root)
        self._by_id: dict[str, Element] = {}
        for element in root.iter():
            if name := element.get("id"):
                self._by_id.setdefault(name, element)
        self._outlines: dict[tuple[Element, Viewport], list[Stroke]] = {}
        self._work = self._points = 0

    def enter(self, element: Element, place: Place) -> None:
        """Walks through an element at a place, and all that is in it."""
        name = local_name(element)
        if name not in CONTAINERS | LINES | ROUND:
            return
        here = self._inside(element, place)
        if name in LINES | ROUND:
            self._mark(element, name, here)
        elif name == "use":
            self._use(element, here)
        elif inside := here.within(element, element) if name == "svg" and place.lineage else here:
            for child in _drawn_children(element):
                self.enter(child, inside)

    def _inside(self, element: Element, place: Place) -> Place:
        """The place of what is in an element, by its own style and transform."""
        lineage = (*place.lineage, element)
        if len(lineage) > DEEPEST:
            raise InputError(f"its groups are nested more than {DEEPEST} deep: flatten them")
        candidates = self.sheet.candidates(element)
        self._spend(10 + len(candidates) * (1 + len(lineage) // 2))
        own = self.sheet.style(lineage, candidates)
        matrix = place.matrix @ own_matrix(own, place.view)
        unseen = place.unseen or is_hidden(own) or _flattens(matrix)
        return Place(matrix, inherit(place.style, own), place.view, lineage, unseen)

    def _use(self, element: Element, place: Place) -> None:
        """Walks through what a <use> shows; nothing where it is not in this file."""
        reference = next((element.get(name, "") for name in HREFS if element.get(name)), "")
        target = self._by_id.get(reference.strip().removeprefix("#"))
        if target is None or target in place.lineage:
            return
        if local_name(target) != "symbol":
            x, y = _pair(element, "x", "y", place.view)
            self.enter(target, place._replace(matrix=place.matrix @ translation(x, y)))
        elif inside := self._inside(target, place).within(target, element):
            for child in target:
                self.enter(child, inside)

    def _mark(self, element: Element, name: str, place: Place) -> None:
        """Adds the lines of an element, or counts them as hidden."""
        style = place.style
        stroke, fill = has_stroke(style), has_fill(style)
        if place.unseen or not is_visible(style) or not (stroke or fill):
            self.hidden += 1
            return
        key = element, place.view
        if key not in self._outlines:
            self._outlines[key] = list(_outlines(element, name, place.view))
        unsaid = "fill" not in style and "stroke" not in style
        for outline in self._outlines[key]:
            self._points += len(outline)
            self._spend(1)
            closed = len(outline) > 2 and bool((outline[0] == outline[-1]).all())
            filled = (closed and is_blob(style)) if stroke else (closed or not unsaid)
            self.marks.append(Mark(apply_transform(outline, place.matrix), name, filled))

    def _spend(self, steps: int) -> None:
        """InputError where a picture makes too much of what is in it."""
        self._work += steps
        if self._points > MOST_POINTS:
            raise too_many_points()
        if self._work > MOST_WORK:
            raise InputError(
                f"it draws more than {MOST_WORK // 10:,} elements, or has too many rules for them: "
                "split it, or use its parts less often"
            )


def _flattens(matrix: Matrix) -> bool:
    """Whether a matrix leaves nothing of an area, so that what it is applied to is not drawn."""
    (a, c, _), (b, d, _), _ = matrix.tolist()
    return abs(a * d - b * c) <= NEGLIGIBLE**2 * (a * a + b * b + c * c + d * d)


def _drawn_children(element: Element) -> Iterator[Element]:
    """The children, or of a <switch> the first that needs no extension."""
    if local_name(element) != "switch":
        yield from element
        return
    for child in element:
        if local_name(child) in CONTAINERS and not child.get("requiredExtensions"):
            yield child
            return


def _page(root: Element) -> Viewport:
    """The size of the page in its own coordinates."""
    _, view = fit_box(root.get("viewBox", ""), "", Viewport(100.0, 100.0))
    if root.get("viewBox"):
        return view
    return Viewport(*_pair(root, "width", "height", Viewport(100.0, 100.0), "100%"))


def _outlines(element: Element, name: str, view: Viewport) -> Iterator[Stroke]:
    """The lines of one element in its own coordinates."""
    match name:
        case "path":
            data = element.get("d", "").strip()
            yield from flatten_path("" if data == "none" else data)
        case "polyline" | "polygon":
            found = islice(NUMBER.finditer(element.get("points", "")), 2 * MOST_POINTS + 2)
            numbers = [float(number[0]) for number in found]
            points = np.array(numbers[: len(numbers) // 2 * 2]).reshape(-1, 2)
            if len(points):
                yield np.concatenate([points, points[: name == "polygon"]])
        case "line":
            yield np.array([_pair(element, "x1", "y1", view), _pair(element, "x2", "y2", view)])
        case "rect":
            x, y = _pair(element, "x", "y", view)
            across, down = _pair(element, "width", "height", view)
            if across > 0 and down > 0:
                right, bottom = x + across, y + down
                yield np.array([(x, y), (right, y), (right, bottom), (x, bottom), (x, y)])
        case "circle" | "ellipse":
            x, y = _pair(element, "cx", "cy", view)
            rx, ry = _radii(element, name, view)
            if rx > 0 and ry > 0:
                yield _ellipse(complex(x, y), rx, ry)


def _radii(element: Element, name: str, view: Viewport) -> tuple[float, float]:
    """Those of a circle or an ellipse; of an ellipse, one that is not given is the other one."""
    if name == "circle":
        radius = _length(element, "r", float(np.hypot(*view) / np.sqrt(2)))
        return radius, radius
    rx = _length(element, "rx", view.width, element.get("ry", "0"))
    return rx, _length(element, "ry", view.height, element.get("rx", "0"))


def _ellipse(centre: complex, rx: float, ry: float) -> Stroke:
    right, left = centre + rx, centre - rx
    points = [right, *arc(right, [rx, ry, 0, 0, 1], left), *arc(left, [rx, ry, 0, 0, 1], right)]
    return np.array([(point.real, point.imag) for point in points])


def _pair(
    element: Element, across: str, down: str, view: Viewport, default: str = "0"
) -> tuple[float, float]:
    """The lengths in two attributes, one along x and one along y."""
    x = _length(element, across, view.width, default)
    return x, _length(element, down, view.height, default)


def _length(element: Element, name: str, whole: float, default: str = "0") -> float:
    """The length in an attribute, in pixels; `whole` is 100 %."""
    text = element.get(name) or default
    length = read_length(default if text.strip() == "auto" else text, whole)
    if length is None:
        raise InputError(
            f"the length {text[:60]!r} of a <{local_name(element)}> is not a number: "
            "save the picture again"
        )
    return length


def _collapse_dot(stroke: Stroke) -> Stroke:
    """A stroke whose points are all in one place becomes a single point, a dot."""
    extent, far = np.ptp(stroke, axis=0).max(), np.abs(stroke).max()
    return stroke[:1] if extent <= NEGLIGIBLE * far else stroke

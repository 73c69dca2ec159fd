"""The elements of an SVG picture as strokes."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import numpy as np

from reverie.codecs.ink import Stroke
from reverie.errors import InputError
from reverie.formats.opening import local_name
from reverie.formats.svg.paths import flatten_path
from reverie.formats.svg.transforms import NUMBER, Matrix, apply_transform, parse_transform

NOT_DRAWN = {"defs", "clipPath", "mask", "marker", "pattern", "symbol", "metadata"}

DEEPEST = 200
"""The most levels of nested groups."""


def strokes_in(root: Element) -> Iterator[Stroke]:
    """The strokes of a picture; InputError for broken paths and for groups nested too deeply."""
    return map(_collapse_dot, _strokes(root, np.eye(3), 0))


def _strokes(element: Element, above: Matrix, depth: int) -> Iterator[Stroke]:
    if depth > DEEPEST:
        raise InputError(f"its groups are nested more than {DEEPEST} deep: flatten them")
    if local_name(element) in NOT_DRAWN:
        return
    matrix = above @ parse_transform(element.get("transform", ""))
    for line in _lines(element):
        yield apply_transform(line, matrix)
    for child in element:
        yield from _strokes(child, matrix, depth + 1)


def _lines(element: Element) -> list[Stroke]:
    """The lines of one element, without its children."""
    match local_name(element):
        case "path":
            return flatten_path(element.get("d", ""))
        case "polyline" | "polygon" as name:
            numbers = [float(number) for number in NUMBER.findall(element.get("points", ""))]
            points = np.array(numbers[: len(numbers) // 2 * 2]).reshape(-1, 2)
            closed = np.concatenate([points, points[:1]]) if name == "polygon" else points
            return [closed] if len(points) else []
        case "line":
            ends = [_length(element.get(name, "0")) for name in ("x1", "y1", "x2", "y2")]
            return [np.array(ends).reshape(2, 2)]
    return []


def _length(text: str) -> float:
    if found := re.match(rf"\s*({NUMBER.pattern})", text):
        return float(found[1])
    raise InputError(f"the length {text!r} of a line is not a number: save the picture again")


def _collapse_dot(stroke: Stroke) -> Stroke:
    """A stroke whose points are all in one place becomes a single point, a dot."""
    return stroke[:1] if (stroke == stroke[0]).all() else stroke

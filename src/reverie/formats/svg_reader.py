"""Ink from SVG pictures."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from reverie.codecs.ink import Ink, Stroke
from reverie.errors import InputError
from reverie.formats.opening import local_name, parse_xml, prefix_errors
from reverie.formats.svg_paths import flatten_path
from reverie.formats.svg_transforms import NUMBER, Matrix, apply_transform, parse_transform

NOT_DRAWN = {"defs", "clipPath", "mask", "marker", "pattern", "symbol", "metadata"}

DEEPEST = 200
"""How many groups may lie in one another."""


def read_svg(path: Path) -> Ink:
    """The paths, lines, polylines and polygons of a picture as strokes, one a subpath.

    Curves are made into short lines and transforms are carried out; the text is the title.
    Raises InputError for broken XML, broken paths and pictures without any of these.
    """
    root = parse_xml(path)
    with prefix_errors(path):
        if local_name(root) != "svg":
            raise InputError("it is no SVG file, which begins with <svg>: name another file")
        strokes = tuple(map(_without_standing, _strokes(root, np.eye(3), 0)))
        if not strokes:
            raise InputError("it has no paths or lines: convert its shapes to paths")
        titles = [e.text or "" for e in root if local_name(e) == "title"]
        return Ink(strokes, titles[0].strip() if titles else "")


def _strokes(element: Element, above: Matrix, depth: int) -> Iterator[Stroke]:
    if depth > DEEPEST:
        raise InputError(f"its groups lie more than {DEEPEST} deep in one another: flatten them")
    if local_name(element) in NOT_DRAWN:
        return
    matrix = above @ parse_transform(element.get("transform", ""))
    for line in _lines(element):
        yield apply_transform(line, matrix)
    for child in element:
        yield from _strokes(child, matrix, depth + 1)


def _lines(element: Element) -> list[Stroke]:
    """The lines that an element itself draws."""
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
    raise InputError(f"the length {text!r} of a line is no number: save the picture again")


def _without_standing(stroke: Stroke) -> Stroke:
    """A stroke whose points are all in one place is a dot."""
    return stroke[:1] if (stroke == stroke[0]).all() else stroke

"""Coordinates of SVG: lengths, transforms and viewports."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reverie.errors import InputError

Matrix = npt.NDArray[np.float64]
"""(3, 3): maps a column (x, y, 1) from the coordinates of an element to those of its parent."""

CALL = re.compile(r"[\s,]*(\w+)\s*\(([^()]*)\)")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
QUANTITY = re.compile(rf"({NUMBER.pattern})([a-zA-Z%]*)")

UNITS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
}
"""Pixels in a unit of length (CSS Values 4, section 6.2), for a font of 16 pixels."""

ANGLES = {"": 1.0, "deg": 1.0, "rad": 180 / np.pi, "grad": 0.9, "turn": 360.0}
"""Degrees in a unit of angle."""

SINGLE = ("translate", "rotate", "scale")
"""The properties that are one transform each, in the order in which they are carried out."""

KEYWORDS = {"left": 0.0, "top": 0.0, "center": 0.5, "right": 1.0, "bottom": 1.0}


class Viewport(NamedTuple):
    """The size in which percentages are counted."""

    width: float
    height: float


def read_length(text: str, whole: float) -> float | None:
    """A length in pixels, where 100 % is `whole`; None where it is not a length."""
    found = QUANTITY.match(text.strip())
    if not found:
        return None
    unit = whole / 100 if found[2] == "%" else UNITS.get(found[2].lower(), 1.0)
    return float(found[1]) * unit


def parse_transform(text: str, view: Viewport = Viewport(100.0, 100.0)) -> Matrix:
    """The matrix of a list such as "translate(3) rotate(45)", with the units of CSS or without.

    Raises InputError for anything else.
    """
    matrix, place = np.eye(3), 0
    text = "" if text.strip() == "none" else text.strip()
    while call := CALL.match(text, place):
        matrix = matrix @ _matrix(call[1], _arguments(call[1], call[2], view), text)
        place = call.end()
    if text[place:].strip(" ,\t\r\n"):
        raise _unreadable(text)
    return matrix


def own_matrix(style: Mapping[str, str], view: Viewport) -> Matrix:
    """The transform of an element with that style, about its origin.

    The properties translate, rotate and scale come before it (CSS Transforms 2, section 6).
    """
    own = [f"{name}({style[name]})" for name in SINGLE if style.get(name, "none") != "none"]
    matrix = parse_transform(" ".join(own), view)
    matrix = matrix @ parse_transform(style.get("transform", ""), view)
    x, y = _origin(style.get("transform-origin", ""), view)
    if (x, y) == (0, 0):
        return matrix
    return translation(x, y) @ matrix @ translation(-x, -y)


def translation(x: float, y: float) -> Matrix:
    """The matrix that moves by (x, y)."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def fit_box(box: str, aspect: str, view: Viewport) -> tuple[Matrix, Viewport]:
    """What maps the rectangle of a `viewBox` into a viewport, and the viewport within it.

    `aspect` is the attribute preserveAspectRatio. What is not a box of some size is ignored.
    """
    numbers = [float(number) for number in NUMBER.findall(box)]
    if len(numbers) != 4 or min(numbers[2:]) <= 0:
        return np.eye(3), view
    x, y, width, height = numbers
    across, down = view.width / width, view.height / height
    words = (aspect or "xMidYMid").split() or ["xMidYMid"]
    if words[0] != "none":
        across = down = max(across, down) if "slice" in words else min(across, down)
    places = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}
    aside = places.get(words[0][1:4], 0.5) * (view.width - across * width)
    below = places.get(words[0][5:8], 0.5) * (view.height - down * height)
    if words[0] == "none":
        aside = below = 0.0
    scale = np.diag([across, down, 1.0])
    return translation(aside, below) @ scale @ translation(-x, -y), Viewport(width, height)


def apply_transform(points: npt.NDArray[np.float64], matrix: Matrix) -> npt.NDArray[np.float64]:
    """Points (N, 2) in the coordinates of the parent."""
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def _arguments(name: str, text: str, view: Viewport) -> list[float]:
    """The arguments of a transform: pixels, degrees or factors."""
    numbers = []
    for place, (number, unit) in enumerate(QUANTITY.findall(text)):
        factor = (UNITS | ANGLES).get(unit.lower(), np.nan)
        if unit == "%":
            whole = view.height if place or name == "translateY" else view.width
            factor = whole / 100 if name.startswith("translate") else 0.01
        numbers.append(float(number) * factor)
    if not np.isfinite(numbers).all():
        raise _unreadable(f"{name}({text})")
    return numbers


def _origin(text: str, view: Viewport) -> tuple[float, float]:
    words = text.split()[:2]
    if not words:
        return 0.0, 0.0
    if words[0] in ("top", "bottom") or words[-1] in ("left", "right"):
        words.reverse()
    words = words if len(words) == 2 else [*words, "center"]
    place = []
    for word, whole in zip(words, view, strict=True):
        length = KEYWORDS[word] * whole if word in KEYWORDS else read_length(word, whole)
        place.append(length or 0.0)
    return place[0], place[1]


def _matrix(name: str, numbers: list[float], text: str) -> Matrix:
    match name, numbers:
        case "matrix", [a, b, c, d, e, f]:
            return np.array([[a, c, e], [b, d, f], [0, 0, 1]])
        case "translate" | "translateX", [x]:
            return translation(x, 0)
        case "translateY", [y]:
            return translation(0, y)
        case "translate", [x, y]:
            return translation(x, y)
        case "scale", [x]:
            return np.diag([x, x, 1.0])
        case "scale", [x, y]:
            return np.diag([x, y, 1.0])
        case "scaleX", [x]:
            return np.diag([x, 1.0, 1.0])
        case "scaleY", [y]:
            return np.diag([1.0, y, 1.0])
        case "rotate", [angle]:
            cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
            return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        case "rotate", [angle, x, y]:
            return translation(x, y) @ _matrix("rotate", [angle], text) @ translation(-x, -y)
        case "skewX" | "skew", [angle]:
            return np.array([[1, np.tan(np.radians(angle)), 0], [0, 1, 0], [0, 0, 1]])
        case "skewY", [angle]:
            return np.array([[1, 0, 0], [np.tan(np.radians(angle)), 1, 0], [0, 0, 1]])
        case "skew", [x, y]:
            across, down = np.tan(np.radians([x, y]))
            return np.array([[1, across, 0], [down, 1, 0], [0, 0, 1]])
    raise _unreadable(text)


def _unreadable(text: str) -> InputError:
    return InputError(
        f"the transform {text[:60]!r} cannot be read: "
        "use matrix, translate, scale, rotate, skewX and skewY"
    )

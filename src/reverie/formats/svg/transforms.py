"""The attribute `transform` of SVG."""

import re

import numpy as np
import numpy.typing as npt

from reverie.errors import InputError

Matrix = npt.NDArray[np.float64]
"""(3, 3): maps a column (x, y, 1) from the coordinates of an element to those of its parent."""

CALL = re.compile(r"\s*,?\s*(\w+)\s*\(([^)]*)\)")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def parse_transform(text: str) -> Matrix:
    """The matrix of a list such as "translate(3) rotate(45)"; InputError for anything else."""
    matrix, place = np.eye(3), 0
    while call := CALL.match(text, place):
        numbers = [float(number) for number in NUMBER.findall(call[2])]
        with np.errstate(over="ignore", invalid="ignore"):
            matrix = matrix @ _matrix(call[1], numbers, text)
        place = call.end()
    if text[place:].strip():
        raise _unreadable(text)
    return matrix


def apply_transform(points: npt.NDArray[np.float64], matrix: Matrix) -> npt.NDArray[np.float64]:
    """Points (N, 2) in the coordinates of the parent."""
    with np.errstate(over="ignore", invalid="ignore"):  # ink that is not finite is refused
        return points @ matrix[:2, :2].T + matrix[:2, 2]


def _matrix(name: str, numbers: list[float], text: str) -> Matrix:
    match name, numbers:
        case "matrix", [a, b, c, d, e, f]:
            return np.array([[a, c, e], [b, d, f], [0, 0, 1]])
        case "translate", [x]:
            return _matrix("matrix", [1, 0, 0, 1, x, 0], text)
        case "translate", [x, y]:
            return _matrix("matrix", [1, 0, 0, 1, x, y], text)
        case "scale", [x]:
            return _matrix("matrix", [x, 0, 0, x, 0, 0], text)
        case "scale", [x, y]:
            return _matrix("matrix", [x, 0, 0, y, 0, 0], text)
        case "rotate", [angle]:
            cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
            return _matrix("matrix", [cos, sin, -sin, cos, 0, 0], text)
        case "rotate", [angle, x, y]:
            there, back = (
                parse_transform(f"translate({x} {y})"),
                parse_transform(f"translate({-x} {-y})"),
            )
            return there @ _matrix("rotate", [angle], text) @ back
        case "skewX", [angle]:
            return _matrix("matrix", [1, 0, np.tan(np.radians(angle)), 1, 0, 0], text)
        case "skewY", [angle]:
            return _matrix("matrix", [1, np.tan(np.radians(angle)), 0, 1, 0, 0], text)
    raise _unreadable(text)


def _unreadable(text: str) -> InputError:
    return InputError(
        f"the transform {text[:60]!r} cannot be read: "
        "use matrix, translate, scale, rotate, skewX and skewY"
    )

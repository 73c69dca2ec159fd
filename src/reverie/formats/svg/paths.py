"""The data of SVG paths: every curve becomes a chain of short lines."""

import cmath
import math
import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import FARTHEST
from reverie.errors import InputError
from reverie.formats.markup import MOST_POINTS, too_many_points

ARGUMENTS = {
    "M": "nn",
    "L": "nn",
    "H": "n",
    "V": "n",
    "C": "nnnnnn",
    "S": "nnnn",
    "Q": "nnnn",
    "T": "nn",
    "A": "nnnffnn",
    "Z": "",
}
"""The arguments of each command: n is a number, f a flag, which needs no separator after it."""

PATTERNS = {
    "n": re.compile(r"[\s,]*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"),
    "f": re.compile(r"[\s,]*([01])"),
}
COMMAND = re.compile(r"\s*([MmLlHhVvCcSsQqTtAaZz])")
SEPARATORS = re.compile(r"[\s,]*")

TURN = math.radians(12)
"""The largest angle between neighbouring lines of a curve."""

MOST = 64
"""The most lines for one curve."""


def flatten_path(data: str) -> list[npt.NDArray[np.float64]]:
    """The subpaths of the attribute `d`, each as points (N, 2).

    Raises InputError where it is not the data of a path, and for too many points.
    """
    pen = PathPen()
    for letter, numbers in _commands(data):
        pen.execute(letter, numbers)
    return [np.array(line, complex).view(np.float64).reshape(-1, 2) for line in pen.lines]


class PathPen:
    """Follows the commands of a path. Points are complex numbers, x + i y.

    `lines` are the subpaths so far.
    """

    def __init__(self) -> None:
        self.lines: list[list[complex]] = []
        self._here = self._start = 0j
        self._handle: complex | None = None
        self._handle_of = ""
        self._down = False
        self._count = 0

    def execute(self, letter: str, numbers: list[float]) -> None:
        """Executes one command."""
        origin = self._here if letter.islower() else 0j
        points = [origin + complex(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=False)]
        match letter.upper(), points:
            case "M", [to]:
                self._here = self._start = to
                self._down = False
            case "Z", _:
                self._draw([self._start])
                self._down = False
            case "L", [to]:
                self._draw([to])
            case "H", _:
                self._draw([complex(origin.real + numbers[0], self._here.imag)])
            case "V", _:
                self._draw([complex(self._here.real, origin.imag + numbers[0])])
            case "A", _:
                self._draw(arc(self._here, numbers, origin + complex(*numbers[5:])))
            case "C" | "S" | "Q" | "T", _:
                self._curve(letter.upper(), points)

    def _draw(self, points: list[complex]) -> None:
        if not self._down:
            self.lines.append([self._here])
            self._down = True
        self.lines[-1].extend(points)
        self._count += len(points)
        if self._count > MOST_POINTS:
            raise too_many_points()
        self._here = points[-1]
        self._handle = None

    def _curve(self, kind: str, points: list[complex]) -> None:
        """A Bezier curve; S and T begin with the mirror image of the last handle."""
        if kind in "ST":
            kind = {"S": "C", "T": "Q"}[kind]
            mirrors = self._handle is not None and self._handle_of == kind
            handle = self._handle if mirrors and self._handle is not None else self._here
            points = [2 * self._here - handle, *points]
        self._draw(bezier([self._here, *points]))
        self._handle, self._handle_of = points[-2], kind


def bezier(controls: list[complex]) -> list[complex]:
    """The points of a Bezier curve after its first: the more its controls turn, the more points."""
    sides = [b - a for a, b in pairwise(controls) if b != a]
    turn = sum(abs(cmath.phase(b * a.conjugate())) for a, b in pairwise(sides))
    count = min(MOST, 1 + math.ceil(turn / TURN))
    degree, differences = len(controls) - 1, controls
    coefficients = []  # of the powers of the parameter, from the first on
    for power in range(1, degree + 1):
        differences = [b - a for a, b in pairwise(differences)]
        coefficients.append(math.comb(degree, power) * differences[0])
    points = []
    for step in range(1, count):
        offset, at = 0j, step / count
        for coefficient in reversed(coefficients):
            offset = (offset + coefficient) * at
        points.append(controls[0] + offset)
    return [*points, controls[-1]]


def arc(begin: complex, numbers: list[float], end: complex) -> list[complex]:
    """The points of an elliptic arc after its first (SVG 2, appendix B.2.4).

    `numbers` are the two radii, the angle of the first one in degrees, whether the longer arc
    is taken, and whether it runs in the direction of increasing angles.
    """
    rx, ry, tilt, large, sweep = abs(numbers[0]), abs(numbers[1]), *numbers[2:5]
    if begin == end or min(rx, ry) <= 1e-9 * abs(end - begin):
        return [end]
    turned = cmath.rect(1, math.radians(tilt))

    # In coordinates in which the ellipse is the unit circle.
    chord = (begin - end) / turned
    half = complex(chord.real / rx, chord.imag / ry) / 2
    if abs(half) > 1:  # too small to reach: made as large as it must be
        rx, ry, half = rx * abs(half), ry * abs(half), half / abs(half)
    # The chord runs from `half` to -`half`; the centre of the circle is one of two.
    side = 1j if large == sweep else -1j
    centre = side * half * math.sqrt(max(0.0, 1 / max(abs(half) ** 2, 1e-30) - 1))
    first = cmath.phase(half - centre)
    angle = (cmath.phase(-half - centre) - first) % math.tau - (0 if sweep else math.tau)
    count = max(2, math.ceil(abs(angle) / TURN))
    on_circle = [cmath.rect(1, first + angle * step / count) + centre for step in range(1, count)]
    middle = (begin + end) / 2
    return [*(middle + turned * complex(p.real * rx, p.imag * ry) for p in on_circle), end]


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """The commands one by one, with implicit repetitions made explicit."""
    place = 0
    while command := COMMAND.match(data, place):
        letter = command[1]
        if not place and letter not in "Mm":
            break
        numbers, place = _arguments(letter, data, command.end())
        yield letter, numbers
        # Further points after a move are lines.
        letter = {"M": "L", "m": "l"}.get(letter, letter)
        place = _skip_separators(data, place)
        while ARGUMENTS[letter.upper()] and place < len(data) and not COMMAND.match(data, place):
            numbers, place = _arguments(letter, data, place)
            yield letter, numbers
            place = _skip_separators(data, place)
    if data[place:].strip():
        raise _broken(data, place)


def _arguments(letter: str, data: str, place: int) -> tuple[list[float], int]:
    """The numbers that one command needs, and where they end."""
    numbers = []
    for kind in ARGUMENTS[letter.upper()]:
        found = PATTERNS[kind].match(data, place)
        if not found or abs(float(found[1])) > FARTHEST:
            raise _broken(data, _skip_separators(data, place))
        numbers.append(float(found[1]))
        place = found.end()
    return numbers, place


def _skip_separators(data: str, place: int) -> int:
    found = SEPARATORS.match(data, place)
    return found.end() if found else place


def _broken(data: str, place: int) -> InputError:
    return InputError(
        f"the data of a path cannot be read at character {place + 1} "
        f"({data[place : place + 20]!r}): save the picture again"
    )

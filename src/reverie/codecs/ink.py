"""Ink: the strokes of a pen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, final

import numpy as np
import numpy.typing as npt

from reverie.errors import InputError

Stroke = npt.NDArray[np.float64]
"""The points of one stroke, (N, 2) x and y, or (N, 3) with the time in seconds."""


NEGLIGIBLE = 1e-9
"""Extents that are smaller than this part of a larger one are errors of rounding."""

FLAT = 1 / 200
"""What is lower than this part of its width is a straight line, not writing: it has no height."""

FARTHEST, NEAREST = 1e100, 1e-100
"""The largest coordinate, and the extent below which ink is a dot: squares of what lies beyond
would not be floats."""


@final
@dataclass(frozen=True, eq=False)
class Ink:
    """Strokes in page units, x to the right and y downwards, and the text that they spell.

    Each of the `strokes` is (N, 2), or for all of them (N, 3) with a time in seconds that
    never decreases. A stroke of one point is a dot.

    Raises InputError for no strokes, empty ones, shapes other than these, numbers that are
    not finite or beyond `FARTHEST`, and decreasing times.
    """

    strokes: tuple[Stroke, ...] = field(repr=False)
    text: str = ""

    def __post_init__(self) -> None:
        strokes = tuple(
            _check_stroke(number, stroke) for number, stroke in enumerate(self.strokes, 1)
        )
        object.__setattr__(self, "strokes", strokes)
        if not strokes:
            raise InputError("the ink has no strokes: give one point or more")
        if len({stroke.shape[1] for stroke in strokes}) > 1:
            raise InputError(
                "some strokes of the ink have times and others have none: give times to all or none"
            )
        _refuse_impossible(self)

    @classmethod
    def of_points(
        cls, points: npt.NDArray[np.floating], ends: npt.NDArray[np.bool_], text: str = ""
    ) -> Self:
        """The ink of points (N, 2 or 3) of which `ends` (N,) marks the last of each stroke."""
        return cls(tuple(np.split(points, np.flatnonzero(ends[:-1]) + 1)), text)

    @cached_property
    def points(self) -> Stroke:
        """All points, (N, 2 or 3)."""
        return np.concatenate(self.strokes)

    @cached_property
    def ends(self) -> npt.NDArray[np.bool_]:
        """Which points are the last of their stroke, (N,)."""
        ends = np.zeros(len(self.points), bool)
        ends[np.cumsum([len(stroke) for stroke in self.strokes]) - 1] = True
        return ends

    @property
    def timed(self) -> bool:
        """Whether the points have times."""
        return self.points.shape[1] == 3

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The least x and y and the greatest x and y."""
        (left, top), (right, bottom) = self.points[:, :2].min(0), self.points[:, :2].max(0)
        return float(left), float(top), float(right), float(bottom)

    def move(self, x: float, y: float, scale: float = 1.0) -> "Ink":
        """The same ink, `scale` times as large and then moved by (x, y)."""
        factor = np.array([scale, scale, 1.0])
        shift = np.array([x, y, 0.0])
        columns = self.points.shape[1]
        return Ink(tuple(s * factor[:columns] + shift[:columns] for s in self.strokes), self.text)


def step_lengths(points: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The distance of each of the points (N, 2 or 3) from the one before it, (N - 1,)."""
    return np.hypot(*np.diff(points[:, :2], axis=0).T)


def path_length(points: npt.NDArray[np.floating]) -> float:
    """The length of the path through the points (N, 2 or 3), in page units."""
    return float(np.append(0.0, np.cumsum(step_lengths(points)))[-1])


def resample(stroke: npt.NDArray[np.floating], count: int) -> npt.NDArray[np.float64]:
    """`count` equidistant points (count, C) on the path of a stroke (N, C)."""
    length = np.append(0.0, np.cumsum(step_lengths(stroke)))
    places = np.linspace(0, length[-1], count)
    return np.column_stack([np.interp(places, length, column) for column in stroke.T])


def join_inks(inks: Iterable[Ink], text: str | None = None) -> Ink:
    """Several inks as one, each in its place. Without `text`, it has their texts, one a line.

    Times are left out: each ink has a clock of its own.
    """
    parts = list(inks)
    strokes = [stroke[:, :2] for ink in parts for stroke in ink.strokes]
    return Ink(tuple(strokes), "\n".join(ink.text for ink in parts) if text is None else text)


def _check_stroke(number: int, stroke: npt.ArrayLike | Sequence[Sequence[float]]) -> Stroke:
    try:
        points = np.asarray(stroke, np.float64)
    except (ValueError, TypeError, OverflowError):
        points = np.zeros(0)
    if points.ndim != 2 or points.shape[1] not in (2, 3) or not len(points):
        raise InputError(
            f"stroke {number} of the ink is not a list of points: "
            "each point must be [x, y] or [x, y, seconds], and a stroke needs at least one"
        )
    return points


def _refuse_impossible(ink: Ink) -> None:
    """Raises InputError for numbers that are not finite and for decreasing times."""
    wrong = np.logical_not(np.isfinite(ink.points).all(axis=1))
    if wrong.any():
        raise InputError(f"{_place(ink, wrong)} is not a finite number: repair it or leave it out")
    far = np.abs(ink.points[:, :2]).max(axis=1) > FARTHEST
    if far.any():
        raise InputError(f"{_place(ink, far)} is farther than {FARTHEST:g}: make the ink smaller")
    if ink.timed:
        back = np.diff(ink.points[:, 2], prepend=ink.points[0, 2]) < 0
        if back.any():
            raise InputError(
                f"{_place(ink, back)} is earlier than the point before it: sort the points by "
                "time, or leave the times out"
            )


def _place(ink: Ink, where: npt.NDArray[np.bool_]) -> str:
    """The first point that `where` (N,) marks, counted from 1."""
    index = int(np.argmax(where))
    stroke = int(ink.ends[:index].sum())
    within = index - sum(len(s) for s in ink.strokes[:stroke])
    return f"point {within + 1} of stroke {stroke + 1} of the ink"

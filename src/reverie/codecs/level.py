"""Lines of handwriting made level, and their sizes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import FLAT, NEAREST, NEGLIGIBLE, Ink, path_length, resample, step_lengths
from reverie.errors import InputError

SAME = 1.05
"""Sizes with a smaller ratio count as equal."""

MOST_STEPS = 100_000
"""The most steps of a line. One as long as that is no line of writing, or not one of its size."""


def level(ink: Ink) -> tuple[npt.NDArray[np.float64], float]:
    """The points (N, 2) of an ink without slope, x from 0 and y around 0; and the standard
    deviation of y, or that of x where the line is straight.

    Raises InputError where all points are in one place.
    """
    if is_dot(ink):
        raise InputError("the ink is a single dot, which has no size: give a line of writing")
    points = ink.points[:, :2]
    x, y = points[:, 0] - points[0, 0], points[:, 1] - points[:, 1].mean()
    y = y - slope(ink) * (x - x.mean())
    height, width = float(y.std()), float(x.std())
    return np.column_stack([x, y]), height if height > FLAT * width else width


def is_dot(ink: Ink) -> bool:
    """Whether all points of an ink are in one place."""
    points = ink.points[:, :2]
    nothing = max(NEGLIGIBLE * np.abs(points).max(), NEAREST)
    return bool(np.ptp(points, axis=0).max() <= nothing)


def slope(ink: Ink) -> float:
    """The slope of a line, dy / dx; 0 where the ink is too narrow for one."""
    x, y = (part - part.mean() for part in ink.points[:, :2].T)
    width = np.ptp(x)
    if not width > 2 * np.ptp(y):
        return 0.0
    x, y = x / width, y / width  # squares of what is very small would be 0
    return float(np.dot(x, y) / np.square(x).sum())


def straighten(ink: Ink) -> Ink:
    """The ink on a level line."""
    rise = slope(ink)

    def shear(stroke: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack([stroke[:, 0], stroke[:, 1] - rise * stroke[:, 0], stroke[:, 2:]])

    return Ink(tuple(shear(stroke) for stroke in ink.strokes), ink.text)


def usual_size(inks: Sequence[Ink]) -> float:
    """The median size of lines: the standard deviation of y, in page units. Dots have none.

    Raises InputError where all of them are dots.
    """
    return float(np.median([level(ink)[1] for ink in inks if not is_dot(ink)] or level(inks[0])[1]))


def usual_step(inks: Sequence[Ink]) -> float:
    """The mean length of a step within strokes, in page units."""
    lengths = [step_lengths(stroke) for ink in inks for stroke in ink.strokes]
    total, count = sum(float(each.sum()) for each in lengths), sum(map(len, lengths))
    return total / max(count, 1)


@final
@dataclass(frozen=True)
class Rescaling:
    """Inks scaled by one factor, and resampled with equal steps unless their steps are usual."""

    factor: float = 1.0
    step: float | None = None

    @classmethod
    def fit(cls, inks: Sequence[Ink], size: float, step: float) -> Self:
        """What brings inks to the median size `size`, with steps of about `step`.

        Inks of that size and sampling stay as they are. Raises InputError for dots alone.
        """
        factor = size / usual_size(inks)
        factor = 1.0 if 1 / SAME < factor < SAME else factor
        # Writers differ in speed: only what no writer does is resampled.
        usual = 0.5 < factor * usual_step(inks) / step < 2
        return cls(factor, None if usual else step)

    def __call__(self, inks: Sequence[Ink]) -> Sequence[Ink]:
        """The inks. InputError for one of more than `MOST_STEPS` steps."""
        if self == Rescaling():
            return inks
        return [self._rescale(ink) for ink in inks]

    def _rescale(self, ink: Ink) -> Ink:
        moved = ink.move(0, 0, self.factor)
        if self.step is None:
            return moved
        return Ink(tuple(resample_all(moved.strokes, self.step)), ink.text)


def resample_all(
    strokes: Sequence[npt.NDArray[np.float64]], step: float
) -> list[npt.NDArray[np.float64]]:
    """Strokes in equal steps of about `step`, with times if they had any; a dot is one point.

    Raises InputError for more than `MOST_STEPS` of them.
    """
    lengths = [path_length(stroke) for stroke in strokes]
    if sum(lengths) > MOST_STEPS * step:
        raise InputError(
            f"the ink is {sum(lengths) / step:,.0f} steps of the pen long, and {MOST_STEPS:,} are "
            "the most for a line: give it line by line, or leave out what is not writing"
        )
    return [
        resample(stroke, max(1, round(length / step)) + (length > NEGLIGIBLE * step))
        for stroke, length in zip(strokes, lengths, strict=True)
    ]

"""Lines of handwriting made level, and their sizes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import Ink, path_length, resample, step_lengths
from reverie.errors import InputError

SAME = 1.05
"""Sizes with a smaller ratio count as equal."""


def level(ink: Ink) -> tuple[npt.NDArray[np.float64], float]:
    """The points (N, 2) of an ink without slope, x from 0 and y around 0; and the standard
    deviation of y.

    Raises InputError where all points are in one place.
    """
    points = ink.points[:, :2]
    x, y = points[:, 0] - points[0, 0], points[:, 1] - points[:, 1].mean()
    y = y - slope(ink) * (x - x.mean())
    size = float(y.std()) or float(x.std())
    if not size > 0:
        raise InputError("the ink is a single dot: there is nothing to read")
    return np.column_stack([x, y]), size


def slope(ink: Ink) -> float:
    """The slope of a line, dy / dx; 0 where the ink is too narrow for one."""
    x, y = (part - part.mean() for part in ink.points[:, :2].T)
    return float(np.dot(x, y) / np.square(x).sum()) if np.ptp(x) > 2 * np.ptp(y) else 0.0


def straighten(ink: Ink) -> Ink:
    """The ink on a level line."""
    rise = slope(ink)

    def shear(stroke: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack([stroke[:, 0], stroke[:, 1] - rise * stroke[:, 0], stroke[:, 2:]])

    return Ink(tuple(shear(stroke) for stroke in ink.strokes), ink.text)


def usual_size(inks: Sequence[Ink]) -> float:
    """The median size of lines: the standard deviation of y, in page units."""
    return float(np.median([level(ink)[1] for ink in inks]))


def usual_step(inks: Sequence[Ink]) -> float:
    """The mean length of a step within strokes, in page units."""
    lengths = [step_lengths(stroke) for ink in inks for stroke in ink.strokes]
    total, count = sum(float(each.sum()) for each in lengths), sum(map(len, lengths))
    return total / max(count, 1)


def rescale(inks: Sequence[Ink], size: float, step: float) -> list[Ink]:
    """Inks scaled by one factor to the median size `size`, with steps of about `step`.

    Inks of that size and sampling are returned unchanged; others are resampled equidistantly.
    """
    factor = size / usual_size(inks)
    if not 1 / SAME < factor < SAME:
        inks = [ink.move(0, 0, factor) for ink in inks]
    ratio = usual_step(inks) / step
    # Writers differ in speed: only what no writer does is resampled.
    if 0.5 < ratio < 2:
        return list(inks)
    return [Ink(tuple(_resample(s, step) for s in ink.strokes), ink.text) for ink in inks]


def _resample(stroke: npt.NDArray[np.float64], step: float) -> npt.NDArray[np.float64]:
    """The same path in equal steps, with times if it had any."""
    length = path_length(stroke)
    return resample(stroke, max(1, round(length / step)) + 1) if length > 0 else stroke[:1]

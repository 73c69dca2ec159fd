"""The page, the width of the pen and the timing that all pictures of ink share."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import FLAT, NEGLIGIBLE, Ink, Stroke, step_lengths

INK, PAPER = "#16213e", "#ffffff"

PERIOD = 1 / 75
"""Seconds from point to point where the ink has no times: the rate of the sensor of IAM-OnDB."""

PAUSE = 0.4
"""The longest pause in an animation, in seconds; longer ones are cut to it."""

LIFT = 0.12
"""Seconds that the pen is in the air where the ink has no times."""


class Page(NamedTuple):
    """The visible part of the plane and the width of the pen, in page units."""

    left: float
    top: float
    width: float
    height: float
    pen: float


def page_of(ink: Ink) -> Page:
    """The page around `ink`, with a margin of four pen widths."""
    left, top, right, bottom = ink.bounds
    pen = pen_width(ink)
    margin = 4 * pen
    return Page(
        left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin, pen
    )


def pen_width(ink: Ink) -> float:
    """The width of a pen that suits the letters: a sixteenth of the median height of strokes, or
    of their width where none has a height."""
    extents = np.array([np.ptp(stroke[:, :2], axis=0) for stroke in ink.strokes])
    nothing = np.maximum(FLAT * extents.max(1), NEGLIGIBLE * np.abs(ink.points[:, :2]).max())
    for across in (extents[:, 1], extents[:, 0]):
        if (across > nothing).any():
            return float(np.median(across[across > nothing])) / 16
    return 1.0


def widths(stroke: Stroke, pen: float, usual_speed: float) -> npt.NDArray[np.float64]:
    """The width of the line at each point of a stroke, (N,): thin where the pen was fast.

    At `usual_speed`, in page units per second, it is the width of the pen.
    """
    if len(stroke) < 2:
        return np.full(len(stroke), 1.3 * pen)
    between = _speeds(stroke)
    at_points = np.convolve(np.pad(between, (5, 5), "edge"), np.full(10, 1 / 10), "valid")
    slow = np.maximum(at_points, NEGLIGIBLE * usual_speed)
    return pen * np.clip(np.sqrt(usual_speed / slow), 0.55, 1.35)


def usual_speed(ink: Ink) -> float:
    """The median speed of the pen on the page, in page units per second."""
    speeds = np.concatenate([_speeds(stroke) for stroke in ink.strokes])
    moving = speeds > NEGLIGIBLE * speeds.max(initial=0.0)
    return float(np.median(speeds[moving])) if moving.any() else 1.0


def schedule(ink: Ink) -> npt.NDArray[np.float64]:
    """The time of each point, (N,) in seconds from 0, with pauses cut to `PAUSE`."""
    steps = np.diff(ink.points[:, 2]) if ink.timed else np.where(ink.ends[:-1], LIFT, PERIOD)
    return np.append(0.0, np.cumsum(np.minimum(steps, PAUSE)))


def _speeds(stroke: Stroke) -> npt.NDArray[np.float64]:
    """The speed of each step of a stroke, (N - 1,) in page units per second."""
    lengths = step_lengths(stroke)
    if stroke.shape[1] == 2:
        return lengths / PERIOD
    # Clocks that tick slowly put several points into one tick.
    return lengths / np.maximum(np.diff(stroke[:, 2]), PERIOD / 2)

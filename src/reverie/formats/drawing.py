"""What every drawing needs to know: the page, the width of the pen, and the time it takes."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import Ink, Stroke, step_lengths

INK, PAPER = "#16213e", "#ffffff"

PERIOD = 1 / 75
"""Seconds from point to point where the ink has no times: the rate of whiteboard sensors."""

PAUSE = 0.4
"""The longest pause that is shown, in seconds: people think, but nobody watches them think."""

LIFT = 0.12
"""Seconds that the pen is in the air where the ink has no times."""


class Page(NamedTuple):
    """The part of the plane that is shown, and the width of the pen, in page units."""

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
    """A width that suits the size of the letters: a sixteenth of the height of most strokes,
    or of their width where nothing has a height."""
    extents = np.array([np.ptp(stroke[:, :2], axis=0) for stroke in ink.strokes])
    for across in (extents[:, 1], extents[:, 0]):
        if (across > 0).any():
            return float(np.median(across[across > 0])) / 16
    return 1.0


def widths(stroke: Stroke, pen: float, usual_speed: float) -> npt.NDArray[np.float64]:
    """How wide the line is at each point of a stroke, (N,): thin where the pen was fast.

    At `usual_speed`, in page units a second, it is as wide as the pen.
    """
    if len(stroke) < 2:
        return np.full(len(stroke), 1.3 * pen)
    between = _speeds(stroke)
    at_points = np.convolve(np.pad(between, (5, 5), "edge"), np.full(10, 1 / 10), "valid")
    return pen * np.clip(np.sqrt(usual_speed / np.maximum(at_points, 1e-9)), 0.55, 1.35)


def usual_speed(ink: Ink) -> float:
    """The median speed of the pen on the page, in page units a second."""
    speeds = np.concatenate([_speeds(stroke) for stroke in ink.strokes])
    return float(np.median(speeds[speeds > 0])) if (speeds > 0).any() else 1.0


def schedule(ink: Ink) -> npt.NDArray[np.float64]:
    """When the pen is at each point, (N,) in seconds from 0, pauses cut to `PAUSE`."""
    steps = np.diff(ink.points[:, 2]) if ink.timed else np.where(ink.ends[:-1], LIFT, PERIOD)
    return np.append(0.0, np.cumsum(np.minimum(steps, PAUSE)))


def _speeds(stroke: Stroke) -> npt.NDArray[np.float64]:
    """The speed of each step of a stroke, (N - 1,) in page units a second."""
    lengths = step_lengths(stroke)
    if stroke.shape[1] == 2:
        return lengths / PERIOD
    # Clocks that tick slowly put several points into one tick.
    return lengths / np.maximum(np.diff(stroke[:, 2]), PERIOD / 2)

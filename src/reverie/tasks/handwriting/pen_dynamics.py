"""How a pen moves along a line: round its corners, trembling, and slowly where it bends."""

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import path_length, resample

Path = npt.NDArray[np.float64]
"""Points (N, 2) that a pen goes through."""

FINE = 0.25
"""The distance of points along a way before its speed is known, in units of the way."""


def add_tremor(way: Path, roundness: float, tremor: float, rng: np.random.Generator) -> Path:
    """A fine line along the way, (N, 2): corners rounded over the length `roundness`, and
    astray by about `tremor`."""
    fine = resample_finely(way, FINE)
    fine = fine + 4 * tremor * smooth(rng.normal(size=fine.shape), 2.0 / FINE)
    return smooth(fine, roundness / FINE)


def resample_finely(way: Path, distance: float) -> Path:
    """Points on the way, `distance` apart at most, the first and last ones kept."""
    return resample(way, max(2, int(np.ceil(path_length(way) / distance)) + 1))


def smooth(points: Path, width: float) -> Path:
    """Each point as the mean of those around it under a bell of `width` points.

    Both ends stay: the line goes on behind them as its image in the end point.
    """
    reach = int(3 * width) + 1
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    pad = np.pad(points, ((reach, reach), (0, 0)), "reflect", reflect_type="odd")
    columns = [np.convolve(pad[:, axis], bell / bell.sum(), "valid") for axis in (0, 1)]
    return np.stack(columns, 1)


def resample_in_time(way: Path, speed: float) -> Path:
    """Where a pen is at equal times on a fine way, (N, 2): `speed` apart on a straight.

    The speed falls with the cube root of the curvature (the two-thirds power law of human
    movement; Lacquaniti, Terzuolo and Viviani 1983), and towards both ends.
    """
    between = np.diff(way, axis=0)
    steps = np.maximum(np.hypot(*between.T), 1e-6)
    heading = np.unwrap(np.arctan2(between[:, 1], between[:, 0]))
    turning = np.abs(np.gradient(heading)) / steps if len(steps) > 1 else np.zeros(1)
    from_ends = np.minimum(np.cumsum(steps), np.cumsum(steps[::-1])[::-1])
    pace = speed * (1 + 3 * turning) ** (-1 / 3) * np.clip(0.35 + from_ends / 4, 0.35, 1.0)
    moments = np.append(0.0, np.cumsum(steps / pace))
    seen = np.linspace(0, moments[-1], max(2, round(float(moments[-1])) + 1))
    return np.stack([np.interp(seen, moments, way[:, axis]) for axis in (0, 1)], 1)

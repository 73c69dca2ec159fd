"""The motion of a pen along a line: rounded corners, tremor, and speed by curvature."""

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import path_length, resample

Path = npt.NDArray[np.float64]
"""The points (N, 2) of a path."""

FINE = 0.25
"""The distance of points along a path before it is sampled in time, in units of the path."""


def add_tremor(path: Path, roundness: float, tremor: float, rng: np.random.Generator) -> Path:
    """A finely sampled path (N, 2) with corners rounded over the length `roundness` and noise of
    about `tremor`."""
    fine = resample_finely(path, FINE)
    fine = fine + 4 * tremor * smooth(rng.normal(size=fine.shape), 2.0 / FINE)
    return smooth(fine, roundness / FINE)


def resample_finely(path: Path, distance: float) -> Path:
    """Points on the path, at most `distance` apart, with the first and the last one kept."""
    return resample(path, max(2, int(np.ceil(path_length(path) / distance)) + 1))


def smooth(points: Path, width: float) -> Path:
    """Each point averaged with its neighbours under a Gaussian of `width` points.

    The ends are fixed: the path is extended by its point reflection in them.
    """
    reach = int(3 * width) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    pad = np.pad(points, ((reach, reach), (0, 0)), "reflect", reflect_type="odd")
    columns = [np.convolve(pad[:, axis], kernel / kernel.sum(), "valid") for axis in (0, 1)]
    return np.stack(columns, 1)


def resample_in_time(path: Path, speed: float) -> Path:
    """The positions (N, 2) of a pen at equal times on a fine path: `speed` apart on a straight.

    The speed falls with the cube root of the curvature (the two-thirds power law of human
    movement; Lacquaniti, Terzuolo and Viviani 1983), and towards both ends.
    """
    between = np.diff(path, axis=0)
    steps = np.maximum(np.hypot(*between.T), 1e-6)
    heading = np.unwrap(np.arctan2(between[:, 1], between[:, 0]))
    turning = np.abs(np.gradient(heading)) / steps if len(steps) > 1 else np.zeros(1)
    from_ends = np.minimum(np.cumsum(steps), np.cumsum(steps[::-1])[::-1])
    pace = speed * (1 + 3 * turning) ** (-1 / 3) * np.clip(0.35 + from_ends / 4, 0.35, 1.0)
    moments = np.append(0.0, np.cumsum(steps / pace))
    seen = np.linspace(0, moments[-1], max(2, round(float(moments[-1])) + 1))
    return np.stack([np.interp(seen, moments, path[:, axis]) for axis in (0, 1)], 1)

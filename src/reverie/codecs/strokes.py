"""Handwriting as the path of a pen: offsets from point to point, and where the pen is lifted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import Ink
from reverie.codecs.values import check_fields, damaged_description
from reverie.errors import InputError

Offsets = npt.NDArray[np.float32]
"""(T, 2): the offset of each point from the one before it, normalised."""

PenBits = npt.NDArray[np.float32]
"""(T, 1): 1 where the point is the last of its stroke, else 0."""


@final
@dataclass(frozen=True)
class Strokes:
    """Ink as normalised offsets and pen bits, as in Graves (2013), section 4.

        offset_t = (point_t - point_{t-1} - mean) / scale

    `mean` and `scale` are those of x and of y in page units. The first point has no offset, so N
    points are T = N - 1 steps. Only an ink that begins with a dot takes N: a first step of
    length 0 ends the stroke of the dot, which is decoded as two points in one place. The
    position of the ink, its times and its text are not kept.
    """

    mean: tuple[float, float]
    scale: tuple[float, float]

    def __post_init__(self) -> None:
        numbers = np.array([self.mean, self.scale])
        if numbers.shape != (2, 2) or not np.isfinite(numbers).all() or min(self.scale) <= 0:
            raise damaged_description("strokes", "mean and scale are not two finite numbers each")

    @classmethod
    def learn(cls, inks: Iterable[Ink]) -> Self:
        """The codec in which the offsets of `inks` have mean 0 and standard deviation 1.

        Raises InputError where they do not move along x or do not move along y.
        """
        count, total, squares = 0, np.zeros(2), np.zeros(2)
        for ink in inks:
            offsets = np.diff(_pen_path(ink)[0], axis=0)
            count += len(offsets)
            total += offsets.sum(0)
            squares += np.square(offsets).sum(0)
        mean = total / max(count, 1)
        variance = squares / max(count, 1) - np.square(mean)
        if not count or variance.min() <= 1e-12 * max(squares.max() / count, 1e-300):
            raise InputError(
                "the strokes do not move in both directions, so they have no scale: give more ink"
            )
        scale = np.sqrt(variance)
        return cls((float(mean[0]), float(mean[1])), (float(scale[0]), float(scale[1])))

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        pairs = []
        for pair in check_fields(description, mean=list, scale=list):
            if not (isinstance(pair, list) and [type(n) for n in pair] == [float, float]):
                raise damaged_description("strokes", "mean and scale are not two numbers each")
            pairs.append((pair[0], pair[1]))
        return cls(pairs[0], pairs[1])

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {"kind": "strokes", "mean": list(self.mean), "scale": list(self.scale)}

    def encode(self, ink: Ink) -> tuple[Offsets, PenBits]:
        """The offsets (T, 2) and pen bits (T, 1) of `ink`."""
        points, ends = _pen_path(ink)
        offsets = (np.diff(points, axis=0) - self.mean) / self.scale
        return offsets.astype(np.float32), ends[1:, None].astype(np.float32)

    def decode(self, values: tuple[npt.ArrayLike, npt.ArrayLike], text: str = "") -> Ink:
        """The ink of offsets (T, 2) and pen bits (T, 1), beginning at (0, 0), with its text."""
        offsets, bits = _check_steps(*values)
        steps = offsets * self.scale + self.mean
        points = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
        return Ink.of_points(points, np.append(False, bits[:, 0] > 0.5), text)


def _pen_path(ink: Ink) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """The points (T + 1, 2) of an ink and which of them end a stroke; never the first one."""
    points, ends = ink.points[:, :2], ink.ends
    if ends[0]:
        return np.concatenate([points[:1], points]), np.append(False, ends)
    return points, ends


def _check_steps(
    offsets: npt.ArrayLike, bits: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[Any]]:
    """Both as arrays; InputError unless they are finite, (T, 2) and (T, 1)."""
    steps, ends = np.asarray(offsets, np.float64), np.asarray(bits)
    if steps.ndim != 2 or steps.shape[1] != 2 or ends.shape != (len(steps), 1):
        raise InputError(
            f"cannot decode offsets of shape {steps.shape} with pen bits of shape {ends.shape}: "
            "give (T, 2) and (T, 1)"
        )
    wrong = ~(np.isfinite(steps).all(1) & np.isfinite(ends[:, 0]))
    if wrong.any():
        raise InputError(
            f"cannot decode step {int(np.argmax(wrong))}, which is not a finite number: "
            "check the model that produced it"
        )
    return steps, ends

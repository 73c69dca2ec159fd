"""Handwriting as motion of the pen, independent of size, slope and speed: input of recognition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import Ink
from reverie.codecs.level import is_dot, level, resample_all
from reverie.codecs.values import check_fields, damaged_description

Motions = npt.NDArray[np.float32]
"""(T, 4 W): W steps side by side, each dx, dy, whether the pen was in the air, and the height."""

FEATURES = 4


@final
@dataclass(frozen=True)
class Motion:
    """Ink as steps of equal length along the strokes, `window` of them side by side.

    The slope of the line is removed first, and the standard deviation of y made 1. A step is
    `spacing` long; a pen in the air makes one step. Each step has four numbers:
    asinh(dx / spacing) and asinh(dy / spacing), 1 where the pen was in the air, and the height of
    its end above the middle of the line. An incomplete window is padded with zeros.
    """

    spacing: float = 0.35
    window: int = 3

    def __post_init__(self) -> None:
        if not (np.isfinite(self.spacing) and self.spacing > 0 and self.window >= 1):
            raise damaged_description("motion", "spacing or window is not above 0")

    @property
    def width(self) -> int:
        """The number of features of an element."""
        return FEATURES * self.window

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        spacing, window = check_fields(description, spacing=float, window=int)
        return cls(spacing, window)  # type: ignore[arg-type]

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {"kind": "motion", "spacing": self.spacing, "window": self.window}

    def encode(self, ink: Ink) -> Motions:
        """The motions (T, 4 W) of an ink; a dot has one. InputError where it is too long."""
        levelled, size = (np.zeros((len(ink.points), 2)), 1.0) if is_dot(ink) else level(ink)
        points, ends = levelled / size, ink.ends
        starts = np.append(True, ends[:-1])
        paths = resample_all(np.split(points, np.flatnonzero(starts)[1:]), self.spacing)
        path = np.concatenate(paths)
        begins = np.cumsum([0, *map(len, paths)])[:-1]
        air = np.zeros(len(path))
        air[begins] = 1
        steps = np.arcsinh(np.diff(path, axis=0, prepend=path[:1]) / self.spacing)
        rows = np.column_stack([steps, air, path[:, 1]])
        rows = np.pad(rows, ((0, -len(rows) % self.window), (0, 0)))
        return rows.reshape(-1, self.width).astype(np.float32)

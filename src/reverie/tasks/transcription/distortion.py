"""Random distortions of ink: data augmentation for recognition."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reverie.codecs.ink import FLAT, Ink


class Distortion(NamedTuple):
    """An ink leaning, wider or narrower, and bent a little along its line.

    x <- x stretch + y slant;   y <- y + bend size sin(2 pi (x / (wave size) + phase))

    with the height of the ink for its size.
    """

    stretch: float
    slant: float
    bend: float
    phase: float
    wave: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Distortion:
        """One by chance."""
        stretch, slant = np.exp(rng.normal(0, 0.15)), rng.normal(0, 0.25)
        return cls(stretch, slant, rng.normal(0, 0.1), rng.uniform(), rng.uniform(3, 12))

    def __call__(self, ink: Ink) -> Ink:
        """The ink, distorted."""
        left, top, right, bottom = ink.bounds
        size = max(bottom - top, FLAT * (right - left)) or 1.0

        def warp(stroke: np.ndarray) -> np.ndarray:
            x, y = stroke[:, 0], stroke[:, 1]
            along = x / (size * self.wave) + self.phase
            bent = y + self.bend * size * np.sin(2 * np.pi * along)
            return np.column_stack([self.stretch * x + self.slant * bent, bent, stroke[:, 2:]])

        return Ink(tuple(warp(stroke) for stroke in ink.strokes), ink.text)


def distort(ink: Ink, rng: np.random.Generator) -> Ink:
    """The ink under a `Distortion` by chance."""
    return Distortion.draw(rng)(ink)

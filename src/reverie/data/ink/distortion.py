"""Random distortions of ink: data augmentation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reverie.codecs.ink import FLAT, Ink


class Distortion(NamedTuple):
    """An ink leaning, larger or smaller, wider or narrower, and bent a little along its line.

    y <- y + bend size sin(2 pi (x / (wave size) + phase));
    x <- scale (x stretch + y slant);   y <- scale y

    with the height of the ink for its size.
    """

    scale: float
    stretch: float
    slant: float
    bend: float
    phase: float
    wave: float

    @classmethod
    def draw(cls, rng: np.random.Generator, amount: float = 1.0) -> Distortion:
        """One by chance. At the amount 1 a reader still learns from it; 0 is none."""
        spread = np.array([0.15, 0.15, 0.25, 0.1])
        scale, stretch, slant, bend = rng.normal(0, amount * spread)
        return cls(np.exp(scale), np.exp(stretch), slant, bend, rng.uniform(), rng.uniform(3, 12))

    def __call__(self, ink: Ink) -> Ink:
        """The ink, distorted."""
        left, top, right, bottom = ink.bounds
        size = max(bottom - top, FLAT * (right - left)) or 1.0

        def warp(stroke: np.ndarray) -> np.ndarray:
            x, y = stroke[:, 0], stroke[:, 1]
            along = x / (size * self.wave) + self.phase
            bent = y + self.bend * size * np.sin(2 * np.pi * along)
            leaning = self.stretch * x + self.slant * bent
            return np.column_stack([self.scale * leaning, self.scale * bent, stroke[:, 2:]])

        return Ink(tuple(warp(stroke) for stroke in ink.strokes), ink.text)

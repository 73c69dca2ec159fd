"""Random distortions of ink: data augmentation for recognition."""

import numpy as np

from reverie.codecs.ink import Ink


def distort(ink: Ink, rng: np.random.Generator) -> Ink:
    """The ink with a random slant, width and wave along its line.

    x <- x stretch + y slant;   y <- y + a size sin(2 pi (x / wave + phase))
    """
    stretch, slant = np.exp(rng.normal(0, 0.15)), rng.normal(0, 0.25)
    bend, phase = rng.normal(0, 0.1), rng.uniform()
    _, top, _, bottom = ink.bounds
    size = max(bottom - top, 1e-9)
    wave = size * rng.uniform(3, 12)

    def warp(stroke: np.ndarray) -> np.ndarray:
        x, y = stroke[:, 0], stroke[:, 1]
        bent = y + bend * size * np.sin(2 * np.pi * (x / wave + phase))
        return np.column_stack([stretch * x + slant * bent, bent, stroke[:, 2:]])

    return Ink(tuple(warp(stroke) for stroke in ink.strokes), ink.text)

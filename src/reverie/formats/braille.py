"""Ink in a terminal: as the dots of Braille characters, two by four in each."""

import numpy as np

from reverie.codecs.ink import Ink, path_length, resample
from reverie.codecs.level import is_dot

DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bit of each dot of a character."""


def to_braille(ink: Ink, columns: int = 76, rows: int = 8) -> str:
    """The ink as text of at most so many columns and rows."""
    left, top, right, bottom = ink.bounds
    size = max((right - left) / (2 * columns - 1), (bottom - top) / (4 * rows - 1))
    scale = 0.0 if is_dot(ink) else 1 / size
    dots = np.concatenate([_sample_stroke(stroke[:, :2], scale) for stroke in ink.strokes])
    x, y = np.floor((dots - (left * scale, top * scale)) + 0.5).astype(int).T
    cells = np.zeros((y.max() // 4 + 1, x.max() // 2 + 1), int)
    np.bitwise_or.at(cells, (y // 4, x // 2), DOTS[y % 4, x % 2])
    return "\n".join("".join(chr(0x2800 + cell) for cell in row) for row in cells)


def _sample_stroke(stroke: np.ndarray, scale: float) -> np.ndarray:
    """Points (N, 2) along a stroke, half a dot apart."""
    points = stroke * scale
    return resample(points, int(2 * path_length(points)) + 2)

"""Examples made on the fly, by chance: those of each number always the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from reverie.concepts import Example
from reverie.data.dataset import Dataset

Make = Callable[[np.random.Generator, int], Example]
"""Draws one example; the number says how far a curriculum has come, 0 at its beginning."""


def answered(values: np.ndarray, given: int) -> Example:
    """A sequence of which the first elements are given, and only those behind them count."""
    weights: Any = (np.arange(len(values)) >= given).astype(np.float32)
    return Example(values, weights=weights)


class Generated(Dataset):
    """`count` examples that are made when they are asked for; the n-th depends on seed and n.

    They are drawn at the end of a curriculum, `level`, as data to measure on are.
    """

    def __init__(self, make: Make, count: int, seed: int, level: int = 0):
        self.make, self.count, self.seed, self.level = make, count, seed, level
        self._made = lru_cache(maxsize=None)(self._draw)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, n: int) -> Example:
        return self._made(n)

    def _draw(self, n: int) -> Example:
        # NumPy takes (s, n) for (s, n, 0, 0), which a `GeneratedReader` of that seed begins with.
        return self.make(np.random.default_rng((self.seed, n, 0, 0, 1)), self.level)

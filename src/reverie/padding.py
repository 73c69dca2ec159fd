"""Padding: sequences of many lengths in few sizes, so that few programs are compiled."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def padded(rows: np.ndarray, length: int) -> np.ndarray:
    """(T, ...) to (length, ...), with zeros behind."""
    return np.concatenate([rows, np.zeros((length - len(rows), *rows.shape[1:]), rows.dtype)])


def stacked(trees: Sequence[Any]) -> Any:
    """Trees of one shape as one tree with a leading axis."""
    import jax

    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


def rounded_up(count: int, unit: int) -> int:
    """The least multiple of `unit`, but for 0, that is not less than `count`."""
    return max(1, -(-count // unit)) * unit

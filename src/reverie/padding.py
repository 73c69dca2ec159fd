"""Padding: sequences of many lengths in few sizes, so that few programs are compiled."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import jax
import numpy as np


def pad(rows: np.ndarray, length: int) -> np.ndarray:
    """(T, ...) to (length, ...), with zeros behind."""
    return np.concatenate([rows, np.zeros((length - len(rows), *rows.shape[1:]), rows.dtype)])


def pad_all(tree: Any, length: int) -> Any:
    """Each array (T, ...) of a tree with zeros behind, as NumPy arrays."""
    return jax.tree.map(lambda a: pad(np.asarray(a), length), tree)


def chunks(rows: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(T, ...) in pieces (size, ...), the last with zeros behind; each with a mask (size,) of what
    is real: whatever reads them is compiled for one size."""
    for begin in range(0, len(rows), size):
        piece = rows[begin : begin + size]
        yield pad(piece, size), np.arange(size) < len(piece)


def stack(trees: Sequence[Any]) -> Any:
    """Trees of one shape as one tree with a leading axis."""
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


def stack_padded(lines: Sequence[np.ndarray], unit: int) -> tuple[np.ndarray, np.ndarray]:
    """Lines (T_n,) as (N, T), T a multiple of `unit`, and a mask of what is theirs."""
    length = round_up(max(map(len, lines)), unit)
    mask = np.stack([np.arange(length) < len(line) for line in lines])
    return np.stack([pad(line, length) for line in lines]), mask


def round_up(count: int, unit: int) -> int:
    """The least multiple of `unit`, but for 0, that is not less than `count`."""
    return max(1, -(-count // unit)) * unit


def bucket_sizes(sizes: Iterable[int], count: int, unit: int = 1) -> tuple[int, ...]:
    """The `count` multiples of `unit`, or fewer, that hold sizes with the least padding in all."""
    rounded = [round_up(size, unit) for size in sizes]
    values, numbers = np.unique(rounded, return_counts=True)
    before = np.concatenate([[0], np.cumsum(numbers)])
    # cost[j]: of the first j values with the last of them as a size; then with one size more.
    cost = np.where(np.arange(len(values) + 1) == 0, 0.0, np.inf)
    choices = []
    for _ in range(min(count, len(values))):
        costs = [cost[:j] + (before[j] - before[:j]) * values[j - 1] for j in range(1, len(cost))]
        choices.append([int(np.argmin(each)) for each in costs])
        cost = np.array([np.inf, *(each.min() for each in costs)])
    found, last = [], len(values)
    for choice in reversed(choices):
        found.append(int(values[last - 1]))
        last = choice[last - 1]
    return tuple(reversed(found))


def bucket_shapes(
    sizes: np.ndarray, count: int, units: Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """`count` shapes or fewer, the smallest first, that hold examples of so many `sizes` (N, D).

    Each dimension has the sizes of `bucket_sizes` with its unit; of unit 0, only the largest there
    is. Where one dimension has fewer sizes than another, its largest comes again.
    """
    found = [
        bucket_sizes(column, count, unit) if unit else (int(column.max()),)
        for column, unit in zip(sizes.T, units, strict=True)
    ]
    most = max(map(len, found))
    filled = [each + each[-1:] * (most - len(each)) for each in found]
    return tuple(zip(*filled, strict=True))

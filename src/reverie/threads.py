"""Rows of a batch in threads of their own, where products are too small for XLA to divide.

XLA's CPU client divides large products among cores and computes nearly all else in one thread. So a
small network that generates many sequences at once leaves the other cores idle, unless each core
has rows of its own. A large one is slower so, for every thread then reads all weights.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from reverie.concepts import Key

Rows = TypeVar("Rows")
Found = TypeVar("Found")

SMALL = 2**19
"""Numbers of the largest matrix of a network that is still small: about 256 units of an LSTM."""
LEAST = 6
"""Rows of a thread at least."""


class RowThreads:
    """Threads for the rows of a batch that a model works on: a context, since they are kept.

    New threads would all begin on one core, and only find another after some milliseconds.
    """

    def __init__(self, model: Any, rows: int):
        """For a small model on a CPU there are several, as many as share `rows` equally."""
        self.count = count_parts(model, rows)
        self._pool = ThreadPoolExecutor(self.count)

    def __enter__(self) -> RowThreads:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def map(self, work: Callable[[Rows], Found], rows: Rows) -> Found:
        """work(rows), of arrays that all have an axis of rows in front; of several, NumPy's."""
        if self.count == 1:
            return work(rows)
        each = jax.tree.leaves(rows)[0].shape[0] // self.count

        def part(n: int) -> Found:
            own = jax.tree.map(lambda a: _cut(a, n * each, (n + 1) * each), rows)
            return jax.block_until_ready(work(own))

        found = list(self._pool.map(part, range(self.count)))
        joined: Found = jax.tree.map(lambda *arrays: np.concatenate(arrays), *found)
        return joined


def count_parts(model: Any, rows: int) -> int:
    """How many threads share so many rows: of equal parts the most that there are cores for."""
    matrices = [leaf.size for leaf in jax.tree.leaves(model) if jnp.ndim(leaf) == 2]
    if max(matrices, default=0) > SMALL:
        return 1
    most = max(min(cores_to_use(), rows // LEAST), 1)
    return next(parts for parts in range(most, 0, -1) if rows % parts == 0)


def cores_to_use() -> int:
    """The cores that threads may be given: those of this process on a CPU; else one."""
    if jax.default_backend() != "cpu":
        return 1
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux tells
        return os.cpu_count() or 1


def _cut(array: Any, begin: int, end: int) -> Any:
    """Rows of an array, without a program that would have to be compiled."""
    if isinstance(array, jax.Array) and jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        return _key(array, begin, end)
    return np.asarray(array)[begin:end]


def _key(keys: Key, begin: int, end: int) -> Key:
    words = np.asarray(jax.random.key_data(keys))[begin:end]
    return jax.random.wrap_key_data(jax.device_put(words), impl=jax.random.key_impl(keys))

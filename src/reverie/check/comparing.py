"""Comparison of trees of arrays, number by number, with failures as one sentence."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

LONG = 128
"""Steps of the sequences in which something is looked for that acts over a distance."""

LATER = (1, 2, 3, 37, 101)
"""Steps from which on a long sequence is changed; blocks of no usual size end at the last two."""


class CheckFailed(AssertionError):
    """The property `claim` does not hold; the message says by how much, and the usual cause."""

    def __init__(self, claim: str, found: str, cause: str):
        super().__init__(f"{claim!r} does not hold: {found}; usually {cause}")
        self.claim = claim


class Claim(NamedTuple):
    """A property, the usual cause of its failure, and the tolerance."""

    name: str
    cause: str
    tolerance: float | None = None
    """Relative to the largest number of an array, or to 1; by default chosen by its dtype."""

    def fail(self, found: str) -> None:
        """Raises CheckFailed with what was observed."""
        raise CheckFailed(self.name, found, self.cause)

    def same(self, what: str, got: PyTree, expected: PyTree) -> None:
        """Raises CheckFailed unless both trees hold the same numbers."""
        ours, theirs = (jax.tree_util.tree_flatten_with_path(tree)[0] for tree in (got, expected))
        if [path for path, _ in ours] != [path for path, _ in theirs]:
            self.fail(f"{what} has an unexpected structure")
        for (path, a), (_, b) in zip(ours, theirs, strict=True):
            name = f"{what}{jax.tree_util.keystr(path)}"
            a, b = _numbers(a), _numbers(b)
            if a.shape != b.shape:
                self.fail(f"{name} has the shape {a.shape}, not {b.shape}")
            off = _distance(a, b)
            if not off <= (_allowed(a, b) if self.tolerance is None else self.tolerance):
                self.fail(f"{name} is off by {off:.2g}")

    def fresh(
        self, what: str, part: Any, conditions: Sequence[Any], run: Callable[[Any, Any], PyTree]
    ) -> None:
        """Raises CheckFailed unless every call of `part` equals that of a fresh copy of it."""
        with self.stateless():
            untouched = copy.deepcopy(part)
            run(part, conditions[-1])
            for condition in conditions:
                expected = run(copy.deepcopy(untouched), condition)
                self.same(what, run(part, condition), expected)

    @contextmanager
    def stateless(self) -> Iterator[None]:
        """Turns JAX's error for a leaked tracer into a failure of this claim."""
        try:
            yield
        except jax.errors.UnexpectedTracerError:
            self.fail("an array of one call was found in the next")


def _numbers(leaf: Any) -> np.ndarray:
    if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    return np.asarray(leaf)


def _allowed(a: np.ndarray, b: np.ndarray) -> float:
    """eps^0.6: 7e-5 in single precision, 4e-10 in double; integers must be equal."""
    floats = [x.dtype for x in (a, b) if jnp.issubdtype(x.dtype, jnp.inexact)]
    return float(max((np.spacing(d.type(1)) for d in floats), default=0.0) ** 0.6)


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference, relative to the largest number of b where that is above 1."""
    if a.size == 0:
        return 0.0
    a, b = a.astype(float), b.astype(float)
    with np.errstate(invalid="ignore"):
        # inf - inf is no difference; NaN on either side is an infinite one.
        apart = np.where(a == b, 0.0, np.abs(a - b))
    finite = np.abs(b[np.isfinite(b)])
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    return float(np.nan_to_num(apart, nan=np.inf).max() / scale)


def differentiate(run: Callable[..., PyTree], *arguments: Any) -> tuple[PyTree, PyTree]:
    """The result of run(*arguments), and the gradient of a weighted sum of all its numbers.

    The gradient is with respect to every inexact array in the arguments; others are None.
    """
    moving, still = eqx.partition(arguments, eqx.is_inexact_array)

    def loss(moving: Any) -> tuple[Float[Array, ""], PyTree]:
        result = run(*eqx.combine(moving, still))
        return weighted_sum(result), result

    gradient, result = jax.grad(loss, has_aux=True)(moving)
    return result, gradient


differentiate_compiled = eqx.filter_jit(differentiate)


@eqx.filter_jit
def weighted_sum(tree: PyTree) -> Float[Array, ""]:
    """A sum of all inexact numbers, with different weights."""
    leaves = jax.tree.leaves(eqx.filter(tree, eqx.is_inexact_array))
    weights = [np.cos(np.arange(leaf.size) + n).astype(leaf.dtype) for n, leaf in enumerate(leaves)]
    parts = [jnp.vdot(w, leaf) for w, leaf in zip(weights, leaves, strict=True)]
    return sum(parts, start=jnp.zeros(()))


def first(tree: PyTree, count: int | None) -> PyTree:
    """The first `count` rows of every array, or all."""
    return jax.tree.map(lambda a: a[:count], tree)


def first_steps(rows: PyTree, count: int) -> PyTree:
    """The first `count` steps of every row (B, T, ...), in NumPy."""
    return jax.tree.map(lambda a: a[:, :count], host(rows))


def rows_from(tree: PyTree, start: int, count: int | None = None) -> PyTree:
    """The rows of every array from `start` on, `count` of them or all."""
    end = None if count is None else start + count
    return jax.tree.map(lambda a: a[start:end], tree)


@eqx.filter_jit
def stack(rows: list[PyTree]) -> PyTree:
    """Stacks trees of arrays along a new leading axis."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *rows)


def collect(rows: list[PyTree]) -> PyTree:
    """Stacks trees of arrays along a new leading axis, in NumPy."""
    return jax.tree.map(lambda *leaves: np.stack(leaves), *map(host, rows))


def concatenate(*parts: PyTree) -> PyTree:
    """Concatenates trees of arrays along their leading axis, in NumPy."""
    return jax.tree.map(lambda *arrays: np.concatenate(arrays), *map(host, parts))


def repeat(tree: PyTree, count: int) -> PyTree:
    """The rows of every array over and over, `count` of them, in NumPy."""
    return jax.tree.map(lambda a: np.resize(a, (count, *a.shape[1:])), host(tree))


def entry(tree: PyTree, numbers: PyTree, index: Any) -> PyTree:
    """One entry of every array of a tree whose numbers are already in NumPy; keys stay keys."""

    def pick(a: jax.Array, n: np.ndarray) -> jax.Array:
        picked = jax.device_put(n[index])
        is_key = jnp.issubdtype(a.dtype, jax.dtypes.prng_key)
        return jax.random.wrap_key_data(picked, impl=jax.random.key_impl(a)) if is_key else picked

    return jax.tree.map(pick, tree, numbers)


def perturb(tree: PyTree) -> PyTree:
    """The same tree with other numbers in its floating-point arrays, for a different condition."""

    def perturbed(a: np.ndarray) -> np.ndarray:
        return (0.5 - 2 * a).astype(a.dtype) if jnp.issubdtype(a.dtype, jnp.inexact) else a

    return device(jax.tree.map(perturbed, host(tree)))


def host(tree: PyTree) -> PyTree:
    """The tree with its arrays in NumPy, where an operation on a new shape compiles nothing."""
    return jax.tree.map(lambda a: _numbers(a) if eqx.is_array(a) else a, tree)


def device(tree: PyTree) -> PyTree:
    """The tree with its arrays in JAX."""
    return jax.tree.map(lambda a: jax.device_put(a) if isinstance(a, np.ndarray) else a, tree)

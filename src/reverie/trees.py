"""Trees of arrays by name: what files, checkpoints and messages call the parts of a model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

import jax
import numpy as np

from reverie.errors import InputError, excerpt

Tree = TypeVar("Tree")
Arrays = dict[str, np.ndarray]


def names(tree: Any) -> list[str]:
    """The name of each leaf, such as `core.layers.0.R`, in the tree's own order."""
    paths = jax.tree_util.tree_leaves_with_path(tree)
    return [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in paths]


def named_arrays(tree: Any) -> Arrays:
    """Each leaf as a NumPy array under its name."""
    return {n: np.asarray(a) for n, a in zip(names(tree), jax.tree.leaves(tree), strict=True)}


def with_arrays(skeleton: Tree, arrays: Mapping[str, np.ndarray], whose: str) -> Tree:
    """The skeleton with its leaves replaced by the arrays of their names, in its own dtypes.

    Raises InputError, naming `whose` they are, where names or shapes differ.
    """
    expected = dict(zip(names(skeleton), jax.tree.leaves(skeleton), strict=True))
    if odd := sorted(expected.keys() ^ arrays.keys()):
        where = "lacks" if odd[0] in expected else "has an unknown"
        raise InputError(f"{whose} {where} {excerpt(odd[0])}: it was made with other options")
    for name, leaf in expected.items():
        if arrays[name].shape != leaf.shape:
            raise InputError(
                f"{whose} has {name} of shape {arrays[name].shape}, not {leaf.shape}: "
                "it was made with other options"
            )
    # NumPy changes the type: jax would compile a program for each shape.
    leaves = [jax.device_put(arrays[name].astype(leaf.dtype)) for name, leaf in expected.items()]
    filled: Tree = jax.tree.unflatten(jax.tree.structure(skeleton), leaves)
    return filled


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """A fingerprint of names, shapes, dtypes and contents."""
    sha = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        sha.update(f"{name} {array.dtype} {array.shape};".encode())
        sha.update(array.tobytes())
    return sha.hexdigest()


def first_not_finite(tree: Any) -> str | None:
    """The name of the first array that holds a number that is not finite."""
    for name, array in named_arrays(tree).items():
        if np.issubdtype(array.dtype, np.inexact) and not np.isfinite(array).all():
            return name
    return None

"""Features of pictures that were computed before, by the names of the pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reverie.errors import InputError, excerpt
from reverie.formats import npz
from reverie.formats.opening import prefix_errors


def features_of(path: str | Path) -> dict[str, np.ndarray]:
    """The features in an .npz by name, in float32: of each picture one vector (C,), one at each of
    S places (S, C), or a map (h, w, C).

    Raises InputError for any other file, for arrays that are no finite floating-point numbers or
    have other axes, for features of different width C, and for more than 512 MB.
    """
    path = Path(path)
    found = npz.read(path)
    with prefix_errors(path):
        if not found:
            raise InputError("it has no features: store an array for each picture by its name")
        features = {name: _checked(name, array) for name, array in found.items()}
        _check_widths(features)
    return features


def _checked(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind != "f":
        raise InputError(
            f"{excerpt(name)} in it has the type {array.dtype}: store floating-point numbers"
        )
    if array.ndim not in (1, 2, 3) or not array.size:
        raise InputError(
            f"{excerpt(name)} in it has the shape {array.shape}: store (C,), (S, C) or (h, w, C)"
        )
    with np.errstate(over="ignore"):
        single = array.astype(np.float32)
    if not np.isfinite(single).all():
        raise InputError(f"{excerpt(name)} in it has numbers that are not finite: compute it again")
    return single


def _check_widths(features: dict[str, np.ndarray]) -> None:
    """InputError where they are not of one width."""
    first, one = next(iter(features.items()))
    for name, array in features.items():
        if array.shape[-1] != one.shape[-1]:
            raise InputError(
                f"{excerpt(name)} in it has {array.shape[-1]:,} features and {excerpt(first)} has "
                f"{one.shape[-1]:,}: compute all with one network"
            )

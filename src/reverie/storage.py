"""One-file models: `name.reverie`, a safetensors file with a header that says what it is.

`header` reads that alone, without jax. Nothing in a file is ever executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as unpack
from safetensors.numpy import save as pack

from reverie.errors import InputError
from reverie.files import replace_file
from reverie.header import (
    FORMAT,
    OLDER,
    UNREADABLE,
    Header,
    changed_error,
    locate,
    parse_header,
    read_metadata,
)
from reverie.header import read_header as read_header
from reverie.layers import TooManyWeightsError, Undrawn
from reverie.settings import change, flatten, groups_of
from reverie.trees import digest, first_not_finite, named_arrays, names, with_arrays


class Loaded(NamedTuple):
    """A model as it came out of its file."""

    model: Any
    codec: Any
    recipe: str
    config: Any
    """An instance of the recipe's `Config`."""
    facts: dict[str, Any]


def save(
    path: str | Path,
    model: Any,
    *,
    recipe: str,
    config: Any,
    codec: Any,
    facts: Mapping[str, Any] | None = None,
    dtype: Literal["float32", "float16"] = "float32",
) -> None:
    """Writes a model to one file, whole or not at all; `dtype` is how weights are stored.

    Raises InputError where it cannot be written, or a weight does not fit the type.
    """
    arrays = {name: _cast(name, array, dtype) for name, array in named_arrays(model).items()}
    said = Header(recipe, asdict(config), codec.describe(), dict(facts or {}), "")
    header = {**asdict(said), "sha256": _fingerprint(asdict(said), arrays)}
    data = pack(arrays, {FORMAT: json.dumps(header)})
    with replace_file(path, "wb") as file:
        file.write(data)


class Builder(Protocol):
    """What rebuilds a model: a `Recipe`, or whatever has its configuration and its task."""

    @property
    def Config(self) -> Any:  # noqa: N802, a type is called as types are
        """The class of the configuration."""

    @property
    def task(self) -> Any:
        """The `TaskSpec` of the kind of data."""


def restore(path: str | Path, recipe: Builder) -> Loaded:
    """The model in a file, built by its recipe, on the default device, in float32.

    `reverie.loading.load` finds the recipe by the header. Raises InputError for a file that is
    missing, truncated, changed, of another kind or of a newer version.
    """
    said = read_metadata(path)
    header = parse_header(path, said)
    arrays = _read_arrays(path, said)
    try:
        plain = recipe.Config()
        config = change(plain, flatten(header.config, groups_of(plain)))
        task = recipe.task.load()
        codec = task.codec_from(header.codec)
        skeleton = task.build(config, codec, rng=_no_more_than(arrays))
        arrays = _rename(arrays, names(skeleton), header.version)
        model = _fill(skeleton, arrays)
    except TooManyWeightsError as error:
        raise InputError(
            f"{path} cannot be loaded: its options ask for more weights than it has"
        ) from error
    except InputError as error:
        raise InputError(f"{path} cannot be loaded: {error}") from error
    except RecursionError as error:
        raise changed_error(path) from error
    return Loaded(model, codec, header.recipe, config, header.facts)


REBUILT = 4
"""How many times as many weights as it has a model may be built from: some parts replace others."""


def _no_more_than(arrays: Mapping[str, np.ndarray]) -> Undrawn:
    """For a skeleton of these weights, whatever size a config asks for."""
    numbers = sum(array.size for array in arrays.values())
    return Undrawn(arrays=REBUILT * len(arrays), numbers=REBUILT * numbers)


def _fill(skeleton: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The model with the weights of a file. InputError where they do not fit or are no numbers."""
    odd = [name for name, array in arrays.items() if array.dtype.kind not in "fiub"]
    if odd:
        raise InputError(f"{odd[0]} is of the type {arrays[odd[0]].dtype}, which no weights have")
    with np.errstate(over="ignore"):
        model = with_arrays(skeleton, arrays, "the file")
    if name := first_not_finite(model):
        raise InputError(f"{name} has weights that are not finite numbers: use another copy")
    return model


def _rename(
    arrays: Mapping[str, np.ndarray], today: Iterable[str], version: int
) -> dict[str, np.ndarray]:
    """The arrays of a file under the names of today; what has none keeps its own."""
    found = dict(arrays)
    if version in OLDER:
        for name in today:
            if (then := OLDER[version].name_of(name)) in found:
                found[name] = found.pop(then)
    return found


def _read_arrays(path: str | Path, said: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The arrays of a file, which must be those that were saved."""
    try:
        arrays: dict[str, np.ndarray] = unpack(locate(path).read_bytes())
        found = _fingerprint(said, arrays)
    except (*UNREADABLE, SafetensorError, OSError) as error:
        raise changed_error(path) from error
    if found != said["sha256"]:
        raise changed_error(path)
    return arrays


def _cast(name: str, array: np.ndarray, dtype: str) -> np.ndarray:
    """An array in the type that it is stored in, contiguous; only floating ones are changed."""
    # To jax, unlike NumPy, bfloat16 is a floating type.
    if not jnp.issubdtype(array.dtype, jnp.floating):
        return np.asarray(array, order="C")
    with np.errstate(over="ignore"):
        stored = np.asarray(array, dtype, order="C")
    if np.isinf(stored).any() and not np.isinf(np.asarray(array, np.float64)).any():
        raise InputError(f"{name} has weights too large for {dtype}: store it in float32")
    return stored


def _fingerprint(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """The sha256 of what a header says, but for itself, and of every named array."""
    said = {name: value for name, value in header.items() if name != "sha256"}
    whole = json.dumps(said, sort_keys=True) + digest(arrays)
    return hashlib.sha256(whole.encode()).hexdigest()

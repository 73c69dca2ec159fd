"""One-file models: `name.reverie`, a safetensors file that says in its header what it is.

The header holds one JSON text: the format and its version, the recipe and its config, the
medium, facts worth keeping, and a hash of all this and of every weight. Loading reads
numbers and words; nothing in a file is ever executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

import reverie
from reverie.errors import InputError

FORMAT, VERSION = "reverie", 2
OLDER = {1: {"medium": "codec"}}
"""Versions that are read too: what their headers call by another name."""
LONGEST_HEADER = 100_000_000
"""In bytes; as in the safetensors library."""


@dataclass(frozen=True)
class Header:
    """What a model file says about itself."""

    recipe: str
    config: dict[str, Any]
    codec: dict[str, Any]
    facts: dict[str, Any]
    """Numbers of the training, the licence, whatever a reader of the model should know."""
    sha256: str
    reverie: str = reverie.__version__
    """Which version wrote it."""
    version: int = VERSION
    format: str = FORMAT


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
    from safetensors.numpy import save as packed

    from reverie.files import replace_file
    from reverie.trees import named_arrays

    arrays = {name: _stored(name, array, dtype) for name, array in named_arrays(model).items()}
    said = Header(recipe, asdict(config), codec.describe(), dict(facts or {}), "")
    header = {**asdict(said), "sha256": _fingerprint(asdict(said), arrays)}
    data = packed(arrays, {FORMAT: json.dumps(header)})
    with replace_file(path, "wb") as file:
        file.write(data)


def load(path: str | Path) -> Loaded:
    """The model in a file, on the default device, in float32.

    Raises InputError for a file that is missing, truncated, changed, of another kind or of a
    newer version.
    """
    from reverie.recipes import recipe
    from reverie.settings import change, flattened, groups_of
    from reverie.trees import with_arrays

    said = _said(path)
    header = _header(path, said)
    arrays = _checked_arrays(path, said)
    try:
        system = recipe(header.recipe)
        plain = system.Config()
        config = change(plain, flattened(header.config, groups_of(plain)))
        codec = system.subject().codec_from(header.codec)
        skeleton = system.build(config, codec, rng=np.random.default_rng(0))
        model = with_arrays(skeleton, arrays, "the file")
    except InputError as error:
        raise InputError(f"{path} cannot be loaded: {error}") from error
    return Loaded(model, codec, header.recipe, config, header.facts)


def _checked_arrays(path: str | Path, said: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The arrays of a file, which must be those that were saved."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as unpacked

    try:
        arrays: dict[str, np.ndarray] = unpacked(Path(path).read_bytes())
    except (SafetensorError, KeyError, OSError) as error:
        raise _changed(path) from error
    if _fingerprint(said, arrays) != said["sha256"]:
        raise _changed(path)
    return arrays


def read_header(path: str | Path) -> Header:
    """What a model file says about itself; needs no jax. InputError as for `load`."""
    return _header(path, _said(path))


def _said(path: str | Path) -> dict[str, Any]:
    """The header of a file as it was written, of a version that can be read."""
    raw, size = _raw_header(path)
    try:
        tensors = json.loads(raw)
        said = json.loads(tensors.pop("__metadata__")[FORMAT])
        needed = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _foreign(path) from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise _foreign(path)
    if said.get("version") not in (VERSION, *OLDER):
        raise InputError(
            f"{path} was written by reverie {said.get('reverie')} in format "
            f"{said.get('version')}, but this is reverie {reverie.__version__} and reads format "
            f"{VERSION}: run pip install --upgrade reverie"
        )
    _refuse_truncated(path, size, 8 + len(raw) + needed)
    return said


def _header(path: str | Path, said: Mapping[str, Any]) -> Header:
    """What was said, in the names of today."""
    names = OLDER.get(said["version"], {})
    try:
        return Header(**{names.get(name, name): value for name, value in said.items()})
    except TypeError as error:
        raise _changed(path) from error


def _stored(name: str, array: np.ndarray, dtype: str) -> np.ndarray:
    """An array in the type that it is stored in, contiguous; only floating ones are changed."""
    import jax.numpy as jnp  # to which bfloat16 is a floating type

    if not jnp.issubdtype(array.dtype, jnp.floating):
        return np.asarray(array, order="C")
    with np.errstate(over="ignore"):
        stored = np.asarray(array, dtype, order="C")
    if np.isinf(stored).any() and not np.isinf(np.asarray(array, np.float64)).any():
        raise InputError(f"{name} has weights too large for {dtype}: store it in float32")
    return stored


def _fingerprint(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """The sha256 of what a header says, but for itself, and of every named array."""
    from reverie.trees import digest

    said = {name: value for name, value in header.items() if name != "sha256"}
    whole = json.dumps(said, sort_keys=True) + digest(arrays)
    return hashlib.sha256(whole.encode()).hexdigest()


def _raw_header(path: str | Path) -> tuple[bytes, int]:
    """The header of a safetensors file, and how long the file is."""
    try:
        with open(path, "rb") as file:
            start = file.read(9)
            size = file.seek(0, 2)
            length = int.from_bytes(start[:8], "little")
            if size == 0:
                raise InputError(f"{path} is empty: use another copy")
            if len(start) < 9 or start[8:] != b"{" or length > LONGEST_HEADER:
                raise _foreign(path)
            _refuse_truncated(path, size, 8 + length)
            file.seek(8)
            return file.read(length), size
    except FileNotFoundError as error:
        raise InputError(f"there is no model file {str(path)!r}: check the path") from error
    except IsADirectoryError as error:
        raise InputError(
            f"{str(path)!r} is a folder: name the model file, which ends in .reverie"
        ) from error
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror}; check the file") from error


def _refuse_truncated(path: str | Path, size: int, needed: int) -> None:
    if size < needed:
        raise InputError(
            f"{path} is truncated ({size:,} of {needed:,} bytes): copy or fetch it again"
        )


def _foreign(path: str | Path) -> InputError:
    return InputError(f"{path} is not a model file of Reverie: name one that ends in .reverie")


def _changed(path: str | Path) -> InputError:
    return InputError(f"{path} was changed or damaged after it was saved: use another copy")

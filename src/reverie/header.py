"""What a model file says about itself, read without jax.

A model file is a safetensors file whose header holds one JSON text: the format and its version,
the recipe and its config, the codec, facts worth keeping, and a hash of all this and of every
weight. Reading it reads numbers and words; nothing in a file is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import reverie
from reverie.errors import InputError, excerpt

MODELS = Path(__file__).parent / "models"
"""Those that come with the package."""
FORMAT, VERSION = "reverie", 2
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


class Older(NamedTuple):
    """What an older version of the format calls by another name."""

    header: Mapping[str, str]
    """A key of its header: the key of today."""
    parameters: Mapping[str, str]
    """A part of a parameter's name today: what stood there."""

    def name_of(self, parameter: str) -> str:
        """The name that a parameter of today had."""
        for today, then in self.parameters.items():
            parameter = parameter.replace(today, then)
        return parameter


UNREADABLE = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What JSON of another form than ours, or of none, leads to."""

OLDER = {
    # Emissions, bridges and the window had matrices and biases of their own.
    1: Older({"medium": "codec"}, {".linear.": ".", ".output.W": ".E", ".output.b": ".c"}),
}
"""Versions that are read too."""


def locate(name: str | Path) -> Path:
    """The file of that name; where there is none, the model of that name in the package."""
    path = Path(name)
    shipped = MODELS / f"{path.name}.reverie"
    return shipped if str(name) == path.name and not path.exists() and shipped.exists() else path


def read_header(path: str | Path) -> Header:
    """What a model file says about itself; needs no jax. InputError as for `load`."""
    return parse_header(path, read_metadata(path))


def read_metadata(path: str | Path) -> dict[str, Any]:
    """The header of a file as it was written, of a version that can be read."""
    raw, size = _read_raw_header(path)
    try:
        tensors = json.loads(raw)
        said = json.loads(tensors.pop("__metadata__")[FORMAT])
        needed = max((int(entry["data_offsets"][1]) for entry in tensors.values()), default=0)
    except UNREADABLE as error:
        raise _foreign_error(path) from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise _foreign_error(path)
    if said.get("version") not in (VERSION, *OLDER):
        raise InputError(
            f"{path} was written by reverie {excerpt(said.get('reverie'))} in format "
            f"{excerpt(said.get('version'))}, but this is reverie {reverie.__version__} and reads "
            f"format {VERSION}: run pip install --upgrade reverie"
        )
    _refuse_truncated(path, size, 8 + len(raw) + needed)
    return said


def parse_header(path: str | Path, said: Mapping[str, Any]) -> Header:
    """What was said, in the names of today."""
    version = said["version"]
    names = OLDER[version].header if version in OLDER else {}
    try:
        header = Header(**{names.get(name, name): value for name, value in said.items()})
    except TypeError as error:
        raise changed_error(path) from error
    kinds = {"config": dict, "codec": dict, "facts": dict, "version": int}
    if not all(isinstance(getattr(header, f.name), kinds.get(f.name, str)) for f in fields(Header)):
        raise changed_error(path)
    return header


def _read_raw_header(path: str | Path) -> tuple[bytes, int]:
    """The header of a safetensors file, and how long the file is."""
    try:
        with open(locate(path), "rb") as file:
            start = file.read(9)
            size = file.seek(0, 2)
            length = int.from_bytes(start[:8], "little")
            if size == 0:
                raise InputError(f"{path} is empty: use another copy")
            if len(start) < 9 or start[8:] != b"{" or length > LONGEST_HEADER:
                raise _foreign_error(path)
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


def _foreign_error(path: str | Path) -> InputError:
    return InputError(f"{path} is not a model file of Reverie: name one that ends in .reverie")


def changed_error(path: str | Path) -> InputError:
    """For a file that is no longer as it was saved."""
    return InputError(f"{path} was changed or damaged after it was saved: use another copy")

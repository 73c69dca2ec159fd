"""What several formats share: reading bytes, notes on what was left out, errors with the path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reverie.errors import InputError

if TYPE_CHECKING:  # the sources of text use this module too, and start without NumPy
    from reverie.codecs.ink import Ink

LARGEST = 256 << 20
"""The largest file, in bytes. A million points take about 20 MB in any of these formats."""


class InkFile(NamedTuple):
    """The inks of a file, and `notes` that say what of it was left out."""

    inks: list[Ink]
    notes: tuple[str, ...] = ()


UNPACKED, EXPANSION = 64 << 20, 200
"""From so many bytes on, compressed data may not be more than so many times as long unpacked."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; InputError where it cannot be read or is larger than 256 MB."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; check the path") from error
    if len(data) > LARGEST:
        raise InputError(f"{path} is larger than 256 MB: split it into smaller files")
    return data


def check_expansion(name: str | Path, packed: int, unpacked: int) -> None:
    """InputError where compressed data become so many times as long as only a trap does."""
    if unpacked > max(UNPACKED, EXPANSION * packed):
        raise InputError(
            f"{name} would unpack to more than {EXPANSION} times its {packed:,} bytes, which data "
            "that can be learned from do not: unpack it yourself if you trust it"
        )


def counted(count: int, what: str) -> str:
    """ "1 shape" or "3 shapes"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


@contextmanager
def prefix_errors(path: Path | str) -> Iterator[None]:
    """Prefixes the message of an InputError with `path`."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from error

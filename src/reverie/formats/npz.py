"""Arrays by name in one file, as NumPy saves them. What a file says of itself is not trusted."""

import io
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from reverie.errors import InputError, excerpt
from reverie.files import replace_file
from reverie.formats.opening import check_expansion, prefix_errors

LARGEST = 512 << 20
"""The most bytes, unpacked; drawings of the Quick, Draw! collection have up to 0.2 GB."""
PLAIN = "biufcSUmM"
"""Kinds of elements whose values stand in the array itself."""
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class Head(NamedTuple):
    """What an array says of itself before its bytes begin."""

    shape: tuple[int, ...]
    fortran: bool
    element: np.dtype[Any]


def read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz by name.

    Raises InputError for any other file, for arrays of objects and for one that unpacks to more
    than 512 MB.
    """
    members = unpack(path)
    with prefix_errors(path):
        return {name: _array(name, io.BytesIO(data)) for name, data in members.items()}


def write(arrays: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Write arrays by name; InputError where the file cannot be written."""
    named: dict[str, Any] = {**arrays}
    with replace_file(path, "wb") as file:
        np.savez(file, **named)  # compression would save only a tenth


def unpack(path: Path) -> dict[str, bytes]:
    """The bytes of each array of an .npz by name; InputError as for `read`."""
    try:
        size = path.stat().st_size
        with zipfile.ZipFile(path) as file:
            members = [m for m in file.infolist() if m.filename.endswith(".npy")]
            total = sum(member.file_size for member in members)
            if total > LARGEST:
                raise InputError(
                    f"{path} is larger than {LARGEST >> 20} MB unpacked: split it into smaller "
                    "files"
                )
            check_expansion(path, size, total)
            return {m.filename.removesuffix(".npy"): file.read(m) for m in members}
    except InputError:
        raise
    except Exception as error:
        # An archive can be damaged, encrypted or packed in more ways than there are errors.
        if isinstance(error, OSError) and error.errno is not None:
            raise InputError(f"cannot read {path}: {error.strerror}; check the path") from error
        damage = f"a damaged .npz file ({excerpt(error, 80)})"
        what = damage if zipfile.is_zipfile(path) else "not an .npz file"
        raise InputError(f"{path} is {what}: make or fetch it again") from error


def read_head(name: str, member: BinaryIO) -> Head:
    """What an array says of itself; `member` then stands where its bytes begin."""
    try:
        shape, fortran, element = HEADERS[np.lib.format.read_magic(member)](member)
        if not all(type(size) is int and size >= 0 for size in shape):
            raise ValueError(f"a shape of {shape}")
    except Exception as error:
        # It is a text in Python's syntax, whose parser has errors of its own.
        raise InputError(
            f"{excerpt(name)} in it is not an array: make it with numpy.savez"
        ) from error
    return Head(shape, fortran, element)


def read_body(name: str, head: Head, raw: bytes) -> np.ndarray:
    """The array whose bytes are `raw`; InputError where they are not as many as its shape says."""
    element = head.element
    if element.kind not in PLAIN or element.shape or not element.itemsize:
        raise InputError(
            f"{excerpt(name)} in it is an array of {excerpt(element)}: store numbers only"
        )
    if math.prod(head.shape) * element.itemsize != len(raw):
        raise InputError(
            f"{excerpt(name)} in it should have the shape {excerpt(head.shape)} but has "
            f"{len(raw):,} bytes: make or fetch it again"
        )
    try:
        return np.ndarray(head.shape, element, raw, order="F" if head.fortran else "C")
    except (ValueError, OverflowError) as error:  # no bytes, but impossible axes
        raise InputError(
            f"{excerpt(name)} in it cannot have the shape {excerpt(head.shape)}: make it again"
        ) from error


def _array(name: str, member: BinaryIO) -> np.ndarray:
    return read_body(name, read_head(name, member), member.read())

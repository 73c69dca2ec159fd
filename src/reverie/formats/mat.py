"""Cells of matrices from MATLAB files, as MATLAB 5 to 7.2, Octave and SciPy write them.

SciPy's own reader trusts a file: one of 20 KB, with cells in cells in cells, ends the process.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reverie.errors import InputError, excerpt
from reverie.formats.opening import EXPANSION, UNPACKED, prefix_errors, read_bytes

LARGEST = 512 << 20
"""The most bytes, unpacked."""
MOST_ELEMENTS = 100_000
"""Of a file, and of a matrix in it."""
HEADER = 128
"""Bytes of text before the first variable; the last two say which byte of a number is first."""
ORDERS = {b"IM": "<", b"MI": ">"}
MATRIX, COMPRESSED = 14, 15
"""Kinds of elements that are not numbers."""
CELL, NUMBERS = 1, range(6, 16)
"""Classes of matrices: of matrices, and of numbers."""
COMPLEX = 0x800
"""The flag of a matrix with imaginary numbers."""
TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8"}
TYPES |= {13: "u8"}
"""Kinds of elements that are numbers, as NumPy calls them."""


class Element(NamedTuple):
    """A piece of a file: what kind of thing its bytes are."""

    kind: int
    body: memoryview


class Variable(NamedTuple):
    """A matrix of any class; its `content` is not looked at yet."""

    name: str
    number_class: int
    flags: int
    shape: tuple[int, ...]
    content: list[Element]


def read_cells(path: str | Path, names: Sequence[str]) -> dict[str, list[np.ndarray]]:
    """The matrices in the cell arrays of these names, in the type in which they are stored.

    Raises InputError for any other file, for one that unpacks to more than 512 MB, and where one
    of the names is not there or is no cell array of matrices of real numbers.
    """
    data = read_bytes(Path(path))
    with prefix_errors(path):
        order = _byte_order(data)
        found = {v.name: v for v in _variables(data, order)}
        for name in names:
            if name not in found:
                others = excerpt(", ".join(sorted(found))) or "nothing"
                raise InputError(
                    f"it has {others} and lacks {name}: name a file of {', '.join(names)}"
                )
        return {name: _cells(found[name], order) for name in names}


def _byte_order(data: bytes) -> str:
    order = ORDERS.get(data[HEADER - 2 : HEADER])
    if data[:1] == b"\x89" or data[:10] == b"MATLAB 7.3":
        raise InputError("it is of MATLAB 7.3, which is HDF5: save it again with -v7")
    if order is None:
        raise InputError("it is no MATLAB file of version 5 to 7: save it with -v7")
    return order


def _variables(data: bytes, order: str) -> Iterator[Variable]:
    left = min(LARGEST, max(UNPACKED, EXPANSION * len(data)))
    for element in _elements(memoryview(data)[HEADER:], order):
        body = element.body
        if element.kind == COMPRESSED:
            body = _unpacked(body, left)
            left -= len(body)
            for inner in _elements(body, order):
                if inner.kind == MATRIX:
                    yield _variable(inner.body, order)
        elif element.kind == MATRIX:
            yield _variable(body, order)


def _unpacked(body: memoryview, most: int) -> memoryview:
    """The bytes of a compressed element; InputError where they are more than `most`."""
    try:
        unpacked = zlib.decompressobj().decompress(body, most + 1)
    except zlib.error as error:
        raise _damaged(str(error)) from error
    if len(unpacked) > most:
        raise InputError(
            f"it unpacks to more than {LARGEST >> 20} MB, or {EXPANSION} times its size: split it, "
            "or unpack it yourself if you trust it"
        )
    return memoryview(unpacked)


def _elements(data: memoryview, order: str) -> Iterator[Element]:
    """The elements one after the other; InputError where one is longer than what is left."""
    at = count = 0
    while at + 8 <= len(data):
        count += 1
        if count > MOST_ELEMENTS:
            raise InputError(f"it has more than {MOST_ELEMENTS:,} matrices in one: split it")
        kind, size = struct.unpack_from(f"{order}II", data, at)
        if kind >> 16:  # at most four bytes: they stand where else their number does
            kind, size, begin, width = kind & 0xFFFF, kind >> 16, at + 4, 8
        else:
            begin, width = at + 8, 8 + size + (0 if kind == COMPRESSED else -size % 8)
        if begin + size > len(data) or begin + size > at + width:
            raise _damaged("it ends too early")
        yield Element(kind, data[begin : begin + size])
        at += width


def _variable(body: memoryview, order: str) -> Variable:
    """What a matrix says of itself. One without bytes is empty."""
    if not len(body):
        return Variable("", NUMBERS[0], 0, (0, 0), [])
    parts = list(_elements(body, order))
    if len(parts) < 3 or len(parts[0].body) < 8 or len(parts[1].body) % 4:
        raise _damaged("a matrix without a shape")
    flags, shape, name, *content = parts
    word = struct.unpack_from(f"{order}I", flags.body)[0]
    sizes = struct.unpack(f"{order}{len(shape.body) // 4}i", shape.body)
    if min(sizes, default=0) < 0:
        raise _damaged("a matrix of an impossible shape")
    return Variable(bytes(name.body).decode("latin-1"), word & 0xFF, word, sizes, content)


def _cells(variable: Variable, order: str) -> list[np.ndarray]:
    if variable.number_class != CELL:
        raise InputError(f"{excerpt(variable.name)} in it is no cell array: store a cell a piece")
    if len(variable.content) != math.prod(variable.shape):
        raise _damaged(f"{excerpt(variable.name)} has fewer cells than it says")
    found = []
    for number, element in enumerate(variable.content, 1):
        where = f"cell {number:,} of {excerpt(variable.name)} in it"
        if element.kind != MATRIX:
            raise _damaged(f"{where} is no matrix")
        found.append(_numbers(_variable(element.body, order), order, where))
    return found


def _numbers(matrix: Variable, order: str, where: str) -> np.ndarray:
    if matrix.number_class not in NUMBERS or matrix.flags & COMPLEX or len(matrix.shape) != 2:
        raise InputError(f"{where} is no matrix of real numbers with two axes: store one")
    element = matrix.content[0] if matrix.content else Element(2, memoryview(b""))
    try:
        kind: np.dtype[Any] = np.dtype(f"{order}{TYPES[element.kind]}")
        return np.frombuffer(element.body, kind).reshape(matrix.shape, order="F")
    except (KeyError, ValueError) as error:
        raise _damaged(f"{where} has other numbers than it says") from error


def _damaged(what: str) -> InputError:
    return InputError(f"it is a damaged MATLAB file ({what}): make or fetch it again")

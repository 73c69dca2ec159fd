"""Tensors by name from a PyTorch checkpoint, without PyTorch.

The numbers of a checkpoint lie as plain bytes beside a pickle that describes them; that is
interpreted by `pickled` and never executed.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reverie.errors import InputError, excerpt
from reverie.formats.opening import prefix_errors
from reverie.formats.torch_pickle import TYPES, Checkpoint, Storage, Tensor

ZIP, PICKLE = b"PK\x03\x04", b"\x80"
"""How a checkpoint begins, and how one of before PyTorch 1.6."""
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
"""What the first two pickles of an older checkpoint say."""
LONGEST_PICKLE = 4 << 20
"""In bytes; a tensor takes about 150."""
SHARED = 4
"""How many times as many numbers as are stored the tensors may have together: some are tied."""

Raw = Mapping[str, "bytes | memoryview"]
"""The bytes of each storage."""


def read(path: str | Path) -> dict[str, np.ndarray]:
    """The tensors of a checkpoint (.pth, .pt) by name, as read-only arrays.

    They are those of the dictionary that was saved, or of the first one in it that has any:
    `{"epoch": 3, "state_dict": {...}}` gives those of "state_dict". Strides are kept; bfloat16,
    which NumPy lacks, becomes float32. Both forms of file are read: the zip archive, and the one
    of before PyTorch 1.6.

    Raises InputError for a file that is missing, damaged or no checkpoint, and for one whose
    pickle holds more than dictionaries, numbers, texts and tensors.
    """
    with prefix_errors(path):
        try:
            return _read(Path(path))
        except InputError:
            raise
        except Exception as error:
            # Whatever goes wrong in a damaged file, nothing of it was executed.
            if isinstance(error, OSError) and error.errno is not None:
                raise InputError(f"cannot read it: {error.strerror}; check the path") from error
            raise InputError(
                f"it is a damaged checkpoint ({excerpt(error, 80)}): copy or fetch it again"
            ) from error


def _read(path: Path) -> dict[str, np.ndarray]:
    with open(path, "rb") as file:
        start = file.read(4)
    if start == ZIP:
        return _read_archive(path)
    if start[:1] == PICKLE:
        return _read_older(path.read_bytes())
    raise _foreign("is no PyTorch checkpoint" if start else "is empty")


def _read_archive(path: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(path) as file:
        members = {member.filename: member for member in file.infolist()}
        _check_members(members.values(), path.stat().st_size)
        heads = [name for name in members if name.endswith("/data.pkl")]
        if len(heads) != 1 or members[heads[0]].file_size > LONGEST_PICKLE:
            raise _foreign("is no PyTorch checkpoint")
        root = heads[0].removesuffix("data.pkl")
        if f"{root}byteorder" in members:
            _check_order(file.read(f"{root}byteorder") == b"little")
        tensors = _tensors(Checkpoint().interpret(file.read(heads[0])).value)
        raw = {}
        for storage in _storages(tensors):
            member = members.get(f"{root}data/{storage.key}")
            if member is None or member.file_size != _size(storage):
                raise _truncated(storage)
            raw[storage.key] = file.read(member)
    return _arrays(tensors, raw)


def _check_members(members: Iterable[zipfile.ZipInfo], size: int) -> None:
    """InputError where the members are packed, or longer than the file that holds them."""
    if any(m.compress_type or m.file_size != m.compress_size for m in members):
        raise InputError("its parts are compressed, which those of PyTorch are not: save it again")
    if sum(member.file_size for member in members) > size:
        raise InputError("its parts are longer than the file: copy or fetch it again")


def _read_older(data: bytes) -> dict[str, np.ndarray]:
    at, said = 0, []
    for _ in range(5):
        found = Checkpoint().interpret(data[at : at + LONGEST_PICKLE])
        said.append(found.value)
        at += found.length
        if said[0] != MAGIC:
            raise _foreign("is no PyTorch checkpoint")
    _, protocol, machine, saved, keys = said
    if protocol != PROTOCOL:
        raise _foreign("is of an unknown version of PyTorch")
    _check_order(machine["little_endian"] is True)
    tensors = _tensors(saved)
    return _arrays(tensors, _cut(memoryview(data)[at:], keys, _storages(tensors)))


def _cut(data: memoryview, keys: Any, storages: Iterable[Storage]) -> Raw:
    """The bytes of each storage: they follow each other, each behind its length."""
    known = {storage.key: storage for storage in storages}
    raw = {}
    for key in keys:
        if key not in known:
            raise InputError("it has numbers of no tensor: save the state_dict() of the network")
        storage = known[key]
        length, size = int.from_bytes(data[:8], "little"), _size(storage)
        if length != storage.length or len(data) < 8 + size:
            raise _truncated(storage)
        raw[key], data = data[8 : 8 + size], data[8 + size :]
    return raw


def _check_order(little: bool) -> None:
    if not little:
        raise InputError("its numbers are big-endian: save it again on another machine")


def _foreign(what: str) -> InputError:
    return InputError(f"the file {what}: name one that torch.save wrote (.pth, .pt)")


def _truncated(storage: Storage) -> InputError:
    return InputError(
        f"the {storage.length:,} numbers of its storage {excerpt(storage.key, 40)} are not all "
        "there: copy or fetch it again"
    )


def _tensors(saved: Any) -> dict[str, Tensor]:
    """The tensors of a dictionary, or of the first dictionary in it that has any."""
    candidates = [saved, *saved.values()] if isinstance(saved, dict) else []
    for each in candidates:
        if isinstance(each, dict):
            found = {str(name): t for name, t in each.items() if isinstance(t, Tensor)}
            if found:
                return found
    raise InputError("it has no tensors by name: save the state_dict() of the network")


def _storages(tensors: Mapping[str, Tensor]) -> list[Storage]:
    """Each storage once. InputError where more numbers would be made of them than they have."""
    storages = list(dict.fromkeys(tensor.storage for tensor in tensors.values()))
    if len({storage.key for storage in storages}) != len(storages):
        raise InputError("a storage of it has two lengths: copy or fetch it again")
    numbers = sum(math.prod(tensor.shape) for tensor in tensors.values())
    if numbers > SHARED * sum(storage.length for storage in storages):
        raise InputError("its tensors have more numbers than are stored: save them contiguous")
    return storages


def _arrays(tensors: Mapping[str, Tensor], raw: Raw) -> dict[str, np.ndarray]:
    return {name: _array(name, tensor, raw[tensor.storage.key]) for name, tensor in tensors.items()}


def _array(name: str, tensor: Tensor, raw: bytes | memoryview) -> np.ndarray:
    """The tensor as a view of the bytes of its storage."""
    element = np.dtype(TYPES[tensor.storage.kind])
    strides = [stride * element.itemsize for stride in tensor.strides]
    start = tensor.offset * element.itemsize
    if not math.prod(tensor.shape):
        start, strides, raw = 0, [0] * len(strides), b""
    try:
        # NumPy refuses what would lie outside.
        found: np.ndarray = np.ndarray(tensor.shape, element, raw, start, strides)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(
            f"{excerpt(name)} in it does not fit its storage: copy or fetch it again"
        ) from error
    return _widened(found) if tensor.storage.kind == "BFloat16Storage" else found


def _widened(bits: np.ndarray) -> np.ndarray:
    """Numbers in bfloat16, given as their bits, in float32."""
    wide: np.ndarray = (bits.astype(np.uint32) << 16).view(np.float32)
    wide.flags.writeable = False
    return wide


def _size(storage: Storage) -> int:
    """In bytes."""
    return storage.length * np.dtype(TYPES[storage.kind]).itemsize

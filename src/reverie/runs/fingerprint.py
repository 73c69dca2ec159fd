"""A fingerprint of data: equal data have the same, whatever their files are called."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np


def fingerprint(contents: Any) -> str:
    """A hash of strings, arrays, and mappings and sequences of them, in their order."""
    found = hashlib.blake2b(digest_size=16)
    _feed(contents, found.update)
    return found.hexdigest()


def _feed(contents: Any, update: Callable[[Any], None]) -> None:
    """Feeds a hash; what was written always tells where a part ends, and of what kind it is."""
    match contents:
        case str():
            data = contents.encode("utf-8", "surrogatepass")
            update(b"text %d " % len(data))
            update(data)
        case np.ndarray():
            update(f"array {contents.dtype.str} {contents.shape} ".encode())
            update(np.ascontiguousarray(contents))
        case Mapping():
            _feed(contents.items(), update)
        case Iterable():
            update(b"(")
            for part in contents:
                _feed(part, update)
            update(b")")
        case _:
            raise TypeError(f"{type(contents).__name__} has no fingerprint")

"""A corpus: a text, or several, encoded once and then read as one long sequence of integers."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reverie.codecs.text import TextCodec, Unknown
from reverie.data.sources import TextSource
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.files import cache_directory, make_directory, replace_file

Elements = npt.NDArray[np.unsignedinteger[Any]]
"""Encoded elements (N,), in the narrowest unsigned type that holds V symbols."""

MEMORY_LIMIT = 64 << 20
FORMAT = 2


@dataclass(frozen=True, eq=False)
class Corpus:
    """The elements of a source, `values` (N,), read only, in memory or mapped from a file."""

    name: str
    codec: TextCodec
    values: Elements = field(repr=False)

    def __len__(self) -> int:
        return len(self.values)

    def require(self, count: int, purpose: str) -> None:
        """InputError unless there are `count` elements; `purpose` says what needs them."""
        if len(self) < count:
            raise InputError(
                f"{self.name} has {len(self)} elements but {purpose} needs {count}: "
                "give more text or ask for less"
            )

    def split(self, train: float = 0.9, valid: float = 0.05, test: float = 0.05) -> Split["Corpus"]:
        """Contiguous parts by position: the first for training, the last for the test.

        Raises InputError unless the fractions sum to 1 and each part asked for gets an element.
        """
        fractions = (train, valid, test)
        if min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6:
            raise InputError(
                f"the fractions {train}, {valid} and {test} do not divide a text: "
                "use three numbers from 0 to 1 that sum to 1"
            )
        # Rounding lets 0.9 + 0.05 of 100 be 95 whatever the floating point says.
        cuts = [0, round(train * len(self)), round((train + valid) * len(self)), len(self)]
        for fraction, begin, end in zip(fractions, cuts, cuts[1:], strict=False):
            if fraction > 0 and begin == end:
                self.require(int(np.ceil(1 / fraction)) + 1, f"a part of {fraction:g} of it")
        names = ("train", "valid", "test")
        parts = zip(names, cuts, cuts[1:], strict=False)
        return Split(
            *(
                Corpus(f"{self.name} ({name})", self.codec, self.values[begin:end])
                for name, begin, end in parts
            )
        )


def build_corpus(
    source: TextSource,
    codec: TextCodec,
    *,
    unknown: Unknown = "error",
    cache: Path | None = None,
    memory_limit: int = MEMORY_LIMIT,
) -> Corpus:
    """Encode `source` by `codec`, piece by piece.

    What takes more than `memory_limit` bytes goes to a file in the folder `cache` (default:
    the user's cache directory) and is mapped from there, now and the next time, until the
    source or the codec changes. `unknown` is the policy for unknown symbols.

    Raises InputError for unknown symbols and for what cannot be read, decoded or written.
    """
    kind = element_type(codec.size)
    folder = (cache or cache_directory()) / "corpora"
    file = folder / f"{_key(source, codec, unknown)}.{kind.name}"
    if not file.exists():
        encoded = _encode(source, codec, unknown, kind)
        head, size = [], 0
        for values in encoded:
            head.append(values)
            size += values.nbytes
            if size > memory_limit:
                break
        else:
            return Corpus(source.name, codec, _join(head, kind))
        make_directory(folder)
        with replace_file(file, "wb") as out:
            for values in chain(head, encoded):
                out.write(values.tobytes())
    return Corpus(source.name, codec, np.memmap(file, kind, "r"))


def build_split(
    train: TextSource,
    valid: TextSource,
    test: TextSource,
    codec: TextCodec,
    *,
    unknown: Unknown = "error",
    cache: Path | None = None,
    memory_limit: int = MEMORY_LIMIT,
) -> Split[Corpus]:
    """Three sources of the user's own as the parts of a split; see `build_corpus`."""
    return Split(
        *(
            build_corpus(source, codec, unknown=unknown, cache=cache, memory_limit=memory_limit)
            for source in (train, valid, test)
        )
    )


def element_type(size: int) -> np.dtype[np.unsignedinteger[Any]]:
    """The narrowest unsigned type for the values 0 to `size` - 1."""
    return np.dtype(np.min_scalar_type(max(size - 1, 0)))


def _encode(
    source: TextSource, codec: TextCodec, unknown: Unknown, kind: np.dtype[Any]
) -> Iterator[Elements]:
    offset = 0
    for text in codec.units(source.chunks()):
        yield codec.encode(text, unknown, offset=offset).astype(kind)
        offset += len(text)


def _join(arrays: list[Elements], kind: np.dtype[Any]) -> Elements:
    values = np.concatenate(arrays) if arrays else np.zeros(0, kind)
    values.setflags(write=False)
    return values


def _key(source: TextSource, codec: TextCodec, unknown: Unknown) -> str:
    description = json.dumps(codec.describe(), sort_keys=True)
    said = f"{FORMAT}\0{source.fingerprint()}\0{unknown}\0{description}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]

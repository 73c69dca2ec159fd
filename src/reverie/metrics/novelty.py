"""Copies: the longest span of a sample that occurs in the training text."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from reverie.codecs.characters import code_points
from reverie.errors import InputError

Integers = npt.NDArray[np.integer[Any]]
Points = npt.NDArray[np.uint32]
Symbols = str | bytes | Integers

ODD = np.uint32(2654435761)
TABLE_BITS = 20
WIDEST = 32


class Copy(NamedTuple):
    """The longest copied span: its length, its first position in the training text (-1 where there
    is none), and the span itself."""

    length: int
    start: int
    span: Symbols


def longest_copy(sample: Symbols, training: Symbols) -> Copy:
    """The longest span of `sample` that occurs verbatim in `training`, both of one type: text,
    bytes or integers (T,). Takes about 20 bytes of memory per symbol of `training`.

    Raises InputError where the types differ.
    """
    if _kind(sample) != _kind(training):
        raise InputError(
            f"cannot compare a sample of {_kind(sample)} with a training text of "
            f"{_kind(training)}: give both in one form"
        )
    needle, text = _as_text(sample), _as_text(training)
    bound = _length_bounds(code_points(needle), code_points(text))
    length, begin, start = 0, 0, -1
    absent: set[str] = set()
    # The most promising positions first: most of the others then need no search.
    for i in np.argsort(-bound, kind="stable").tolist():
        if bound[i] <= length:
            break
        if needle[i : i + length + 1] in absent:
            continue
        place = text.find(needle[i : i + length + 1])
        while place >= 0 and i + length < len(needle):
            length, begin, start = length + 1, i, place
            # A longer span cannot stand before its own beginning does.
            place = text.find(needle[i : i + length + 1], place)
        absent.add(needle[i : i + length + 1])
    return Copy(length, start, sample[begin : begin + length])


def _kind(symbols: Symbols) -> str:
    return "integers" if isinstance(symbols, np.ndarray) else type(symbols).__name__


def _as_text(symbols: Symbols) -> str:
    """One character per symbol, because str.find is the fastest search."""
    if isinstance(symbols, str):
        return symbols
    if isinstance(symbols, bytes):
        return symbols.decode("latin-1")
    return symbols.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _length_bounds(sample: Points, training: Points) -> npt.NDArray[np.int64]:
    """For each position of `sample`, (T,), an upper bound on the length of a copied span there.

    A span of k + r - 1 symbols needs r neighbouring k-grams that all occur in the training
    text; hashes of k-grams, k = 4, 8, 16, 32, show which do not.
    """
    bound = np.arange(len(sample), 0, -1)
    width, hashes, known = 1, sample * ODD, training * ODD
    while width < WIDEST and 2 * width <= min(len(sample), len(training)):
        hashes, known = _double_width(hashes, width), _double_width(known, width)
        width *= 2
        if width < 4:
            continue
        ahead = _run_lengths(_occurs(hashes, known))
        limits = np.where(ahead > 0, ahead + width - 1, width - 1)
        bound[: len(limits)] = np.minimum(bound[: len(limits)], limits)
        if not ahead.any():
            break
    return bound


def _double_width(hashes: Points, width: int) -> Points:
    """Hashes of 2k-grams from those of k-grams."""
    hashes = hashes[:-width] * ODD + (hashes[width:] ^ (hashes[width:] >> np.uint32(15)))
    return hashes ^ (hashes >> np.uint32(13))


def _occurs(hashes: Points, known: Points) -> npt.NDArray[np.bool_]:
    """Whether each of the few `hashes` is among the many `known` ones."""
    shift = np.uint32(32 - TABLE_BITS)
    table = np.zeros(1 << TABLE_BITS, np.bool_)
    table[hashes >> shift] = True
    return np.isin(hashes, known[table[known >> shift]])


def _run_lengths(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """For each position, the number of consecutive flags from there on."""
    places = np.arange(len(flags))
    gaps = np.where(flags, len(flags), places)
    next_gap = np.minimum.accumulate(gaps[::-1])[::-1]
    return next_gap - places

"""The problems by name: the one table of them. No NumPy here.

A new problem is a function of chance and size, in `bits.py` or `strings.py`, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reverie.tasks import algorithms

if TYPE_CHECKING:
    import numpy as np

    from reverie.tasks.algorithms.bits import BitProblem

END = "."
"""The symbol behind an answer."""
CONTEXT = 5
"""Bits on which the next one depends, of dynamic n-grams."""


def sorted_of(size: int) -> int:
    """How many of the vectors of priority sort are wanted: the first four fifths."""
    return max(1, round(0.8 * size))


@dataclass(frozen=True)
class BitEntry:
    """A problem of vectors of bits, and what its arrays look like."""

    about: str
    draw: Callable[[], Callable[[np.random.Generator, int, int], BitProblem]]
    """Gives what draws one, by (chance, size, bits of a vector)."""
    longest: Callable[[int], int]
    """The most steps of one of a size."""
    kept: Callable[[int], int] = lambda n: n
    """How many vectors or items must be remembered of one of a size."""
    channels: int = 2
    """Inputs beside the bits."""
    marks: int = 0
    """Outputs beside the bits."""
    width: int | None = None
    """Bits of a vector, where they cannot be chosen."""


@dataclass(frozen=True)
class StringEntry:
    """A problem of symbols."""

    about: str
    draw: Callable[[], Callable[[np.random.Generator, int], tuple[str, str]]]
    """Gives what draws one, by (chance, size)."""
    alphabet: str
    """Without the end."""
    longest: Callable[[int], int]
    """The most symbols of one of a size, without the end."""
    kept: Callable[[int], int] = lambda n: n
    """How many symbols must be remembered of one of a size."""


def _automaton(number: int) -> BitEntry:
    return BitEntry(
        f"whether a word is accepted by automaton {number}, drawn by chance",
        lambda: partial(algorithms.follow_automaton, number),
        lambda n: n,
        kept=lambda n: 0,
        channels=1,
        width=1,
    )


BITS: dict[str, BitEntry] = {
    "copy": BitEntry("vectors of bits are repeated", lambda: algorithms.copy, lambda n: 2 * n + 2),
    "repeat-copy": BitEntry(
        "vectors of bits are repeated several times",
        lambda: algorithms.repeat_copy,
        lambda n: n * n + n + 3,
        marks=1,
    ),
    "recall": BitEntry(
        "the item that followed another one is told",
        lambda: algorithms.recall,
        lambda n: 4 * max(2, n) + 8,
    ),
    "priority-sort": BitEntry(
        "vectors of bits are put into the order of their priorities",
        lambda: algorithms.priority_sort,
        lambda n: n + 1 + sorted_of(n),
    ),
    "ngrams": BitEntry(
        "the next bit of an unknown source is predicted",
        lambda: algorithms.ngrams,
        lambda n: n + CONTEXT,
        kept=lambda n: 0,
        channels=0,
        width=1,
    ),
    "parity": BitEntry(
        "whether the number of ones so far is odd",
        lambda: algorithms.follow_parity,
        lambda n: n,
        kept=lambda n: 0,
        channels=1,
        width=1,
    ),
    **{f"automaton-{n}": _automaton(n) for n in range(1, 6)},
}

STRINGS: dict[str, StringEntry] = {
    "anbn": StringEntry("as many b as a", lambda: algorithms.count_two, "ab", lambda n: 2 * n),
    "anbncn": StringEntry(
        "as many b and c as a", lambda: algorithms.count_three, "abc", lambda n: 3 * n
    ),
    "anbmcnm": StringEntry(
        "as many c as a and b", lambda: algorithms.count_sum, "abc", lambda n: 2 * max(2, n)
    ),
    "binary-addition": StringEntry(
        "binary numbers are added", lambda: algorithms.add_binary, "01+=", lambda n: 3 * n + 3
    ),
    "reversal": StringEntry(
        "a word is reversed", lambda: algorithms.reverse, "abcd=", lambda n: 2 * n + 1
    ),
    "repetition": StringEntry(
        "a word is repeated", lambda: algorithms.repeat, "abcd=", lambda n: 2 * n + 1
    ),
    "brackets": StringEntry(
        "open brackets are closed",
        lambda: algorithms.close_brackets,
        "()[]{}=",
        lambda n: 2 * n + 1,
    ),
}


def problem_names() -> tuple[str, ...]:
    """The names of all problems."""
    return (*BITS, *STRINGS)

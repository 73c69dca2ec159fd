"""Decimal numbers as whole multiples of their last place, which single precision adds exactly.

No jax here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.errors import InputError, excerpt

NUMBER = re.compile(r"[+-]?(\d+\.?|\d*\.\d+)", re.ASCII)
LONGEST, PLACES = 100, 6
"""The most characters of a number, and the most of them behind the point."""
EXACT = 2**24
"""Single precision has all whole numbers up to this one, and not the next."""


class Decimals(NamedTuple):
    """Streams of decimal numbers with so many places behind the point.

    The numbers, the sum of each row with its weights, and the totals of these sums, are within
    `EXACT` multiples of the last place.
    """

    multiples: Float[np.ndarray, "T N"]
    """Of 10^-places; whole numbers."""
    places: int

    @property
    def unit(self) -> float:
        """10^-places."""
        return float(10.0**-self.places)

    def show(self, multiple: float) -> str:
        """A multiple of the last place as people write it."""
        return f"{Decimal(float(multiple)).scaleb(-self.places):f}"


def read_decimals(words: Sequence[str], weights: Sequence[int]) -> Decimals:
    """Rows of numbers, one for each of the weights, with commas between those of a row.

    Raises InputError for what is no number, has more than 6 places behind the point, or cannot be
    added exactly.
    """
    rows = [_row(step, word, len(weights)) for step, word in enumerate(words, 1)]
    places = max((len(_places(text)) for row in rows for text in row), default=0)
    multiples = [[int(Fraction(text) * 10**places) for text in row] for row in rows]
    for step, (row, total) in enumerate(
        zip(multiples, _totals(multiples, weights), strict=True), 1
    ):
        _check(step, [*row, _weighted(row, weights), total], places)
    return Decimals(np.array(multiples, float).reshape(-1, len(weights)), places)


def _row(step: int, word: str, count: int) -> list[str]:
    """The numbers of a step, as texts."""
    row = word.split(",")
    if len(row) != count:
        form = "one number" if count == 1 else f"{count} numbers with a comma between"
        raise InputError(f"step {step} is {excerpt(repr(word))}, which is not {form}")
    for text in row:
        if len(text) > LONGEST or not NUMBER.fullmatch(text):
            raise InputError(
                f"step {step} has {excerpt(repr(text), LONGEST)}, which is no number: write one "
                "such as 3, -2 or 0.5"
            )
        if len(_places(text)) > PLACES:
            raise InputError(
                f"step {step} has {excerpt(repr(text), LONGEST)}: write up to {PLACES} digits "
                "behind the point"
            )
    return row


def _places(text: str) -> str:
    """The digits behind the point."""
    return text.partition(".")[2]


def _weighted(row: Iterable[int], weights: Iterable[int]) -> int:
    return sum(w * x for w, x in zip(weights, row, strict=True))


def _totals(rows: list[list[int]], weights: Sequence[int]) -> list[int]:
    return list(accumulate(_weighted(row, weights) for row in rows))


def _check(step: int, numbers: list[int], places: int) -> None:
    if max(map(abs, numbers)) > EXACT:
        limit = f"{Decimal(EXACT).scaleb(-places):,f}"
        unit = f" in steps of {Decimal(1).scaleb(-places):f}" if places else ""
        raise InputError(
            f"at step {step} a number or a total is beyond {limit}, up to which the single "
            f"precision of the network is exact{unit}: use smaller numbers"
        )

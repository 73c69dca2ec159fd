"""Counts of n-grams of one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TypeAlias

Gram: TypeAlias = tuple[Hashable, ...]

ORDER = 4
"""The longest n-grams of BLEU and CIDEr."""


def count_grams(tokens: Sequence[Hashable], order: int = ORDER) -> Counter[Gram]:
    """How often each n-gram of 1 to `order` tokens stands in a sentence."""
    return Counter(
        tuple(tokens[at : at + n]) for n in range(1, order + 1) for at in range(len(tokens) - n + 1)
    )

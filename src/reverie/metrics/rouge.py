"""ROUGE-L of captions, as coco-caption computes it (Lin 2004)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

BETA = 1.2
"""How much more recall weighs than precision."""


def rouge_l(candidate: Sequence[Hashable], references: Sequence[Sequence[Hashable]]) -> float:
    """(1 + b^2) P R / (R + b^2 P), in [0, 1], with P and R the highest of all references.

    Of the longest common subsequence, P is the fraction of the candidate, and R of the reference:
    both need not be of the same one.
    """
    common = [common_subsequence(candidate, other) for other in references]
    precision = max(common) / max(len(candidate), 1)
    recall = max(n / max(len(other), 1) for n, other in zip(common, references, strict=True))
    if not precision:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def common_subsequence(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """The length of the longest sequence of tokens that both have in this order, with gaps."""
    best = [0] * (len(other) + 1)
    for token in one:
        diagonal = 0
        for at, another in enumerate(other, 1):
            above = best[at]
            best[at] = diagonal + 1 if token == another else max(above, best[at - 1])
            diagonal = above
    return best[-1]

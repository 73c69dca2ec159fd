"""CIDEr and CIDEr-D: how much a caption has of what all people say of a picture (Vedantam 2015)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from reverie.metrics.grams import ORDER, Gram, count_grams

SIGMA = 6.0
"""The standard deviation of the penalty of lengths, in tokens."""
SCALE = 10
"""What the authors multiply both scores with."""


class DocumentFrequencies(NamedTuple):
    """In how many pictures a reference has each n-gram: what is said of all tells little."""

    counts: Mapping[Gram, int]
    pictures: int
    source: str
    """Where they were counted."""

    def weight(self, gram: Gram) -> float:
        """log(pictures / count), an n-gram that was never seen having the count 1."""
        return math.log(self.pictures) - math.log(max(self.counts.get(gram, 0), 1))


class Similarity(NamedTuple):
    """Both scores of one candidate, from 0 to 10."""

    cider: float
    cider_d: float


class Vector(NamedTuple):
    """A sentence: the weight of each of its n-grams, and the norm of those of each length."""

    weights: dict[Gram, float]
    norms: list[float]
    length: int


def count_documents(
    references: Sequence[Sequence[Sequence[Hashable]]], source: str
) -> DocumentFrequencies:
    """The frequencies in pictures with their references, each a sequence of tokens."""
    counts = Counter[Gram]()
    for sentences in references:
        counts.update({gram for tokens in sentences for gram in count_grams(tokens)})
    return DocumentFrequencies(counts, len(references), source)


def cider(
    candidate: Sequence[Hashable],
    references: Sequence[Sequence[Hashable]],
    frequencies: DocumentFrequencies,
) -> Similarity:
    """The scores of one candidate: the mean over n = 1 .. 4 and its M references s of

        CIDEr    10 g_n(c) . g_n(s) / (|g_n(c)| |g_n(s)|)
        CIDEr-D  10 exp(-(l(c) - l(s))^2 / 2 sigma^2)
                    min(g_n(c), g_n(s)) . g_n(s) / (|g_n(c)| |g_n(s)|)

    where g_n has count times log(pictures / document frequency) of each n-gram, and l is the number
    of tokens. What coco-caption calls CIDEr is CIDEr-D. Departures, both of them those of the
    authors' program: words are not reduced to stems, and CIDEr has the factor of 10 as well.
    """
    own = _vector(candidate, frequencies)
    pairs = [_similarity(own, _vector(tokens, frequencies)) for tokens in references]
    plain, damped = (sum(scores) / len(pairs) for scores in zip(*pairs, strict=True))
    return Similarity(SCALE * plain, SCALE * damped)


def _vector(tokens: Sequence[Hashable], frequencies: DocumentFrequencies) -> Vector:
    counts = count_grams(tokens)
    weights = {gram: count * frequencies.weight(gram) for gram, count in counts.items()}
    squares = [0.0] * ORDER
    for gram, weight in weights.items():
        squares[len(gram) - 1] += weight**2
    return Vector(weights, list(map(math.sqrt, squares)), len(tokens))


def _similarity(own: Vector, other: Vector) -> Similarity:
    """The means over n, from 0 to 1."""
    plain, clipped = [0.0] * ORDER, [0.0] * ORDER
    for gram in own.weights.keys() & other.weights.keys():
        one, another = own.weights[gram], other.weights[gram]
        plain[len(gram) - 1] += one * another
        clipped[len(gram) - 1] += min(one, another) * another
    norms = [a * b or 1.0 for a, b in zip(own.norms, other.norms, strict=True)]
    penalty = math.exp(-((own.length - other.length) ** 2) / (2 * SIGMA**2))
    cosine, damped = (
        sum(dot / norm for dot, norm in zip(dots, norms, strict=True)) / ORDER
        for dots in (plain, clipped)
    )
    return Similarity(cosine, penalty * damped)

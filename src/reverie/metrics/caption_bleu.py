"""Corpus BLEU with several references, as coco-caption computes it (Papineni 2002)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from jaxtyping import Float

from reverie.metrics.grams import ORDER, Gram, count_grams

COUNTS = 2 + 2 * ORDER
"""How many numbers of each picture BLEU is made of."""
TINY, SMALL = 1e-15, 1e-9
"""What coco-caption adds to counts above and below a stroke, so that nothing is divided by 0."""


def bleu_counts(
    candidate: Sequence[Hashable], references: Sequence[Sequence[Hashable]]
) -> list[int]:
    """c, r, m_1 .. m_4, c_1 .. c_4 of one picture: `COUNTS` numbers, of which BLEU needs the sums.

    c is the length of the candidate, and r of the reference that is closest in length, of two the
    shorter. Of c_n n-grams m_n are found in a reference, each as often at most as in the one that
    has most of it.
    """
    length = len(candidate)
    closest = min((abs(len(other) - length), len(other)) for other in references)[1]
    most = Counter[Gram]()
    for other in references:
        most |= count_grams(other)
    found = Counter[int]()
    for gram, count in (count_grams(candidate) & most).items():
        found[len(gram)] += count
    orders = range(1, ORDER + 1)
    return [length, closest, *(found[n] for n in orders), *(max(length - n + 1, 0) for n in orders)]


def corpus_bleu(sums: Float[np.ndarray, "*S 10"]) -> Float[np.ndarray, "*S 4"]:
    """BLEU-1 to BLEU-4, in [0, 1], of the sums of `bleu_counts` over pictures,

    BLEU-N = min(1, exp(1 - r / c)) (p_1 ... p_N)^(1 / N),  p_n = (m_n + tiny) / (c_n + small)
    """
    length, closest = sums[..., 0], sums[..., 1]
    found, count = sums[..., 2 : 2 + ORDER], sums[..., 2 + ORDER : COUNTS]
    product = np.cumprod((found + TINY) / (count + SMALL), -1)
    ratio = (length + TINY) / (closest + SMALL)
    # Where no candidate has a word, exp(-r / tiny) is 0.
    brevity = np.exp(np.minimum(1 - 1 / ratio, 0))
    bleu: np.ndarray = brevity[..., None] * product ** (1 / np.arange(1, ORDER + 1))
    return bleu

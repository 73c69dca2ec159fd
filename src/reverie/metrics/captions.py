"""Scores of captions of pictures, with their uncertainty: BLEU-1 to 4, ROUGE-L, CIDEr, CIDEr-D."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.errors import InputError
from reverie.formats.opening import counted
from reverie.metrics.caption_bleu import COUNTS, bleu_counts, corpus_bleu
from reverie.metrics.caption_tokens import TOKENISER, caption_tokens
from reverie.metrics.cider import DocumentFrequencies, cider, count_documents
from reverie.metrics.rouge import rouge_l

NAMES = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr", "CIDEr-D")
"""The scores, in the order of all arrays of them."""
BOUNDS = (2.5, 97.5)
"""The percentiles between which 95 % of the resamples are."""
OWN = "the references themselves"
NO_CIDER = (
    "no CIDEr: document frequencies of one picture give every n-gram the weight 0; count them in "
    "other references, such as those of training"
)


class CaptionScore(NamedTuple):
    """A score, and the bounds between which 95 % of its resamples are."""

    value: float
    low: float
    high: float


class Difference(NamedTuple):
    """How much higher a score of the first candidates is than that of the others."""

    value: float
    low: float
    high: float
    better: float
    """The fraction of resamples in which the first are better; the same counts half."""


class CaptionScores(NamedTuple):
    """The scores of a set of captions: what coco-caption computes, times 100."""

    scores: dict[str, CaptionScore]
    """By name: BLEU and ROUGE-L are per cent, CIDEr and CIDEr-D have no upper end at 100."""
    pictures: int
    references: tuple[int, int]
    """The fewest and the most references of a picture."""
    frequencies: str
    """Where the document frequencies of CIDEr come from."""
    notes: tuple[str, ...] = ()
    tokeniser: str = TOKENISER

    def summary(self) -> str:
        """All of it, for people; what coco-caption and papers call CIDEr is CIDEr-D."""
        least, most = self.references
        each = f"{least}" if least == most else f"{least} to {most}"
        return "\n".join(
            [
                f"tokens: {self.tokeniser}",
                f"document frequencies: {self.frequencies}",
                f"pictures: {self.pictures:,}, with {each} reference{'s' * (most > 1)} each",
                *(
                    f"{name:<8}{s.value:6.1f}  {_bounds(s.low, s.high)}"
                    for name, s in self.scores.items()
                ),
                *self.notes,
            ]
        )


class CaptionDifferences(NamedTuple):
    """The differences of two sets of captions of the same pictures, in the units of the scores."""

    differences: dict[str, Difference]
    pictures: int

    def summary(self) -> str:
        """All of it, for people."""
        return "\n".join(
            f"{name:<8}{d.value:+6.1f}  {_bounds(d.low, d.high, '+')}, "
            f"better in {d.better:.1%} of the resamples"
            for name, d in self.differences.items()
        )


def document_frequencies(
    references: Sequence[Sequence[str]], source: str = OWN
) -> DocumentFrequencies:
    """The document frequencies of n-grams in captions of pictures, for CIDEr; each picture's
    captions are one document. `source` is what they are called where scores are printed."""
    return count_documents([list(map(caption_tokens, each)) for each in references], source)


def caption_scores(
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    frequencies: DocumentFrequencies | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> CaptionScores:
    """The scores of one candidate for each picture against its references, as coco-caption's.

    CIDEr needs document frequencies: without `frequencies`, those of the references. `samples`
    times as many pictures are drawn with replacement, with fixed document frequencies; between the
    bounds are 95 % of the scores of these resamples (Efron 1979, Koehn 2004). Of one picture
    alone, every n-gram is in all documents and CIDEr would be 0: it is left out, and a note says
    so. Raises InputError where numbers of pictures differ, and for a picture without a reference.
    """
    statistics, known = _statistics([candidates], references, frequencies)
    value = _scores(statistics.sum(1))[0]
    low, high = np.percentile(_resample(statistics, samples, seed)[:, 0], BOUNDS, axis=0)
    numbers = [len(captions) for captions in references]
    return CaptionScores(
        {name: CaptionScore(*map(float, (value[k], low[k], high[k]))) for name, k in _told(known)},
        len(references),
        (min(numbers), max(numbers)),
        f"{known.source}, {counted(known.pictures, 'picture')}",
        () if known.pictures > 1 else (NO_CIDER,),
    )


def paired_bootstrap(
    candidates: Sequence[str],
    others: Sequence[str],
    references: Sequence[Sequence[str]],
    frequencies: DocumentFrequencies | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> CaptionDifferences:
    """How much better some candidates are than others, by resamples of the pictures (Koehn 2004).

    Each resample has the same pictures for both, so that it does not matter how hard these are.
    The rest is as for `caption_scores`.
    """
    statistics, known = _statistics([candidates, others], references, frequencies)
    one, other = _scores(statistics.sum(1))
    drawn = np.subtract(*_resample(statistics, samples, seed).swapaxes(0, 1))
    low, high = np.percentile(drawn, BOUNDS, axis=0)
    better = (np.sign(drawn).mean(0) + 1) / 2
    columns = (one - other, low, high, better)
    found = {name: Difference(*(float(c[k]) for c in columns)) for name, k in _told(known)}
    return CaptionDifferences(found, len(references))


def _statistics(
    sets: Sequence[Sequence[str]],
    references: Sequence[Sequence[str]],
    frequencies: DocumentFrequencies | None,
) -> tuple[Float[np.ndarray, "K P N"], DocumentFrequencies]:
    """The numbers of each picture whose sums make the scores, for K sets of candidates.

    The last is 1, whose sum is the number of pictures.
    """
    for candidates in sets:
        _check(candidates, references)
    tokens = [list(map(caption_tokens, captions)) for captions in references]
    known = count_documents(tokens, OWN) if frequencies is None else frequencies

    def of(candidate: str, others: list[list[str]]) -> list[float]:
        own = caption_tokens(candidate)
        return [*bleu_counts(own, others), rouge_l(own, others), *cider(own, others, known), 1]

    rows = [[of(*pair) for pair in zip(each, tokens, strict=True)] for each in sets]
    return np.array(rows, float), known


def _check(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    if len(candidates) != len(references) or not references:
        raise InputError(
            f"there are {len(candidates):,} candidates for {len(references):,} pictures: give one "
            "for each, and a picture or more"
        )
    for number, captions in enumerate(references, 1):
        if isinstance(captions, str) or not captions:
            raise InputError(f"picture {number:,} needs a list of references, of one or more")


def _scores(sums: Float[np.ndarray, "*S N"]) -> Float[np.ndarray, "*S 7"]:
    """The scores of all pictures by the sums of their statistics, times 100."""
    pictures = sums[..., -1:]
    return 100 * np.concatenate([corpus_bleu(sums), sums[..., COUNTS:-1] / pictures], -1)


def _resample(
    statistics: Float[np.ndarray, "K P N"], samples: int, seed: int
) -> Float[np.ndarray, "S K 7"]:
    """The scores of each set in resamples of the pictures, the same ones for all sets."""
    rng, count = np.random.default_rng(seed), statistics.shape[1]
    draws = (rng.integers(0, count, count) for _ in range(samples))
    return np.stack([_scores(np.bincount(drawn, minlength=count) @ statistics) for drawn in draws])


def _told(known: DocumentFrequencies) -> list[tuple[str, int]]:
    """The names of the scores that say something, with their places."""
    places = [(name, place) for place, name in enumerate(NAMES)]
    return [(name, k) for name, k in places if known.pictures > 1 or not name.startswith("CIDEr")]


def _bounds(low: float, high: float, sign: str = "") -> str:
    return f"[{low:{sign}.1f}, {high:{sign}.1f}]"

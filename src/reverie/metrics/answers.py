"""Exact match and F1 of answers by the official rules of SQuAD v1.1, and their uncertainty."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.errors import InputError

BOUNDS = (2.5, 97.5)
"""The percentiles between which 95 % of the resamples are."""
SIGNS = str.maketrans("", "", string.punctuation)
"""What is left out. These are the signs of ASCII: a long dash stays, and "a-b" becomes "ab"."""
ARTICLES = re.compile(r"\b(a|an|the)\b")


class AnswerScore(NamedTuple):
    """A mean over the questions in per cent, and the bounds of 95 % of its resamples."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1f} [{self.low:.1f}, {self.high:.1f}]"


class AnswerScores(NamedTuple):
    """How good the answers to a set of questions are."""

    exact: AnswerScore
    f1: AnswerScore
    questions: int

    def summary(self) -> str:
        """Both, for people."""
        return f"exact match {self.exact}, F1 {self.f1} on {self.questions:,} questions"


def normalise_answer(answer: str) -> str:
    """The answer in lower case, without signs, then without articles, one blank between words."""
    return " ".join(ARTICLES.sub(" ", answer.lower().translate(SIGNS)).split())


def exact_match(answer: str, truths: Sequence[str]) -> bool:
    """Whether the answer is one of the true ones, normalised."""
    return normalise_answer(answer) in map(normalise_answer, truths)


def answer_f1(answer: str, truths: Sequence[str]) -> float:
    """The F1 of the words of the normalised answer, in [0, 1]: the best over the true ones.

    A word counts as often as both have it. As in the official script, two answers of which nothing
    is left are an exact match whose F1 is 0.
    """
    return max((_f1(*map(_bag, (answer, truth))) for truth in truths), default=0.0)


def answer_scores(
    answers: Sequence[str], truths: Sequence[Sequence[str]], samples: int = 1000, seed: int = 0
) -> AnswerScores:
    """The means over all questions, of one answer and one or more true ones each.

    The questions are drawn with replacement `samples` times; between the bounds are 95 % of the
    means (Efron 1979). A question without an answer is answered by "". Raises InputError where
    the numbers differ, where there is no question, and for a question without a true answer.
    """
    if len(answers) != len(truths) or not truths:
        raise InputError(
            f"there are {len(answers):,} answers to {len(truths):,} questions: give one for each, "
            "and a question or more"
        )
    for number, each in enumerate(truths, 1):
        if isinstance(each, str) or not each:
            raise InputError(f"question {number:,} needs a list of true answers, of one or more")
    pairs = list(zip(answers, truths, strict=True))
    rows = 100.0 * np.array([(exact_match(*pair), answer_f1(*pair)) for pair in pairs])
    low, high = np.percentile(_resample(rows, samples, seed), BOUNDS, axis=0)
    exact, f1 = (AnswerScore(*map(float, c)) for c in zip(rows.mean(0), low, high, strict=True))
    return AnswerScores(exact, f1, len(rows))


def _resample(rows: Float[np.ndarray, "N K"], samples: int, seed: int) -> Float[np.ndarray, "M K"]:
    """The means of rows drawn with replacement, as many as there are, `samples` times."""
    rng, count = np.random.default_rng(seed), len(rows)
    draws = (rng.integers(0, count, count) for _ in range(samples))
    return np.stack([np.bincount(drawn, minlength=count) @ rows / count for drawn in draws])


def _bag(answer: str) -> Counter[str]:
    return Counter(normalise_answer(answer).split())


def _f1(answer: Counter[str], truth: Counter[str]) -> float:
    same = (answer & truth).total()
    if not same:
        return 0.0
    precision, recall = same / answer.total(), same / truth.total()
    return 2 * precision * recall / (precision + recall)

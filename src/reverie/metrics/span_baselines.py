"""Spans that answer without learning, for a model to be compared with."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

WORDS = """
    a about after all also an and any are as at be because been before being between both but by
    can could did do does during each either for from had has have he her here him his how i if in
    into is it its just many may me might more most much must my no nor not of on one only or other
    our out over s she should so some such t than that the their them then there these they this
    those through to too under until up upon very was we were what when where which while who whom
    whose why will with would you your
"""
FUNCTION_WORDS = frozenset(WORDS.split())
"""Words that say nothing of what a text is about."""
ENDS = frozenset(".!?")
"""The words that end a sentence."""

Span = tuple[int, int]
"""The places of the first and the last word."""


class _Candidate(NamedTuple):
    """A span of a sentence, its places counted from there, and where the sentence begins."""

    first: int
    last: int
    sentence: Sequence[str]
    begin: int


def first_sentence(words: Sequence[str], longest: int | None = None) -> Span:
    """The first sentence of a passage, of at most its first `longest` words.

    Raises ValueError where there are no words.
    """
    if not words:
        raise ValueError("a passage without words has no span")
    _, sentence = next(_sentences(words))
    return 0, min(len(sentence), longest or len(sentence)) - 1


def sliding_window(words: Sequence[str], question: Sequence[str], longest: int = 10) -> Span:
    """The span that stands among words of the question: the baseline of Rajpurkar (2016).

        ic(w) = log(1 + 1 / count of w in the passage)
        sw = max_j sum_{i < |S|} ic(p_{j+i}) [p_{j+i} in S]        S: words of span and question
        d = the least distance of a word of the span and one of the question / (|P| - 1), or 1

    It is the candidate of the largest sw - d, in its sentence P (Richardson 2013); as in the paper,
    only candidates count that stand in the sentence which, without them, has most words and pairs
    of words in common with the question. Departure: there a parser proposes candidates; here they
    are the runs of at most `longest` words between signs and function words, and where there is
    none, the first word. Raises ValueError where there are no words.
    """
    if not words:
        raise ValueError("a passage without words has no span")
    passage, asked = [[word.lower() for word in each] for each in (words, question)]
    grams, counts = _grams(asked), Counter(passage)

    def overlap(candidate: _Candidate) -> int:
        first, last, sentence, _ = candidate
        return len(grams & (_grams(sentence[:first]) | _grams(sentence[last + 1 :])))

    def score(candidate: _Candidate) -> float:
        return _window(candidate, set(asked), counts) - _distance(candidate, set(asked))

    spans = list(_candidates(passage, longest)) or [_Candidate(0, 0, passage, 0)]
    most = max(map(overlap, spans))
    best = max((span for span in spans if overlap(span) == most), key=score)
    return best.begin + best.first, best.begin + best.last


def _sentences(words: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Where each sentence begins, and its words; the full stop of "U.S." ends one, too."""
    begin = 0
    for n, word in enumerate(words, 1):
        if word in ENDS or n == len(words):
            yield begin, words[begin:n]
            begin = n


def _candidates(words: Sequence[str], longest: int) -> Iterator[_Candidate]:
    for begin, sentence in _sentences(words):
        tell = [_tells(word) for word in sentence]
        for told, run in groupby(range(len(sentence)), tell.__getitem__):
            if told:
                first, *others = run
                last = first + min(len(others), longest - 1)
                yield _Candidate(first, last, sentence, begin)


def _tells(word: str) -> bool:
    return word[0].isalnum() and word not in FUNCTION_WORDS


def _grams(words: Sequence[str]) -> set[tuple[str, ...]]:
    """The words and the pairs of words."""
    return {(word,) for word in words} | set(pairwise(words))


def _window(candidate: _Candidate, asked: Collection[str], counts: Mapping[str, int]) -> float:
    """sw, of windows of |S| words; they may reach beyond the end."""
    first, last, sentence, _ = candidate
    wanted = {*asked, *sentence[first : last + 1]}
    worth = [math.log(1 + 1 / counts[word]) if word in wanted else 0.0 for word in sentence]
    return max(sum(worth[j : j + len(wanted)]) for j in range(len(worth)))


def _distance(candidate: _Candidate, asked: Collection[str]) -> float:
    """d, of words that tell something; a word of the span is none of the question's."""
    first, last, sentence, _ = candidate
    told = [n for n, word in enumerate(sentence) if _tells(word)]
    theirs = [n for n in told if sentence[n] in asked]
    own = [n for n in told if first <= n <= last and sentence[n] not in asked]
    if not own or not theirs:
        return 1.0
    return min(abs(n - m) for n in own for m in theirs) / max(len(sentence) - 1, 1)

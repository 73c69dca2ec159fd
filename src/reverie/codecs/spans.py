"""Codec of passages, questions and answers that are spans of the passage."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Self, cast, final

import numpy as np
from jaxtyping import Float

from reverie.codecs.values import Values, check_fields, damaged_description
from reverie.codecs.words import UNKNOWN_WORD
from reverie.errors import InputError, excerpt

TOKEN = re.compile(r"\d+(?:[.,]\d+)*\w*|\w+|[^\w\s]")
"""A number with what is written to it, a word, or one sign."""
MARKS = ("in the other text", "there in this case", "capital", "digit", "sign")
"""What is to be seen of a word besides."""


class WordSpan(NamedTuple):
    """The first and the last word of a span, and whether it is wider than what was asked for."""

    first: int
    last: int
    widened: bool = False


class SplitText:
    """A text and where its words are; signs are words."""

    def __init__(self, text: str):
        self.text = text
        self.bounds = [match.span() for match in TOKEN.finditer(text)]
        """Where each of the S words begins, and behind which character it ends."""

    @property
    def words(self) -> list[str]:
        """The words, as they are written."""
        return [self.text[begin:end] for begin, end in self.bounds]

    def cover(self, begin: int, end: int) -> WordSpan:
        """The words that have a character from `begin` to before `end`; white space is none.

        Raises InputError where there are none.
        """
        inside = [n for n, (b, e) in enumerate(self.bounds) if b < end and e > begin]
        if not 0 <= begin < end <= len(self.text) or not inside:
            raise InputError(
                f"there is no word from character {begin} to {end} of a text of "
                f"{len(self.text)}: give offsets of the answer in its passage"
            )
        first, last = inside[0], inside[-1]
        widened = self.bounds[first][0] < begin or self.bounds[last][1] > end
        return WordSpan(first, last, widened)

    def cut(self, first: int, last: int) -> str:
        """The text from the first word to the last, as it is written.

        Raises InputError where these are no places of two words in this order.
        """
        if not 0 <= first <= last < len(self.bounds):
            raise InputError(
                f"words {first} to {last} are no span of a text of {len(self.bounds)} words"
            )
        return self.text[self.bounds[first][0] : self.bounds[last][1]]


class Marked(NamedTuple):
    """The words of a text: their symbols, and what is to be seen of each besides."""

    values: Values
    marks: Float[np.ndarray, "S 5"]
    """0 or 1 for each of `MARKS`."""


@final
@dataclass(frozen=True)
class Spans:
    """Passages and questions as words, and answers as the places of their first and last word.

    The vocabulary has words in lower case, and `<unk>` at its head for all others. What is lost so
    is in the marks: whether the word occurs in the other text, and how it is written.
    """

    vocabulary: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if self.vocabulary[:1] != (UNKNOWN_WORD,):
            raise damaged_description("spans", f"it does not begin with {UNKNOWN_WORD}")
        if len(self._index) != self.size:
            raise damaged_description("spans", "a word occurs twice")

    @classmethod
    def learn(
        cls, texts: Iterable[str], *, max_size: int | None = None, min_count: int = 1
    ) -> Self:
        """The words of passages and questions that occur at least `min_count` times, by falling
        frequency, `max_size` symbols with `<unk>` counted. Raises InputError where there are none.
        """
        counts = Counter(word.lower() for text in texts for word in SplitText(text).words)
        ranked = sorted((-count, word) for word, count in counts.items() if count >= min_count)
        room = None if max_size is None else max_size - 1
        if not ranked or room == 0:
            raise InputError("the passages have no words to learn: give more text, or more room")
        return cls((UNKNOWN_WORD, *(word for _, word in ranked[:room])))

    def with_words(self, words: Iterable[str]) -> Self:
        """The same with those of these words behind its own that it does not have."""
        return type(self)(tuple(dict.fromkeys((*self.vocabulary, *words))))

    @property
    def size(self) -> int:
        """V, the number of symbols."""
        return len(self.vocabulary)

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        (vocabulary,) = cast(list[list[object]], check_fields(description, vocabulary=list))
        if not all(isinstance(word, str) for word in vocabulary):
            raise damaged_description("spans", "a word is not text")
        return cls(tuple(cast(list[str], vocabulary)))

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {"kind": "spans", "vocabulary": list(self.vocabulary)}

    def encode(self, passage: str, question: str) -> tuple[Marked, Marked]:
        """The words of both. Raises InputError where one has none."""
        texts = {"passage": SplitText(passage).words, "question": SplitText(question).words}
        for name, words in texts.items():
            if not words:
                raise InputError(f"the {name} has no words: give one that has some")
        one, other = texts.values()
        return self._mark(one, other), self._mark(other, one)

    def unknown(self, text: str) -> list[str]:
        """The words of a text that are not in the vocabulary, each once, for people."""
        words = dict.fromkeys(SplitText(text).words)
        return [excerpt(word) for word in words if word.lower() not in self._index]

    def decode(self, passage: str, places: Sequence[int]) -> str:
        """The answer of two places. Raises InputError where these are no span of the passage."""
        first, last = places
        return SplitText(passage).cut(first, last)

    def _mark(self, words: Sequence[str], others: Collection[str]) -> Marked:
        here, there = set(others), {word.lower() for word in others}
        values = [self._index.get(word.lower(), 0) for word in words]
        marks = [
            (w.lower() in there, w in here, w[0].isupper(), w[0].isdigit(), not w[0].isalnum())
            for w in words
        ]
        return Marked(np.array(values, np.int32), np.array(marks, np.float32))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: value for value, word in enumerate(self.vocabulary)}

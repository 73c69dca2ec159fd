"""Codec of stories: one vocabulary of words for sentences, questions and answers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, cast, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.unknown import Unknown, check_policy, unknown_symbols
from reverie.codecs.values import Values, check_fields, check_values, damaged_description
from reverie.errors import InputError, excerpt

NULL, END, UNKNOWN = "<null>", "<end>", "<unk>"
HEAD = (NULL, END, UNKNOWN)
"""What every vocabulary begins with: no word, the end of an answer, a word that is not known."""
WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
LAST = re.compile(r"[.?!]\s*$")
"""The sign that ends a sentence or a question: it says nothing of either."""


def word_places(text: str) -> Iterator[tuple[str, int, int]]:
    """The words and signs of a text, each by itself and in lower case, and where each begins and
    ends; without the sign that ends the text."""
    last = LAST.search(text)
    for match in WORD.finditer(text, 0, last.start() if last else len(text)):
        yield match[0].lower(), match.start(), match.end()


def story_words(text: str) -> list[str]:
    """The words and signs of a sentence or a question, as `word_places` has them."""
    return [word for word, _, _ in word_places(text)]


def answer_words(answer: str) -> list[str]:
    """The words of an answer; a comma only parts them: "north,west" are two. Two answers are the
    same where these are."""
    return story_words(answer.replace(",", " "))


@final
@dataclass(frozen=True)
class Stories:
    """Sentences, questions and answers over one vocabulary of words.

    Words are in lower case, and signs are words, but for the one that ends a sentence. The
    vocabulary begins with the null word, which is symbol 0 and stands where there is no word, with
    the end of an answer, and with the word for those that are not known; the others follow by
    falling frequency, ties in the order of the alphabet.

    With `split_answers` an answer is its words and an end; without, it is exactly one symbol,
    which then may be several words with blanks between, as in the paper (Sukhbaatar et al., 2015).
    """

    vocabulary: tuple[str, ...] = field(repr=False)
    split_answers: bool = True

    def __post_init__(self) -> None:
        if self.vocabulary[:3] != HEAD:
            raise damaged_description("stories", f"it does not begin with {', '.join(HEAD)}")
        if len(self._index) != self.size:
            raise damaged_description("stories", "a word occurs twice")
        if any(not word or " ".join(word.split()) != word for word in self.vocabulary):
            raise damaged_description("stories", "a word is empty or holds white space")

    @property
    def size(self) -> int:
        """V, the number of symbols."""
        return len(self.vocabulary)

    @property
    def end(self) -> int:
        """The symbol for the end of an answer."""
        return HEAD.index(END)

    @property
    def unknown(self) -> int:
        """The symbol for words that are not known."""
        return HEAD.index(UNKNOWN)

    @classmethod
    def learn(
        cls,
        texts: Iterable[str],
        answers: Iterable[str],
        *,
        split_answers: bool = True,
        max_size: int | None = None,
        min_count: int = 1,
    ) -> Self:
        """The vocabulary of sentences and questions, `texts`, and of answers: what occurs at least
        `min_count` times, and of that the most frequent, `max_size` symbols in all.

        Raises InputError where there are no words.
        """
        counts = Counter(word for text in texts for word in story_words(text))
        counts.update(word for answer in answers for word in _in_answer(answer, split_answers))
        if not counts:
            raise InputError("the stories have no words: give stories that have some")
        if max_size is not None and max_size <= len(HEAD):
            raise InputError(f"max_size={max_size} leaves no room for words: use more")
        ranked = sorted((-count, word) for word, count in counts.items() if count >= min_count)
        room = None if max_size is None else max_size - len(HEAD)
        return cls((*HEAD, *(word for _, word in ranked[:room])), split_answers)

    @classmethod
    def of_words(cls, words: Iterable[str], *, split_answers: bool = True) -> Self:
        """The vocabulary of words that are known beforehand, each once, in the order given."""
        return cls((*HEAD, *dict.fromkeys(words)), split_answers)

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        found = check_fields(description, vocabulary=list, split_answers=bool)
        vocabulary, split_answers = cast(tuple[list[object], bool], found)
        if not all(isinstance(word, str) for word in vocabulary):
            raise damaged_description("stories", "a word is not text")
        return cls(tuple(cast(list[str], vocabulary)), split_answers)

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {
            "kind": "stories",
            "vocabulary": list(self.vocabulary),
            "split_answers": self.split_answers,
        }

    def symbols(self) -> list[str]:
        """The words, by value."""
        return list(self.vocabulary)

    def encode(self, text: str, unknown: Unknown = "error") -> Values:
        """The values (W,) of a sentence or a question.

        Raises InputError, which names them, for unknown words under the policy "error".
        """
        return self._values(word_places(text), unknown)

    def encode_answer(self, answer: str, unknown: Unknown = "error") -> Values:
        """The values (T,) of an answer: its words and an end, or its one symbol.

        Raises InputError, which names them, for unknown words under the policy "error".
        """
        if not self.split_answers:
            return self._values(((word, 0, 0) for word in _in_answer(answer, False)), unknown)
        words = self._values(word_places(answer.replace(",", " ")), unknown)
        return np.append(words, np.int32(self.end))

    def unknown_words(self, text: str) -> list[str]:
        """The words of a text that are not in the vocabulary, each once; signs are none."""
        words = dict.fromkeys(word for word in story_words(text) if word[0].isalnum())
        return [word for word in words if word not in self._index]

    def decode(self, values: npt.ArrayLike) -> str:
        """The words of `values`, (W,), with a blank between; null words and ends are left out."""
        found = check_values(values, self.size)
        return " ".join(self.vocabulary[value] for value in found if value not in (0, self.end))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: value for value, word in enumerate(self.vocabulary)}

    def _values(self, words: Iterable[tuple[str, int, int]], unknown: Unknown) -> Values:
        check_policy(unknown)
        places = list(words)
        values = np.array([self._index.get(word, -1) for word, _, _ in places], np.int32)
        missing = values < 0
        if not missing.any():
            return values
        if unknown == "error":
            found = ((excerpt(repr(word)), at) for word, at, _ in places if word not in self._index)
            raise unknown_symbols(found, UNKNOWN)
        return values[~missing] if unknown == "skip" else np.where(missing, self.unknown, values)


def _in_answer(answer: str, split: bool) -> list[str]:
    """What an answer is made of: its words, or all of them as one."""
    words = answer_words(answer)
    return words if split else [" ".join(words)][: len(words)]

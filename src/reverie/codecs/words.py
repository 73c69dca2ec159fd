"""Text as words."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, cast, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.decoding import Decoder, WordDecoder
from reverie.codecs.unknown import Unknown, check_policy, unknown_symbols
from reverie.codecs.values import Values, check_fields, check_values, damaged_description
from reverie.errors import InputError, excerpt

END_OF_LINE = "<eos>"
UNKNOWN_WORD = "<unk>"


def split_words(text: str) -> list[str]:
    """The words of `text`: what white space separates, and `<eos>` for every newline."""
    return text.replace("\n", f" {END_OF_LINE} ").split()


@final
@dataclass(frozen=True)
class Words:
    """Text over a vocabulary of words, as in the Penn Treebank.

    White space separates words, a newline is the word `<eos>`, and `<unk>` is the word that
    the policy 'replace' writes; both are always in the vocabulary, at its head. The other
    words follow by falling frequency, ties in the order of the alphabet. Decoding puts one
    blank between the words of a line: the original white space is not kept.
    """

    vocabulary: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if self.vocabulary[:2] != (END_OF_LINE, UNKNOWN_WORD):
            raise damaged_description(
                "words", f"it does not begin with {END_OF_LINE} and {UNKNOWN_WORD}"
            )
        if len(self._index) != self.size:
            raise damaged_description("words", "a word occurs twice")
        if any(word.split() != [word] for word in self.vocabulary):
            raise damaged_description("words", "a word is empty or holds white space")

    @property
    def size(self) -> int:
        """V, the number of symbols."""
        return len(self.vocabulary)

    @classmethod
    def learn(
        cls, chunks: Iterable[str], *, max_size: int | None = None, min_count: int = 1
    ) -> Self:
        """The vocabulary of a text: words that occur at least `min_count` times, and of those
        the most frequent, `max_size` symbols with `<eos>` and `<unk>` counted.

        Raises InputError for a text without words.
        """
        counts: Counter[str] = Counter()
        for unit in _whole_words(chunks):
            counts.update(split_words(unit))
        if not set(counts) - {END_OF_LINE}:
            raise InputError("the text has no words: give a text that has some")
        if max_size is not None and max_size < 3:
            raise InputError(f"max_size={max_size} leaves no room for words: use 3 or more")
        del counts[END_OF_LINE], counts[UNKNOWN_WORD]
        ranked = sorted((-count, word) for word, count in counts.items() if count >= min_count)
        room = None if max_size is None else max_size - 2
        return cls((END_OF_LINE, UNKNOWN_WORD, *(word for _, word in ranked[:room])))

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        (vocabulary,) = cast(list[list[object]], check_fields(description, vocabulary=list))
        if not all(isinstance(word, str) for word in vocabulary):
            raise damaged_description("words", "a word is not text")
        return cls(tuple(cast(list[str], vocabulary)))

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {"kind": "words", "vocabulary": list(self.vocabulary)}

    def symbols(self) -> list[str]:
        """The words, by value."""
        return list(self.vocabulary)

    def units(self, chunks: Iterable[str]) -> Iterator[str]:
        """The same text in pieces that do not cut a symbol in two."""
        return _whole_words(chunks)

    def encode(self, text: str, unknown: Unknown = "error", *, offset: int = 0) -> Values:
        """The values (T,) of `text`. Error messages count positions from `offset`.

        Raises InputError for unknown symbols under the policy "error"."""
        check_policy(unknown)
        index = self._index
        values = np.array([index.get(word, -1) for word in split_words(text)], np.int32)
        missing = values < 0
        if not missing.any():
            return values
        if unknown == "error":
            raise unknown_symbols(self._unknown_words(text, offset), UNKNOWN_WORD)
        if unknown == "skip":
            return values[~missing]
        return np.where(missing, np.int32(index[UNKNOWN_WORD]), values)

    def decode(self, values: npt.ArrayLike) -> str:
        """The text of `values`, (T,)."""
        return self.decoder().feed(values)

    def decoder(self) -> Decoder:
        """An incremental decoder."""
        return WordDecoder(self._words, END_OF_LINE)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: value for value, word in enumerate(self.vocabulary)}

    def _words(self, values: npt.ArrayLike) -> list[str]:
        return [self.vocabulary[value] for value in check_values(values, self.size)]

    def _unknown_words(self, text: str, offset: int) -> Iterator[tuple[str, int]]:
        for match in re.finditer(r"\S+", text):
            for word in match[0].split():
                if word not in self._index:
                    yield excerpt(repr(word)), offset + match.start() + match[0].index(word)


def _whole_words(chunks: Iterable[str]) -> Iterator[str]:
    """The same text in pieces that end in white space."""
    hold: list[str] = []
    for chunk in chunks:
        words = chunk.split()
        if not words or chunk[-1:].isspace():
            yield "".join(hold) + chunk
            hold = []
        else:
            cut = len(chunk) - len(words[-1])
            if cut:
                yield "".join(hold) + chunk[:cut]
                hold = []
            hold.append(chunk[cut:])
    if hold:
        yield "".join(hold)

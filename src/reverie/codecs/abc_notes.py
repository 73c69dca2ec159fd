"""Tunes in ABC notation as notes, bar lines and fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, cast, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.decoding import Decoder, PlainDecoder
from reverie.codecs.unknown import Unknown, character_name, check_policy, unknown_symbols
from reverie.codecs.values import Values, check_fields, check_values, damaged_description
from reverie.errors import InputError

TOKEN = re.compile(
    r"""
    ^[A-Za-z]:(?:(?<=[KML]:)[^\n]*)?      # a field: of a key, metre or length with what it says
    | (?:\^\^?|__?|=)?[A-Ga-gxzZ][,']*\d*/*\d*    # a note or a rest with its pitch and length
    | \[\||:*\|+(?:[:\]\d]|\[\d)?|::     # bar lines and repeats
    | \(\d                                # the beginning of a tuplet
    | "[^"\n]*"                           # a chord above
    | ![^!\n]*!                           # a decoration
    | .|\n
    """,
    re.VERBOSE | re.MULTILINE,
)
LEAST = 2
"""Occurrences of a symbol of more than one character: others are spelled."""


@final
@dataclass(frozen=True)
class ABCNotes:
    """ABC notation over a vocabulary of notes with their lengths, bar lines, fields and characters.

    Nothing is lost: the symbols of a text, joined, are the text. One that is not in the vocabulary
    is spelled by its characters.
    """

    vocabulary: tuple[str, ...] = field(repr=False)
    """By falling length, then in the order of the alphabet."""

    def __post_init__(self) -> None:
        ordered = sorted(set(self.vocabulary), key=lambda token: (-len(token), token))
        if not self.vocabulary or list(self.vocabulary) != ordered or "" in self.vocabulary:
            raise damaged_description("abc", "its vocabulary is not in order")

    @property
    def size(self) -> int:
        """V, the number of symbols."""
        return len(self.vocabulary)

    @classmethod
    def learn(cls, chunks: Iterable[str], *, max_size: int | None = None) -> Self:
        """The vocabulary of a text: its characters, and the most frequent of what they spell.

        Raises InputError for a text without characters.
        """
        counts: Counter[str] = Counter()
        characters: set[str] = set()
        for lines in whole_lines(chunks):
            counts.update(TOKEN.findall(lines))
            characters.update(lines)
        if not characters:
            raise InputError("the text has no characters: give tunes in ABC notation")
        longer = ((-n, token) for token, n in counts.items() if len(token) > 1 and n >= LEAST)
        room = None if max_size is None else max(0, max_size - len(characters))
        kept = characters.union(token for _, token in sorted(longer)[:room])
        return cls(tuple(sorted(kept, key=lambda token: (-len(token), token))))

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        (vocabulary,) = cast(list[list[object]], check_fields(description, vocabulary=list))
        if not all(isinstance(token, str) for token in vocabulary):
            raise damaged_description("abc", "a symbol is not text")
        return cls(tuple(cast(list[str], vocabulary)))

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {"kind": "abc", "vocabulary": list(self.vocabulary)}

    def symbols(self) -> list[str]:
        """What is spelled, by value."""
        return list(self.vocabulary)

    def units(self, chunks: Iterable[str]) -> Iterator[str]:
        """The same text in pieces that do not cut a symbol in two."""
        return whole_lines(chunks)

    def encode(self, text: str, unknown: Unknown = "error", *, offset: int = 0) -> Values:
        """The values (T,) of `text`. Error messages count positions from `offset`.

        Raises InputError for unknown characters under the policy "error"."""
        check_policy(unknown)
        values: list[int] = []
        missing: list[tuple[str, int]] = []
        for match in TOKEN.finditer(text):
            if (value := self._index.get(match[0])) is not None:
                values.append(value)
                continue
            for at, character in enumerate(match[0], match.start()):
                value = self._index.get(character)
                if value is None:
                    missing.append((character_name(character), offset + at))
                    value = self._blank if unknown == "replace" else -1
                if value >= 0:
                    values.append(value)
        if missing and unknown == "error":
            raise unknown_symbols(missing, self.vocabulary[self._blank])
        return np.array(values, np.int32)

    def decode(self, values: npt.ArrayLike) -> str:
        """The text of `values`, (T,)."""
        return "".join(self.vocabulary[value] for value in check_values(values, self.size))

    def decoder(self) -> Decoder:
        """An incremental decoder."""
        return PlainDecoder(self.decode)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {token: value for value, token in enumerate(self.vocabulary)}

    @property
    def _blank(self) -> int:
        """What the policy 'replace' writes: a blank, if there is one."""
        return self._index.get(" ", self.size - 1)


def whole_lines(chunks: Iterable[str]) -> Iterator[str]:
    """The same text in pieces that end with a line."""
    hold: list[str] = []
    for chunk in chunks:
        head, newline, tail = chunk.rpartition("\n")
        if newline:
            yield "".join(hold) + head + newline
            hold = [tail] if tail else []
        else:
            hold.append(chunk)
    if hold:
        yield "".join(hold)

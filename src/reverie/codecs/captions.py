"""Codec of captions: their words, and the size that pictures are brought to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast, final

import numpy.typing as npt

from reverie.codecs.values import Values, check_fields, damaged_description
from reverie.codecs.words import UNKNOWN_WORD, Words
from reverie.errors import InputError
from reverie.metrics.caption_tokens import caption_tokens

END = "\n"
"""The end of a caption, as a text; `<eos>` as a word."""
FINAL = "(end)"
"""The end, where its probability or what it read is shown."""
LARGEST = 4096
"""Pixels of the side of a picture, and features of a place, at most."""


@final
@dataclass(frozen=True)
class Captions:
    """The words of captions, as the captioning metrics count them, and the form of pictures.

    Raises InputError for pictures of a size, or features of a width, that none have.
    """

    words: Words
    side: int
    """Pixels of a side of the pictures, which are squeezed to a square; 0 where features are
    given."""
    features: int
    """How many features are given for each place; 0 where pictures are seen."""

    def __post_init__(self) -> None:
        if not (0 <= self.side <= LARGEST and 0 <= self.features <= LARGEST):
            raise damaged_description("captions", "its pictures have an impossible size")
        if bool(self.side) == bool(self.features):
            raise InputError("captions are of pictures or of features: name the size of one")

    @classmethod
    def learn(
        cls, captions: Iterable[str], side: int, features: int, *, most: int, least_count: int
    ) -> Self:
        """The words that occur at least `least_count` times, `most` symbols of them.

        Raises InputError where there are none.
        """
        lines = (_line(caption) for caption in captions)
        words = Words.learn(lines, max_size=most or None, min_count=least_count)
        return cls(words, side, features)

    @property
    def size(self) -> int:
        """V."""
        return self.words.size

    @property
    def end(self) -> int:
        """The symbol for the end of a caption."""
        return int(self.words.encode(END)[0])

    @property
    def unknown(self) -> int:
        """The symbol for a word that is not known, which no caption that is made has."""
        return int(self.words.encode(UNKNOWN_WORD)[0])

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        fields = check_fields(description, words=dict, side=int, features=int)
        words, side, features = cast(tuple[Any, int, int], fields)
        return cls(Words.from_description(words), side, features)

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {
            "kind": "captions",
            "words": self.words.describe(),
            "side": self.side,
            "features": self.features,
        }

    def encode(self, caption: str) -> Values:
        """The values (T,) of a caption, with its end; words that are not known are `<unk>`."""
        return self.words.encode(_line(caption), "replace")

    def decode(self, values: npt.ArrayLike) -> str:
        """The caption of values, without its end."""
        return self.words.decode(values).removesuffix(END)

    def names(self, values: Values) -> list[str]:
        """The word of each value, for people."""
        vocabulary, end = self.words.symbols(), self.end
        return [FINAL if value == end else vocabulary[value] for value in values]


def _line(caption: str) -> str:
    return " ".join(caption_tokens(caption)) + END

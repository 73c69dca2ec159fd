"""Codec of handwriting with its text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.characters import Characters, count_characters
from reverie.codecs.ink import Ink
from reverie.codecs.level import Rescaling, usual_size, usual_step
from reverie.codecs.strokes import Offsets, PenBits, Strokes
from reverie.codecs.unknown import Unknown
from reverie.codecs.values import check_fields, damaged_description
from reverie.errors import InputError

Letters = npt.NDArray[np.float32]
"""(U, V): the characters of a text, one-hot."""


@final
@dataclass(frozen=True)
class Handwriting:
    """Ink as strokes, and its text over the alphabet of the training data.

    `counts` has the frequency of each character of the alphabet in the training data.
    """

    strokes: Strokes
    alphabet: Characters
    counts: tuple[int, ...]
    height: float
    """The median size of a line: the standard deviation of y, in page units."""
    step: float
    """The mean length of a step on the page, in page units."""

    def __post_init__(self) -> None:
        if len(self.counts) != self.alphabet.size:
            raise damaged_description("handwriting", "it lacks a count for each character")
        if not (self.height > 0 and self.step > 0):
            raise damaged_description("handwriting", "height or step is not above 0")

    @property
    def size(self) -> int:
        """V, the number of characters."""
        return self.alphabet.size

    @classmethod
    def learn(cls, inks: Iterable[Ink]) -> Self:
        """The codec of inks and their texts. InputError where none of them has a text."""
        known = list(inks)
        texts = [ink.text for ink in known]
        if not any(texts):
            raise InputError(
                "none of the inks has a text: give each one, or train "
                "handwriting-prediction, which needs none"
            )
        alphabet = Characters.learn(texts)
        counts = count_characters(texts)[[ord(c) for c in alphabet.alphabet]]
        size, step = usual_size(known), usual_step(known)
        return cls(Strokes.learn(known), alphabet, tuple(map(int, counts)), size, step)

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        types: Any = {"strokes": dict, "alphabet": dict, "counts": list}
        fields: list[Any] = list(check_fields(description, **types, height=float, step=float))
        strokes, alphabet, counts, height, step = fields
        if not all(type(count) is int for count in counts):
            raise damaged_description("handwriting", "the counts are not whole numbers")
        pen, letters = Strokes.from_description(strokes), Characters.from_description(alphabet)
        return cls(pen, letters, tuple(counts), height, step)

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {
            "kind": "handwriting",
            "strokes": self.strokes.describe(),
            "alphabet": self.alphabet.describe(),
            "counts": list(self.counts),
            "height": self.height,
            "step": self.step,
        }

    def count(self, character: str) -> int:
        """The frequency of a character in the training data."""
        place = self.alphabet.alphabet.find(character)
        return self.counts[place] if place >= 0 else 0

    def rescaling(self, inks: Sequence[Ink]) -> Rescaling:
        """What gives inks of any size and sampling the size and steps of the training data."""
        return Rescaling.fit(inks, self.height, self.step)

    def encode_text(self, text: str, unknown: Unknown = "error") -> Letters:
        """The characters of a text, one-hot (U, V). InputError for unknown ones."""
        return np.eye(self.size, dtype=np.float32)[self.alphabet.encode(text, unknown)]

    def encode(self, ink: Ink) -> tuple[Offsets, PenBits]:
        """The offsets (T, 2) and pen bits (T, 1) of `ink`."""
        return self.strokes.encode(ink)

    def decode(self, values: tuple[npt.ArrayLike, npt.ArrayLike], text: str = "") -> Ink:
        """The ink of offsets (T, 2) and pen bits (T, 1), beginning at (0, 0), with its text."""
        return self.strokes.decode(values, text)

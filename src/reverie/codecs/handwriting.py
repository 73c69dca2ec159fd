"""Handwriting with the text that it spells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.characters import Characters, count_characters
from reverie.codecs.ink import Ink
from reverie.codecs.level import rescale, usual_size, usual_step
from reverie.codecs.strokes import Offsets, PenBits, Strokes
from reverie.codecs.unknown import Unknown
from reverie.codecs.values import check_fields, damaged_description
from reverie.errors import InputError

Letters = npt.NDArray[np.float32]
"""(U, V): the characters of a text, one-hot."""


@final
@dataclass(frozen=True)
class Handwriting:
    """Ink as strokes, and its text over the alphabet of the ink that it was learned from.

    `counts` say how often each character of the alphabet was there.
    """

    strokes: Strokes
    alphabet: Characters
    counts: tuple[int, ...]
    height: float
    """The usual size of a line: the deviation of y, in page units."""
    step: float
    """The usual length of a step on the page, in page units."""

    def __post_init__(self) -> None:
        if len(self.counts) != self.alphabet.size:
            raise damaged_description("handwriting", "there is not one count a character")
        if not (self.height > 0 and self.step > 0):
            raise damaged_description("handwriting", "height or step is not above 0")

    @property
    def size(self) -> int:
        """V, the number of characters."""
        return self.alphabet.size

    @classmethod
    def learn(cls, inks: Iterable[Ink]) -> Self:
        """The medium of inks and their texts. InputError where none of them has a text."""
        known = list(inks)
        texts = [ink.text for ink in known]
        if not any(texts):
            raise InputError(
                "none of the inks says what is written: give each a text, or train "
                "handwriting-prediction, which needs none"
            )
        alphabet = Characters.learn(texts)
        counts = count_characters(texts)[[ord(c) for c in alphabet.alphabet]]
        size, step = usual_size(known), usual_step(known)
        return cls(Strokes.learn(known), alphabet, tuple(map(int, counts)), size, step)

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The medium that `describe` described."""
        types: Any = {"strokes": dict, "alphabet": dict, "counts": list}
        fields: list[Any] = list(check_fields(description, **types, height=float, step=float))
        strokes, alphabet, counts, height, step = fields
        if not all(type(count) is int for count in counts):
            raise damaged_description("handwriting", "the counts are not whole numbers")
        pen, letters = Strokes.from_description(strokes), Characters.from_description(alphabet)
        return cls(pen, letters, tuple(counts), height, step)

    def describe(self) -> dict[str, object]:
        """A description, fit for JSON, that is enough to rebuild the medium."""
        return {
            "kind": "handwriting",
            "strokes": self.strokes.describe(),
            "alphabet": self.alphabet.describe(),
            "counts": list(self.counts),
            "height": self.height,
            "step": self.step,
        }

    def count(self, character: str) -> int:
        """How often it was seen."""
        place = self.alphabet.alphabet.find(character)
        return self.counts[place] if place >= 0 else 0

    def rescale(self, inks: Sequence[Ink]) -> list[Ink]:
        """Inks of any size and any pen, as large and in such steps as those it was learned from."""
        return rescale(inks, self.height, self.step)

    def encode_text(self, text: str, unknown: Unknown = "error") -> Letters:
        """The characters of a text, one-hot (U, V). InputError for unknown ones."""
        return np.eye(self.size, dtype=np.float32)[self.alphabet.encode(text, unknown)]

    def encode(self, ink: Ink) -> tuple[Offsets, PenBits]:
        """The offsets (T, 2) and pen bits (T, 1) of `ink`."""
        return self.strokes.encode(ink)

    def decode(self, values: tuple[npt.ArrayLike, npt.ArrayLike], text: str = "") -> Ink:
        """The ink of offsets (T, 2) and pen bits (T, 1), beginning at (0, 0); it spells `text`."""
        return self.strokes.decode(values, text)

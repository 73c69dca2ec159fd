"""Codec of handwriting recognition: the motion of a pen, and the characters of its text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast, final

from reverie.codecs.characters import Characters
from reverie.codecs.ink import Ink
from reverie.codecs.motion import Motion, Motions
from reverie.codecs.values import check_fields
from reverie.errors import InputError


@final
@dataclass(frozen=True)
class Reading:
    """The codec of motions, and the alphabet of texts."""

    motion: Motion
    alphabet: Characters

    @classmethod
    def learn(cls, inks: Iterable[Ink], motion: Motion = Motion()) -> Self:
        """The alphabet of the inks' texts. InputError where none of them has a text."""
        texts = [ink.text for ink in inks]
        if not any(texts):
            raise InputError("none of the inks has a text: give each one")
        return cls(motion, Characters.learn(texts))

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        fields = check_fields(description, motion=dict, alphabet=dict)
        motion, alphabet = cast(tuple[Any, Any], tuple(fields))
        return cls(Motion.from_description(motion), Characters.from_description(alphabet))

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {
            "kind": "reading",
            "motion": self.motion.describe(),
            "alphabet": self.alphabet.describe(),
        }

    def encode(self, ink: Ink) -> Motions:
        """The motions (T, 4 W) of an ink."""
        return self.motion.encode(ink)

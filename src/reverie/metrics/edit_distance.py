"""Error rates of recognition: the Levenshtein distance of transcriptions from the truth."""

from collections.abc import Sequence
from typing import NamedTuple

from reverie.errors import require


class ErrorRates(NamedTuple):
    """Edit distances over all texts, divided by their total length."""

    characters: float
    """The character error rate: edits per character of the truth."""
    words: float
    """The word error rate: edits per word of the truth; white space separates words."""

    def summary(self) -> str:
        """The rates, for people."""
        return f"{self.characters:.1%} of the characters and {self.words:.1%} of the words wrong"


def edit_distance(truths: Sequence[str], readings: Sequence[str]) -> ErrorRates:
    """The error rates of readings. InputError where the extra "pen" is not installed."""
    distance = require("rapidfuzz.distance.Levenshtein", "pen").distance
    pairs = list(zip(truths, readings, strict=True))
    wrong = sum(distance(truth, reading) for truth, reading in pairs)
    wrong_words = sum(distance(truth.split(), reading.split()) for truth, reading in pairs)
    characters = sum(map(len, truths))
    words = sum(len(truth.split()) for truth in truths)
    return ErrorRates(wrong / max(characters, 1), wrong_words / max(words, 1))

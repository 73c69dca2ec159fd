"""Mistakes of a reader: how many insertions, deletions and replacements mend what it read."""

from collections.abc import Sequence
from typing import NamedTuple

from reverie.errors import missing_extra


class ErrorRates(NamedTuple):
    """Rates over all texts together."""

    characters: float
    """Mistakes a character of the truth."""
    words: float
    """Mistakes a word of the truth, words being what stands between blanks."""

    def summary(self) -> str:
        """In words."""
        return f"{self.characters:.1%} of the characters and {self.words:.1%} of the words wrong"


def edit_distance(truths: Sequence[str], readings: Sequence[str]) -> ErrorRates:
    """How much of what was read is wrong. InputError where the extra "pen" is not installed."""
    try:
        from rapidfuzz.distance.Levenshtein import distance
    except ImportError as error:
        raise missing_extra("rapidfuzz", "pen") from error
    pairs = list(zip(truths, readings, strict=True))
    wrong = sum(distance(truth, reading) for truth, reading in pairs)
    wrong_words = sum(distance(truth.split(), reading.split()) for truth, reading in pairs)
    characters = sum(map(len, truths))
    words = sum(len(truth.split()) for truth in truths)
    return ErrorRates(wrong / max(characters, 1), wrong_words / max(words, 1))

"""Error rates of recognition: the Levenshtein distance of transcriptions from the truth."""

from collections import Counter
from collections.abc import Callable, Sequence
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


class Misread(NamedTuple):
    """How many characters of a kind there are in the truth, and the part that was misread."""

    total: int
    rate: float


def misread_by(
    kind: Callable[[str], str], truths: Sequence[str], readings: Sequence[str]
) -> dict[str, Misread]:
    """How often characters of each kind were replaced or left out; insertions belong to none.

    `kind` names the kind of a character. A shortest sequence of edits decides which were misread.
    InputError where the extra "pen" is not installed.
    """
    editops = require("rapidfuzz.distance.Levenshtein", "pen").editops
    total, wrong = Counter[str](), Counter[str]()
    for truth, reading in zip(truths, readings, strict=True):
        total.update(map(kind, truth))
        edits = [edit for edit in editops(truth, reading) if edit.tag != "insert"]
        wrong.update(kind(truth[edit.src_pos]) for edit in edits)
    return {name: Misread(total[name], wrong[name] / total[name]) for name in sorted(total)}


def character_kind(character: str) -> str:
    """Letter, capital, digit, space or sign."""
    if character.isspace():
        return "space"
    if character.isdigit():
        return "digit"
    if character.isalpha():
        return "capital" if character.isupper() else "letter"
    return "sign"

"""Features of a text, and the units of a model that correlate with them.

A feature is a number after each character, computed from the text up to there. NumPy only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

Numbers = Float[np.ndarray, " N"]

OPENING, CLOSING = "([{", ")]}"
SHIFTS = 20
"""The number of circular shifts from which the level of chance is estimated."""
URL = re.compile(r"(https?://|www\.)\S*")
WORD = re.compile(r"[^\W\d_]+")


class Correlations(NamedTuple):
    """Correlations of N units with K features."""

    features: list[str]
    r: Float[np.ndarray, "N K"]
    """The correlation of each unit with each feature."""
    chance: Float[np.ndarray, " K"]
    """The greatest |r| of any unit with circular shifts of the feature."""

    @property
    def lead(self) -> Float[np.ndarray, " N"]:
        """The greatest excess of the |r| of each unit over chance."""
        return (np.abs(self.r) - self.chance).max(1)


def features(pieces: Sequence[str]) -> dict[str, Float[np.ndarray, " T"]]:
    """Each feature after each of T pieces of a text, without features that are constant.

    A piece is the text of one element, a character or a word; it may be empty.
    """
    text = "".join(pieces)
    ends = np.cumsum([len(piece) for piece in pieces], dtype=int)
    found = {}
    for name, compute in FEATURES.items():
        # Before the first character all features are 0.
        values = np.concatenate([[0.0], compute(text)])[ends]
        if values.size and values.std() > 0:
            found[name] = values
    return found


def correlate(
    activations: Float[np.ndarray, "T N"], found: dict[str, Float[np.ndarray, " T"]], seed: int = 0
) -> Correlations:
    """The correlation of every unit with every feature, and the level of chance.

    Chance is estimated by circular shifts, which keep the autocorrelation of a feature: two slow
    signals correlate by chance, while a shuffled feature would change at every step.
    """
    names = list(found)
    if not names:
        return Correlations([], np.zeros((activations.shape[1], 0)), np.zeros(0))
    wanted = np.stack([standardise(found[name]) for name in names])
    steps = len(activations)
    units = standardise(activations).T / np.float32(steps)
    shifts = np.random.default_rng(seed).integers(steps // 10, steps - steps // 10, SHIFTS)
    shifted = np.concatenate([np.roll(wanted, shift, 1) for shift in shifts])
    by_chance = np.abs(units @ shifted.T).max(0).reshape(SHIFTS, len(names)).max(0)
    return Correlations(names, units @ wanted.T, by_chance)


def select_units(
    found: Correlations, activations: Float[np.ndarray, "T N"], most: int
) -> Int[np.ndarray, " K"]:
    """At most `most` units: half of them those of the highest correlation, then those of the
    highest variance."""
    best = np.argsort(-found.lead, kind="stable") if found.features else np.zeros(0, int)
    variable = np.argsort(-activations.var(0), kind="stable")
    order = np.concatenate([best[: most // 2], variable])
    return np.asarray(list(dict.fromkeys(order.tolist()))[:most], int)


def standardise(values: Float[np.ndarray, "T *N"]) -> Float[np.ndarray, "T *N"]:
    """Values with mean 0 and standard deviation 1 over time; zeros where they are constant."""
    values = np.asarray(values, np.float32)
    centred = values - values.mean(0)
    deviation = np.sqrt(np.square(centred).mean(0))
    return centred / np.where(deviation > 1e-6, deviation, np.inf)


def inside_quotes(text: str) -> Numbers:
    """1 from an opening double quote on; a blank line closes it."""

    def after(opened: bool, place: int) -> bool:
        character = text[place]
        if character in "“”«»":
            return character in "“«"
        if character == '"':
            return not opened
        return opened and text[place - 1 : place + 1] != "\n\n"

    return np.array(list(accumulate(range(len(text)), after, initial=False))[1:], float)


def bracket_depth(text: str) -> Numbers:
    """The number of open round, square and curly brackets."""

    def after(depth: int, character: str) -> int:
        return max(0, depth + (character in OPENING) - (character in CLOSING))

    return np.array(list(accumulate(text, after, initial=0))[1:], float)


def inside_brackets(text: str) -> Numbers:
    """1 where a bracket is open."""
    return np.minimum(bracket_depth(text), 1)


def position_in_line(text: str) -> Numbers:
    """Characters since the last newline."""
    return _run_lengths(text, lambda character: character != "\n")


def indentation(text: str) -> Numbers:
    """The number of blanks and tabs at the beginning of the line, so far."""

    def after(seen: tuple[int, bool], character: str) -> tuple[int, bool]:
        width, leading = (0, True) if character == "\n" else seen
        leading = leading and character in " \t\n"
        return width + (leading and character != "\n"), leading

    rows = list(accumulate(text, after, initial=(0, True)))[1:]
    return np.array([width for width, _ in rows], float)


def after_newline(text: str) -> Numbers:
    """1 directly after a newline."""
    return _where(text, lambda character: character == "\n")


def capital_run(text: str) -> Numbers:
    """1 from the second capital in a row on."""
    return (_run_lengths(text, str.isupper) > 1).astype(float)


def letters_of_word(text: str) -> Numbers:
    """The number of letters of the word, so far."""
    return _run_lengths(text, str.isalpha)


def digit(text: str) -> Numbers:
    """1 after a digit."""
    return _where(text, str.isdigit)


def inside_url(text: str) -> Numbers:
    """1 from the end of the prefix of a web address (https://, www.) up to a blank."""
    values = np.zeros(len(text))
    for match in URL.finditer(text):
        values[match.end(1) - 1 : match.end()] = 1
    return values


def ending(letters: str) -> Callable[[str], Numbers]:
    """1 where the word so far ends in these letters, after at least one other."""

    def compute(text: str) -> Numbers:
        values = np.zeros(len(text))
        for word in WORD.finditer(text):
            for match in re.finditer(f"(?<=.)(?={letters})", word[0], re.IGNORECASE):
                values[word.start() + match.start() + len(letters) - 1] = 1
        return values

    return compute


def _where(text: str, holds: Callable[[str], bool]) -> Numbers:
    return np.array([holds(character) for character in text], float)


def _run_lengths(text: str, holds: Callable[[str], bool]) -> Numbers:
    """The number of consecutive characters up to each for which a predicate holds."""

    def after(length: int, character: str) -> int:
        return length + 1 if holds(character) else 0

    return np.array(list(accumulate(text, after, initial=0))[1:], float)


FEATURES: dict[str, Callable[[str], Numbers]] = {
    "inside quotes": inside_quotes,
    "inside brackets": inside_brackets,
    "bracket depth": bracket_depth,
    "position in line": position_in_line,
    "indentation": indentation,
    "after a newline": after_newline,
    "run of capitals": capital_run,
    "letters of the word": letters_of_word,
    "word in -ing": ending("ing"),
    "word in -ed": ending("ed"),
    "word in -ly": ending("ly"),
    "inside a URL": inside_url,
    "digit": digit,
}

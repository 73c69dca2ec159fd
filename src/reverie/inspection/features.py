"""What a unit of a model of texts may follow, and which units follow it.

Features are computed from the text alone, and from no more of it than has been read: a number
for each character, of what is so behind it. NumPy and nothing else.
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
"""How often the text is turned to see what chance reaches."""
URL = re.compile(r"(https?://|www\.)\S*")
WORD = re.compile(r"[^\W\d_]+")


class Correlations(NamedTuple):
    """How N units follow K features."""

    features: list[str]
    r: Float[np.ndarray, "N K"]
    """The correlation of each unit with each feature."""
    chance: Float[np.ndarray, " K"]
    """The greatest |r| of any of the units with the feature shifted around the text."""

    @property
    def lead(self) -> Float[np.ndarray, " N"]:
        """By how much a unit's best |r| is above chance."""
        return (np.abs(self.r) - self.chance).max(1)


def features(pieces: Sequence[str]) -> dict[str, Float[np.ndarray, " T"]]:
    """Each feature behind each of T pieces of a text, but for those that never change.

    A piece is what one element adds to the text, a character or a word; it may be empty.
    """
    text = "".join(pieces)
    ends = np.cumsum([len(piece) for piece in pieces], dtype=int)
    found = {}
    for name, computed in FEATURES.items():
        # In front of the text nothing is so: there is one 0 more than there are characters.
        values = np.concatenate([[0.0], computed(text)])[ends]
        if values.size and values.std() > 0:
            found[name] = values
    return found


def correlate(
    activations: Float[np.ndarray, "T N"], found: dict[str, Float[np.ndarray, " T"]], seed: int = 0
) -> Correlations:
    """The correlation of every unit with every feature, and what chance reaches.

    Chance is told by circular shifts: a shuffled feature would change at every step, and what
    changes slowly correlates by chance with what changes slowly.
    """
    names = list(found)
    if not names:
        nothing = np.zeros((activations.shape[1], 0))
        return Correlations([], nothing, np.zeros(0))
    wanted = np.stack([standardise(found[name]) for name in names])
    steps = len(activations)
    units = standardise(activations).T / np.float32(steps)
    turns = np.random.default_rng(seed).integers(steps // 10, steps - steps // 10, SHIFTS)
    turned = np.concatenate([np.roll(wanted, turn, 1) for turn in turns])
    by_chance = np.abs(units @ turned.T).max(0).reshape(SHIFTS, len(names)).max(0)
    return Correlations(names, units @ wanted.T, by_chance)


def select_units(
    found: Correlations, activations: Float[np.ndarray, "T N"], most: int
) -> Int[np.ndarray, " K"]:
    """`most` units at most: half of them those that follow best, then those that vary most."""
    best = np.argsort(-found.lead, kind="stable") if found.features else np.zeros(0, int)
    restless = np.argsort(-activations.var(0), kind="stable")
    order = np.concatenate([best[: most // 2], restless])
    return np.asarray(list(dict.fromkeys(order.tolist()))[:most], int)


def standardise(values: Float[np.ndarray, "T *N"]) -> Float[np.ndarray, "T *N"]:
    """With mean 0 and deviation 1 over time; zeros where nothing varies."""
    values = np.asarray(values, np.float32)
    centred = values - values.mean(0)
    deviation = np.sqrt(np.square(centred).mean(0))
    return centred / np.where(deviation > 1e-6, deviation, np.inf)


def inside_quotes(text: str) -> Numbers:
    """1 from an opening double quote on; a blank line closes what was left open."""

    def after(opened: bool, place: int) -> bool:
        character = text[place]
        if character in "“”«»":
            return character in "“«"
        if character == '"':
            return not opened
        return opened and text[place - 1 : place + 1] != "\n\n"

    return np.array(list(accumulate(range(len(text)), after, initial=False))[1:], float)


def bracket_depth(text: str) -> Numbers:
    """How many round, square and curly brackets are open."""

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
    """Blanks and tabs at the head of the line, so far."""

    def after(seen: tuple[int, bool], character: str) -> tuple[int, bool]:
        width, leading = (0, True) if character == "\n" else seen
        leading = leading and character in " \t\n"
        return width + (leading and character != "\n"), leading

    rows = list(accumulate(text, after, initial=(0, True)))[1:]
    return np.array([width for width, _ in rows], float)


def after_newline(text: str) -> Numbers:
    """1 right behind a newline."""
    return _where(text, lambda character: character == "\n")


def capital_run(text: str) -> Numbers:
    """1 from the second capital in a row on."""
    return (_run_lengths(text, str.isupper) > 1).astype(float)


def letters_of_word(text: str) -> Numbers:
    """How many letters the word has so far."""
    return _run_lengths(text, str.isalpha)


def digit(text: str) -> Numbers:
    """1 behind a digit."""
    return _where(text, str.isdigit)


def inside_url(text: str) -> Numbers:
    """1 from the end of a web address's head (https://, www.) on, up to a blank."""
    values = np.zeros(len(text))
    for match in URL.finditer(text):
        values[match.end(1) - 1 : match.end()] = 1
    return values


def ending(letters: str) -> Callable[[str], Numbers]:
    """1 where the word so far has these letters at its end, and others before them."""

    def computed(text: str) -> Numbers:
        values = np.zeros(len(text))
        for word in WORD.finditer(text):
            for match in re.finditer(f"(?<=.)(?={letters})", word[0], re.IGNORECASE):
                values[word.start() + match.start() + len(letters) - 1] = 1
        return values

    return computed


def _where(text: str, said: Callable[[str], bool]) -> Numbers:
    return np.array([said(character) for character in text], float)


def _run_lengths(text: str, said: Callable[[str], bool]) -> Numbers:
    """For how many characters it has been so, up to each."""

    def after(length: int, character: str) -> int:
        return length + 1 if said(character) else 0

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

"""Programs by chance: what one look from left to right can execute (Zaremba and Sutskever 2014)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, final

import numpy as np

from reverie.tasks.programs.exercises import DIGITS, END, Difficulty, Exercise, ExerciseKind
from reverie.tasks.programs.grammar import evaluate
from reverie.tasks.programs.tokens import size_of, spell, tokenise

NAMES = "abcdefghijklmnopqrstuvwyz"
"""The variables; x counts loops."""
FACTOR = 4
"""Numbers are multiplied by at most so many times their length, and loops are as long."""


class Draft(NamedTuple):
    """A program so far: statements, and an expression whose value is needed next."""

    lines: str
    expression: str
    value: int

    @property
    def atomic(self) -> bool:
        """The expression is a number or a variable."""
        return self.expression.isalnum()


class Chance:
    """Draws the parts of a program."""

    def __init__(self, rng: np.random.Generator, length: int):
        self.rng, self.length = rng, length
        self.names = iter(rng.permutation(list(NAMES)).tolist())

    def number(self) -> int:
        """A number of at most so many digits, which is not 0."""
        return int(self.rng.integers(1, 10**self.length))

    def small(self) -> int:
        """A factor, or the length of a loop."""
        return int(self.rng.integers(1, FACTOR * self.length + 1))

    def coin(self) -> bool:
        """Heads."""
        return bool(self.rng.integers(2))


@final
class Programs(ExerciseKind):
    """Programs of so many operations, each on what the one before it gave and on a new number.

    Operations are additions, subtractions, products with small numbers, assignments, choices and
    loops. A new number stands before what was computed only if that is a number or a variable: so
    at no time more than one value waits for another, and constant memory is enough.

    Departure: the order of operands, and which operation an assignment is followed by, are ours.
    """

    alphabet = "".join(
        sorted(set("print for x in range if else()=<>+-*:\n" + NAMES + DIGITS + END))
    )

    def draw(self, rng: np.random.Generator, difficulty: Difficulty) -> Exercise:
        chance = Chance(rng, difficulty.length)
        number = chance.number()
        draft = Draft("", str(number), number)
        for operation in rng.integers(0, len(OPERATIONS), difficulty.nesting).tolist():
            draft = OPERATIONS[operation](draft, chance)
        return Exercise(f"{draft.lines}print({draft.expression})\n", f"{draft.value}{END}")

    def pose(self, text: str) -> Exercise:
        return Exercise(spell(tokenise(text)), f"{evaluate(text)}{END}")

    def difficulty(self, exercise: Exercise) -> Difficulty:
        return Difficulty(*size_of(tokenise(exercise.question)))

    def longest(self, difficulty: Difficulty) -> int:
        length, nesting = difficulty
        small = len(str(FACTOR * length))
        operation = len("j=\nfor x in range():j+=\n") + len("j") + small + length
        choice = len("( if < else )") + 3 * length
        answer = length + nesting * (small + 1) + len("-" + END)
        return len("print()\n") + length + nesting * max(operation, choice) + answer


def add(draft: Draft, chance: Chance) -> Draft:
    """`(j+5)` or `(5+j)`."""
    number = chance.number()
    text = _in_order(draft, f"{number}", "+", chance)
    return Draft(draft.lines, text, draft.value + number)


def subtract(draft: Draft, chance: Chance) -> Draft:
    """`(j-5)` or `(5-j)`."""
    number = chance.number()
    if draft.atomic and chance.coin():
        return Draft(draft.lines, f"({number}-{draft.expression})", number - draft.value)
    return Draft(draft.lines, f"({draft.expression}-{number})", draft.value - number)


def multiply(draft: Draft, chance: Chance) -> Draft:
    """`(j*5)` or `(5*j)`, by a small number."""
    number = chance.small()
    text = _in_order(draft, f"{number}", "*", chance)
    return Draft(draft.lines, text, draft.value * number)


def assign(draft: Draft, chance: Chance) -> Draft:
    """`j=...`, and what is added to j or taken from it."""
    name = next(chance.names)
    named = Draft(f"{draft.lines}{name}={draft.expression}\n", name, draft.value)
    return (add if chance.coin() else subtract)(named, chance)


def choose(draft: Draft, chance: Chance) -> Draft:
    """`(j if 3<4 else 5)` or `(5 if 3<4 else j)`."""
    one, other, number = (chance.number() for _ in range(3))
    sign = "<" if chance.coin() else ">"
    holds = one < other if sign == "<" else one > other
    if draft.atomic and chance.coin():
        text = f"({number} if {one}{sign}{other} else {draft.expression})"
        return Draft(draft.lines, text, number if holds else draft.value)
    text = f"({draft.expression} if {one}{sign}{other} else {number})"
    return Draft(draft.lines, text, draft.value if holds else number)


def loop(draft: Draft, chance: Chance) -> Draft:
    """`j=...` and `for x in range(8):j+=5`."""
    name, count, step = next(chance.names), chance.small(), chance.number()
    sign = "+" if chance.coin() else "-"
    lines = f"{draft.lines}{name}={draft.expression}\nfor x in range({count}):{name}{sign}={step}\n"
    change = count * step if sign == "+" else -count * step
    return Draft(lines, name, draft.value + change)


def _in_order(draft: Draft, number: str, sign: str, chance: Chance) -> str:
    """The operation in one of the two orders, if one look is enough for both."""
    if draft.atomic and chance.coin():
        return f"({number}{sign}{draft.expression})"
    return f"({draft.expression}{sign}{number})"


OPERATIONS: tuple[Callable[[Draft, Chance], Draft], ...] = (
    add,
    subtract,
    multiply,
    assign,
    choose,
    loop,
)
"""All of them, equally probable."""

"""Regular expressions as trees. No jax here."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Letters(NamedTuple):
    """One of these symbols; or where `negated` one of the others: `.` is any but none."""

    symbols: frozenset[str]
    negated: bool = False


class Concatenation(NamedTuple):
    """One after the other; of no parts, the empty word."""

    parts: tuple[Expression, ...]


class Alternation(NamedTuple):
    """One of several."""

    options: tuple[Expression, ...]


class Repetition(NamedTuple):
    """`least` times or more; up to `most` times, or where that is None as often as one likes."""

    part: Expression
    least: int
    most: int | None


Expression: TypeAlias = "Letters | Concatenation | Alternation | Repetition"


def symbols_of(expression: Expression) -> set[str]:
    """The symbols that an expression names."""
    match expression:
        case Letters(symbols):
            return set(symbols)
        case Repetition(part):
            return symbols_of(part)
        case Concatenation(parts) | Alternation(parts):
            return set().union(*map(symbols_of, parts))

"""The words and signs of a program, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from reverie.errors import InputError, excerpt

TokenKind = Literal["number", "name", "sign", "break", "end"]

LONGEST = 4000
"""Characters of a program at most."""
DIGITS = 30
"""Digits of a number at most."""
WORDS = {"for", "in", "range", "if", "else", "print"}
"""What is no name of a variable."""
SPACED = {"for": "{} ", "in": " {} ", "if": " {} ", "else": " {} "}
"""The words that have blanks around them."""
OPERATIONS = {"+", "-", "*", "if", "for"}
PATTERN = re.compile(r"(?P<number>[0-9]+)|(?P<name>[a-z]+)|(?P<sign>\+=|-=|[-+*=<>():])")


class Token(NamedTuple):
    """A word or a sign, and its place, counted from 1."""

    kind: TokenKind
    text: str
    line: int
    column: int

    @property
    def where(self) -> str:
        """The place in words."""
        return f"line {self.line}, column {self.column}"

    def fail(self, expected: str) -> InputError:
        """The error of a program that goes on otherwise than it may."""
        what = {"break": "the end of the line", "end": "the end of the program"}
        found = what.get(self.kind) or repr(excerpt(self.text, 2 * DIGITS))
        return InputError(f"{self.where}: expected {expected}, not {found}")


def tokenise(text: str) -> list[Token]:
    """The tokens of a program, with an end. Blanks between them mean nothing, nor do line breaks
    behind a colon, and empty lines.

    Raises InputError for a program that is empty or too long, and for what is no token.
    """
    if not text.strip():
        raise InputError("the program is empty: write one such as print((12+34))")
    if len(text) > LONGEST:
        raise InputError(f"the program has {len(text):,} characters: write at most {LONGEST:,}")
    tokens: list[Token] = []
    for number, line in enumerate(text.split("\n"), 1):
        tokens += _tokens_of(line, number)
        if tokens and tokens[-1].text not in ("\n", ":"):
            tokens.append(Token("break", "\n", number, len(line) + 1))
    last = tokens[-1]
    return [*tokens, Token("end", "", last.line, last.column)]


def _tokens_of(line: str, number: int) -> Iterator[Token]:
    """Those of one line."""
    place = 0
    while place < len(line):
        if line[place].isspace():
            place += 1
            continue
        match = PATTERN.match(line, place)
        if match is None:
            raise _unknown(Token("sign", line[place], number, place + 1))
        kind: TokenKind = match.lastgroup  # type: ignore[assignment]
        token = Token(kind, match.group(), number, place + 1)
        _check(token)
        yield token
        place = match.end()


def _unknown(token: Token) -> InputError:
    if token.text in "/%":
        return InputError(
            f"{token.where}: these programs have no division: they know +, - and *, if and for"
        )
    return token.fail("a number, a variable, or one of + - * = < > ( ) :")


def _check(token: Token) -> None:
    """InputError for a number that is too long, or that Python would not read."""
    if token.kind != "number":
        return
    if len(token.text) > DIGITS:
        raise InputError(
            f"{token.where}: a number has {len(token.text):,} digits: write at most {DIGITS}"
        )
    if token.text[0] == "0" and len(token.text) > 1:
        raise InputError(f"{token.where}: {token.text} begins with 0: leave the first 0 out")


def spell(tokens: Sequence[Token]) -> str:
    """The program as those that are learned from are spelled."""
    return "".join(SPACED.get(token.text, "{}").format(token.text) for token in tokens)


def size_of(tokens: Sequence[Token]) -> tuple[int, int]:
    """The digits of the longest number, and how many operations there are."""
    length = max(len(token.text) for token in tokens if token.kind == "number")
    return length, sum(token.text in OPERATIONS for token in tokens)

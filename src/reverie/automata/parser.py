"""Regular expressions: from their text to a tree. No jax here.

    alternation     concatenation | concatenation ...
    concatenation   repetition repetition ...             perhaps none: the empty word
    repetition      atom, or atom with * + ? {m} {m,} {,n} or {m,n}
    atom            ( alternation ), a class, ., \\ and a character, or any other character

A class is [abc], [a-c] or, negated, [^abc]. Behind a backslash n and t are a line break and a tab,
and any character that is no letter and no digit is itself. There are no anchors, since an
expression describes whole words, and nothing that is not regular.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reverie.automata.dfa import MOST_STATES, MOST_SYMBOLS
from reverie.automata.expressions import (
    Alternation,
    Concatenation,
    Expression,
    Letters,
    Repetition,
)
from reverie.errors import InputError, excerpt

DEEPEST = 100
"""The most groups within one another."""
SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
DIGITS = re.compile("[0-9]*")
ESCAPED = {"n": "\n", "t": "\t"}


def parse(text: str) -> Expression:
    """The tree of an expression. Raises InputError, with the place, for a text that is none."""
    reader = _Reader(text)
    found = reader.alternation()
    if reader.ahead() == ")":
        raise reader.error("there is a ) without its (")
    return found


@dataclass
class _Reader:
    """Where in a text the reading is."""

    text: str
    place: int = 0
    depth: int = 0

    def ahead(self) -> str:
        """The next character; an empty text at the end."""
        return self.text[self.place : self.place + 1]

    def next(self) -> str:
        """The next character, which is then behind."""
        self.place += 1
        return self.text[self.place - 1 : self.place]

    def takes(self, character: str) -> bool:
        """Whether this is the next character, which is then behind."""
        found = self.ahead() == character
        self.place += found
        return found

    def error(self, what: str, place: int | None = None) -> InputError:
        """What is wrong at this place, counted from 0, or at the next character."""
        number = (self.place if place is None else place) + 1
        where = f"at place {number}" if number <= len(self.text) else "at its end"
        return InputError(f"{excerpt(repr(self.text))} is no regular expression: {where}, {what}")

    def alternation(self) -> Expression:
        options = [self.concatenation()]
        while self.takes("|"):
            options.append(self.concatenation())
        return options[0] if len(options) == 1 else Alternation(tuple(options))

    def concatenation(self) -> Expression:
        parts = []
        while self.ahead() not in ("", "|", ")"):
            parts.append(self.repetition())
        return parts[0] if len(parts) == 1 else Concatenation(tuple(parts))

    def repetition(self) -> Expression:
        part = self.atom()
        begin = self.place
        if self.ahead() in SIGNS:
            least, most = SIGNS[self.next()]
        elif self.takes("{"):
            least, most = self.bounds(begin)
        else:
            return part
        if self.ahead() in {*SIGNS, "{"}:
            raise self.error("a repetition is repeated: put what is repeated in parentheses")
        return Repetition(part, least, most)

    def bounds(self, begin: int) -> tuple[int, int | None]:
        """What braces say, the first of which is behind."""
        end = self.text.find("}", self.place)
        least, comma, most = self.text[self.place : max(end, 0)].partition(",")
        numbers = [least, most] if comma else [least]
        if not any(numbers) or not all(DIGITS.fullmatch(n) for n in numbers):
            raise self.error("braces are neither {m}, {m,}, {,n} nor {m,n}: or write \\{", begin)
        if any(len(n) > 9 or int(n or 0) > MOST_STATES for n in numbers):
            raise self.error(f"something is repeated more than {MOST_STATES:,} times", begin)
        self.place = end + 1
        low, high = int(least or 0), int(most) if most else None if comma else int(least)
        if high is not None and high < low:
            raise self.error(f"{low} repetitions or more cannot be {high} or fewer", begin)
        return low, high

    def atom(self) -> Expression:
        begin, character = self.place, self.next()
        match character:
            case "(":
                return self.group(begin)
            case "[":
                return self.letters(begin)
            case ".":
                return Letters(frozenset(), negated=True)
            case "\\":
                return Letters(frozenset(self.escaped()))
            case "^" | "$":
                raise self.error(
                    f"there is {character}, but an expression describes whole words: leave it "
                    f"out, or write \\{character}",
                    begin,
                )
            case "*" | "+" | "?" | "{":
                raise self.error(
                    f"there is nothing that {character} could repeat: or write \\{character}", begin
                )
        return Letters(frozenset(character))

    def group(self, begin: int) -> Expression:
        """What is within parentheses, the first of which is behind."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"groups are nested more than {DEEPEST} deep", begin)
        found = self.alternation()
        if not self.takes(")"):
            raise self.error("there is a ( without its )", begin)
        self.depth -= 1
        return found

    def escaped(self) -> str:
        """The character that is meant, behind a backslash."""
        place, character = self.place, self.next()
        if not character:
            raise self.error("there is nothing behind the backslash: write two", place - 1)
        if character.isalnum() and character not in ESCAPED:
            raise self.error(f"\\{character} means nothing here: list the symbols in [ ]", place)
        return ESCAPED.get(character, character)

    def letters(self, begin: int) -> Letters:
        """A class, whose bracket is behind."""
        negated, symbols = self.takes("^"), set[str]()
        while self.ahead() != "]":
            symbols |= self.range(begin)
        if not symbols:
            raise self.error("a class is empty: or write \\[ and \\]", begin)
        self.next()
        return Letters(frozenset(symbols), negated)

    def range(self, begin: int) -> set[str]:
        """A symbol of a class, or those from one to another."""
        place, first = self.place, self.member(begin)
        if not (self.ahead() == "-" and self.text[self.place + 1 : self.place + 2] != "]"):
            return {first}
        self.next()
        last = self.member(begin)
        if not 0 <= ord(last) - ord(first) < MOST_SYMBOLS:
            few = ord(last) < ord(first)
            what = "ends before it begins" if few else f"has more than {MOST_SYMBOLS:,} symbols"
            raise self.error(f"a range {what}", place)
        return set(map(chr, range(ord(first), ord(last) + 1)))

    def member(self, begin: int) -> str:
        character = self.next()
        if not character:
            raise self.error("there is a [ without its ]", begin)
        return self.escaped() if character == "\\" else character

"""The language of the programs: parsed and evaluated in one pass, and nothing else is executed.

    program    = { statement } "print(" expression ")" break
    statement  = name "=" expression break
               | "for x in range(" number "):" name ( "+=" | "-=" ) number break
    expression = value [ ( "+" | "-" | "*" ) value | "if" value ( "<" | ">" ) value "else" value ]
    value      = number | name | "(" expression ")"

A name is one letter other than x. There is one operator in each pair of parentheses, so none comes
before another, and Python's own answer is the same.

Every program ends, soon. Nothing goes back in the text: each token is read once, by a parser whose
depth is bounded. A loop is no exception: it adds a constant a constant number of times, so it is a
product, one step however long its range is. Texts, numbers and values have a bound, so steps do.
"""

from __future__ import annotations

from collections.abc import Sequence

from reverie.errors import InputError, excerpt
from reverie.tasks.programs.tokens import WORDS, Token, spell, tokenise

DEPTH = 50
"""Parentheses within each other at most."""
PLACES = 60
"""Digits of a value at most: each `j=(j*j)` would double them."""


def evaluate(text: str) -> int:
    """What a program prints. InputError, with its place, for what is not in the grammar."""
    return Evaluator(tokenise(text)).program()


class Evaluator:
    """Reads tokens from left to right; it knows the variables so far, and nothing else."""

    def __init__(self, tokens: Sequence[Token]):
        self.tokens, self.place, self.depth = tokens, 0, 0
        self.variables: dict[str, int] = {}

    def program(self) -> int:
        """A whole program: what it prints."""
        while self.next.text != "print":
            self._statement()
        self._take("print", "(")
        printed = self._expression()
        self._take(")")
        self._take("\n")
        if self.next.kind != "end":
            raise self.next.fail("the end of the program behind the print")
        return printed

    @property
    def next(self) -> Token:
        """The token that is read next."""
        return self.tokens[self.place]

    def _statement(self) -> None:
        if self.next.text == "for":
            self._loop()
        else:
            name = self._name("a variable, for or print")
            self._take("=")
            self.variables[name] = self._expression()
        self._take("\n")

    def _loop(self) -> None:
        """`for x in range(n):j+=k`, which is j + n k."""
        self._take("for", "x", "in", "range", "(")
        count = self._number()
        self._take(")", ":")
        place = self.next
        name = self._name("a variable")
        sign = self._one_of("+=", "-=")
        step = self._number() if sign == "+=" else -self._number()
        self.variables[name] = _bounded(self._known(place) + count * step, place)

    def _expression(self) -> int:
        left = self._value()
        match self.next.text:
            case "+" | "-" | "*":
                return self._operation(left)
            case "if":
                return self._choice(left)
        return left

    def _operation(self, left: int) -> int:
        place = self.next
        sign = self._one_of("+", "-", "*")
        right = self._value()
        found = left + right if sign == "+" else left - right if sign == "-" else left * right
        return _bounded(found, place)

    def _choice(self, left: int) -> int:
        self._take("if")
        one = self._value()
        sign = self._one_of("<", ">")
        other = self._value()
        self._take("else")
        right = self._value()
        return left if (one < other if sign == "<" else one > other) else right

    def _value(self) -> int:
        if self.next.kind == "number":
            return self._number()
        if self.next.text == "(":
            return self._inner()
        place = self.next
        self._name("a number, a variable or (")
        return self._known(place)

    def _inner(self) -> int:
        """An expression in parentheses."""
        if self.depth == DEPTH:
            raise InputError(
                f"{self.next.where}: more than {DEPTH} parentheses lie within each other: "
                "assign what is in them to variables"
            )
        self._take("(")
        self.depth += 1
        value = self._expression()
        self.depth -= 1
        self._take(")")
        return value

    def _known(self, token: Token) -> int:
        """The value of a variable."""
        if token.text not in self.variables:
            raise InputError(f"{token.where}: {token.text} has no value yet: assign one before")
        return self.variables[token.text]

    def _number(self) -> int:
        if self.next.kind != "number":
            raise self.next.fail("a number")
        return int(self._advance().text)

    def _name(self, expected: str) -> str:
        token = self.next
        if token.kind != "name" or token.text in WORDS:
            raise token.fail(expected)
        if len(token.text) > 1 or token.text == "x":
            raise token.fail("a variable of one letter, which is not x")
        return self._advance().text

    def _one_of(self, *texts: str) -> str:
        if self.next.text not in texts:
            raise self.next.fail(" or ".join(texts))
        return self._advance().text

    def _take(self, *texts: str) -> None:
        """These tokens, one after the other."""
        for text in texts:
            if self.next.text != text:
                raise self.next.fail("the end of the line" if text == "\n" else repr(text))
            self._advance()

    def _advance(self) -> Token:
        self.place += 1
        return self.tokens[self.place - 1]


def _bounded(value: int, token: Token) -> int:
    """A value as it is. InputError where it has too many digits."""
    if abs(value) >= 10**PLACES:
        raise InputError(f"{token.where}: a value has more than {PLACES} digits: use less")
    return value


def check_number(text: str) -> str:
    """A number alone. InputError for anything else."""
    tokens = tokenise(text)
    if [token.kind for token in tokens] != ["number", "break", "end"]:
        raise InputError(
            f"{excerpt(text)!r} is not a number: this model copies a number such as 398345"
        )
    return tokens[0].text


def check_addition(text: str) -> str:
    """A program that adds two numbers, spelled as they are. InputError for any other."""
    tokens = tokenise(text)
    shape = [token.text for token in tokens if token.kind != "number"]
    kinds = [token.kind for token in tokens]
    if shape != ["print", "(", "+", ")", "\n", ""] or kinds[2:5:2] != ["number", "number"]:
        raise InputError(
            f"{excerpt(text)!r} is not the sum of two numbers: this model executes programs such "
            "as print(398345+425098)"
        )
    return spell(tokens)

"""Automata as the tables of textbooks. No jax here.

             0     1
    even   even   odd
    * odd   odd  even

The first line has the symbols. Each line below has a state and the states that the symbols lead to,
with spaces between. The first state is where the automaton begins; those with a star accept. Empty
lines, and those that begin with #, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reverie.automata.dfa import DFA, MOST_STATES, MOST_SYMBOLS
from reverie.errors import InputError, excerpt
from reverie.formats.opening import prefix_errors, read_bytes

Line = tuple[int, list[str]]
"""The number of a line and its words."""


def read_table(path: str | Path) -> DFA:
    """The automaton of a file. Raises InputError, with the line, for what is not such a table."""
    data = read_bytes(Path(path))
    with prefix_errors(path):
        try:
            return parse_table(data.decode())
        except UnicodeDecodeError as error:
            raise InputError("it is not text in UTF-8: write a table of states") from error


def parse_table(text: str) -> DFA:
    """The automaton of a table. Raises InputError, with the line, for what is none."""
    lines = list(_lines(text))
    if len(lines) < 2:
        raise InputError("the table is empty: write a line of symbols, and one for each state")
    if len(lines) > MOST_STATES + 1:
        raise InputError(f"the table has more than {MOST_STATES:,} states: make it smaller")
    (head, symbols), *rows = lines
    _check_symbols(head, symbols)
    states: dict[str, int] = {}
    for number, words in rows:
        _check_row(number, words, len(symbols), states)
        states[_name(words)] = len(states)
    table = [[_target(number, word, states) for word in _targets(words)] for number, words in rows]
    accepting = np.array([words[0].startswith("*") for _, words in rows])
    return DFA("".join(symbols), np.array(table), accepting, tuple(states))


def _lines(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            yield number, words


def _name(words: list[str]) -> str:
    """The state of a row, whose star may stand apart."""
    return words[1] if words[0] == "*" else words[0].removeprefix("*")


def _targets(words: list[str]) -> list[str]:
    return words[2:] if words[0] == "*" else words[1:]


def _check_symbols(number: int, symbols: list[str]) -> None:
    if len(symbols) > MOST_SYMBOLS:
        raise InputError(f"line {number}: there are more than {MOST_SYMBOLS:,} symbols: use fewer")
    for symbol in symbols:
        if len(symbol) > 1:
            raise InputError(
                f"line {number}: {excerpt(repr(symbol))} is no symbol, which is one character: "
                "put spaces between symbols"
            )
        if symbols.count(symbol) > 1:
            raise InputError(f"line {number}: the symbol {symbol!r} is there twice: leave one out")


def _check_row(number: int, words: list[str], symbols: int, states: dict[str, int]) -> None:
    if words == ["*"]:
        raise InputError(f"line {number}: the star has no state behind it: name one")
    if len(_targets(words)) != symbols:
        raise InputError(
            f"line {number}: the state {excerpt(repr(_name(words)))} leads to "
            f"{len(_targets(words))} states, but there are {symbols} symbols: give one for each"
        )
    if _name(words) in states:
        raise InputError(
            f"line {number}: the state {excerpt(repr(_name(words)))} has a line already: "
            "leave one out"
        )


def _target(number: int, word: str, states: dict[str, int]) -> int:
    if word not in states:
        raise InputError(
            f"line {number}: the state {excerpt(repr(word))} has no line: write one, or another "
            "state"
        )
    return states[word]


def format_table(dfa: DFA) -> str:
    """The table of an automaton, which `parse_table` reads unless a symbol is blank or #."""
    names = [("*" if a else "") + dfa.name(state) for state, a in enumerate(dfa.accepting)]
    rows = [[*map(dfa.name, row)] for row in dfa.table.tolist()]
    grid = [
        ["", *map(excerpt, dfa.alphabet)],
        *([n, *row] for n, row in zip(names, rows, strict=True)),
    ]
    return align(grid)


def align(grid: list[list[str]]) -> str:
    """Rows of words as lines, with columns as wide as they need to be, flush right."""
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = ("  ".join(w.rjust(n) for w, n in zip(row, widths, strict=True)) for row in grid)
    return "\n".join(line.rstrip() for line in lines)

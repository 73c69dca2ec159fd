"""From a regular expression to the smallest automaton: Thompson 1968, then subsets. No jax here."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reverie.automata.dfa import DFA, MOST_STATES, MOST_SYMBOLS
from reverie.automata.expressions import (
    Alternation,
    Concatenation,
    Expression,
    Letters,
    Repetition,
    symbols_of,
)
from reverie.automata.minimal import minimise
from reverie.automata.parser import parse
from reverie.errors import InputError, excerpt

MOST_PARTS = 100_000
"""The most states of the automaton that is not deterministic."""
MOST_WORK = 2_000_000
"""The most places that are looked at in all sets of states: seconds, and 100 MB."""

Places = frozenset[int]


def from_expression(text: str, alphabet: str | None = None) -> DFA:
    """The smallest DFA that accepts the words which a regular expression describes.

    The alphabet is by default that of the symbols which the expression names; `.` and negated
    classes mean symbols of the alphabet. `parser` says what can be written. Raises InputError
    for a text that is no expression, and for one that makes too many states, before they are made.
    """
    tree = parse(text)
    known = "".join(sorted(symbols_of(tree))) if alphabet is None else alphabet
    if not known:
        raise InputError(f"{excerpt(repr(text))} names no symbol: give an alphabet as well")
    if len(known) > MOST_SYMBOLS:
        raise InputError(f"an alphabet has up to {MOST_SYMBOLS:,} symbols: use fewer")
    parts = Fragments(frozenset(known))
    return minimise(Subsets(parts.states, known).dfa(parts.add(tree, ACCEPT)))


class Place(NamedTuple):
    """A state that is left by reading one of the symbols; where they are None, without reading."""

    symbols: frozenset[str] | None
    following: list[int]


ACCEPT = 0


class Fragments:
    """An automaton that is not deterministic, built from the end of the expression to its start."""

    def __init__(self, alphabet: frozenset[str]):
        self.alphabet, self.states = alphabet, [Place(frozenset(), [])]

    def add(self, expression: Expression, then: int) -> int:
        """The state from which the expression is read before what begins in the state `then`.

        Every call makes a state, so that their limit is one of time as well.
        """
        match expression:
            case Letters(symbols, negated):
                taken = self.alphabet - symbols if negated else self.alphabet & symbols
                return self._new(taken, [then])
            case Alternation(options):
                return self._new(None, [self.add(option, then) for option in options])
            case Concatenation(parts):
                for part in reversed(parts):
                    then = self.add(part, then)
                return then if parts else self._new(None, [then])
            case Repetition(_, _, 0):
                return self._new(None, [then])
            case Repetition(part, least, most):
                return self._repeat(part, least, most, then)

    def _repeat(self, part: Expression, least: int, most: int | None, then: int) -> int:
        begin = then
        if most is None:
            begin = self._new(None, [then])
            self.states[begin].following.append(self.add(part, begin))
        for _ in range(0 if most is None else most - least):
            begin = self._new(None, [self.add(part, begin), then])
        for _ in range(least):
            begin = self.add(part, begin)
        return begin

    def _new(self, symbols: frozenset[str] | None, following: list[int]) -> int:
        if len(self.states) > MOST_PARTS:
            raise too_large()
        self.states.append(Place(symbols, following))
        return len(self.states) - 1


class Subsets:
    """The sets of states that an automaton which is not deterministic can be in, as states."""

    def __init__(self, places: list[Place], alphabet: str):
        self.places, self.alphabet, self.work = places, alphabet, 0
        self.sets: list[Places] = []
        self.numbers: dict[Places, int] = {}
        """Of the sets, and of those that become one of them without reading."""

    def dfa(self, begin: int) -> DFA:
        """The deterministic automaton that begins in a state of the other."""
        self._number(frozenset([begin]))
        # The list grows while it is read.
        rows = [[*map(self._number, self._read(places))] for places in self.sets]
        accepting = np.array([ACCEPT in places for places in self.sets])
        return DFA(self.alphabet, np.array(rows), accepting)

    def _read(self, places: Places) -> list[Places]:
        """Where each symbol leads to."""
        self._spend(len(places) * len(self.alphabet))
        following: dict[str, set[int]] = {symbol: set() for symbol in self.alphabet}
        for place in places:
            for symbol in self.places[place].symbols or ():
                following[symbol].update(self.places[place].following)
        return [*map(frozenset, following.values())]

    def _number(self, places: Places) -> int:
        """The number of the state that these places are, or become without reading."""
        if places not in self.numbers:
            whole = self._close(places)
            if whole not in self.numbers:
                self._add(whole)
            self.numbers[places] = self.numbers[whole]
        return self.numbers[places]

    def _add(self, whole: Places) -> None:
        if len(self.sets) == MOST_STATES:
            raise InputError(
                f"the expression makes more than {MOST_STATES:,} states: write a simpler one"
            )
        self.numbers[whole] = len(self.sets)
        self.sets.append(whole)

    def _close(self, places: Places) -> Places:
        """The places that are reached without reading, of which only those that read are kept."""
        seen, waiting = set(places), [*places]
        while waiting:
            symbols, following = self.places[waiting.pop()]
            if symbols is None:
                new = set(following) - seen
                seen |= new
                waiting += new
        self._spend(len(seen))
        return frozenset(place for place in seen if self.places[place].symbols is not None)

    def _spend(self, work: int) -> None:
        self.work += work
        if self.work > MOST_WORK:
            raise too_large()


def too_large() -> InputError:
    """The error for what would take too much time and memory, however few states it needs."""
    return InputError(
        "the expression is too large, with what it repeats written out: write a simpler one"
    )

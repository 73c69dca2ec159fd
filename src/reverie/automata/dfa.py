"""Deterministic finite automata. No jax here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from reverie.errors import InputError, excerpt

MOST_STATES, MOST_SYMBOLS = 10_000, 1_000
"""What is larger is refused before it is made."""


@dataclass(frozen=True, eq=False)
class DFA:
    """A deterministic finite automaton of S states over V symbols; it begins in state 0.

        q_0 = 0      q_t = table[q_{t-1}, w_t]      w is accepted where accepting[q_T]

    A symbol is a character. A word of T symbols is a text, or the places (T,) of its symbols in
    the alphabet. Raises InputError where the parts do not fit together.
    """

    alphabet: str
    table: Int[np.ndarray, "S V"]
    accepting: Bool[np.ndarray, " S"]
    names: tuple[str, ...] = ()
    """Of the states, to be shown; their numbers without."""

    def __post_init__(self) -> None:
        states, symbols = len(self.accepting), len(self.alphabet)
        if not states or not symbols:
            raise InputError("an automaton has at least one state and one symbol: give it some")
        if len(set(self.alphabet)) < symbols:
            raise InputError(f"a symbol is twice in the alphabet {excerpt(repr(self.alphabet))}")
        if self.table.shape != (states, symbols):
            raise InputError(f"the table of {states} states and {symbols} symbols has other sizes")
        if self.table.min() < 0 or self.table.max() >= states:
            raise InputError(f"the table leads to a state that is not among the {states}")

    @property
    def states(self) -> int:
        """S."""
        return len(self.accepting)

    def name(self, state: int) -> str:
        """What a state is called."""
        return self.names[state] if self.names else str(state)

    def encode(self, word: str) -> Int[np.ndarray, " T"]:
        """The places of the symbols; InputError for one that is not in the alphabet."""
        places = {symbol: place for place, symbol in enumerate(self.alphabet)}
        for place, symbol in enumerate(word, 1):
            if symbol not in places:
                raise InputError(
                    f"symbol {place} of {excerpt(repr(word))} is {symbol!r}, which is not in the "
                    f"alphabet {excerpt(repr(self.alphabet))}: use the symbols of the alphabet"
                )
        return np.array([places[symbol] for symbol in word], np.int32)

    def decode(self, symbols: Iterable[int]) -> str:
        """The word of these places."""
        return "".join(self.alphabet[symbol] for symbol in symbols)

    def run(self, symbols: Int[np.ndarray, " T"]) -> Int[np.ndarray, " T+1"]:
        """The state before the first symbol and after each."""
        table, states = self.table.tolist(), [0]
        for symbol in symbols.tolist():
            states.append(table[states[-1]][symbol])
        return np.array(states, np.int32)

    def labels(self, symbols: Int[np.ndarray, " T"]) -> Bool[np.ndarray, " T+1"]:
        """Whether the word of the first t symbols is accepted, for t = 0 to T."""
        return self.accepting[self.run(symbols)]

    def accepts(self, word: str) -> bool:
        """Whether a word is accepted."""
        return bool(self.labels(self.encode(word))[-1])


def parity() -> DFA:
    """The words over 0 and 1 with an odd number of ones."""
    return DFA("01", np.array([[0, 1], [1, 0]]), np.array([False, True]), ("even", "odd"))

"""Words and automata by chance. No jax here."""

from __future__ import annotations

from itertools import islice

import numpy as np
from jaxtyping import Int

from reverie.automata.dfa import DFA, MOST_STATES
from reverie.automata.minimal import minimise
from reverie.errors import InputError


class WordCounts:
    """How many words of each length a DFA accepts and rejects, and words drawn from among them.

        c_0(q) = 1 if q is accepting else 0      c_n(q) = sum_v c_{n-1}(table[q, v])

    is the number of words of n symbols that are accepted from state q on; of rejected words in the
    same way. Numbers are whole and exact, however large. What was counted once is kept.
    """

    def __init__(self, dfa: DFA):
        self.dfa, self._rows = dfa, dfa.table.tolist()
        self._counts = {
            side: [[int(a is side) for a in dfa.accepting.tolist()]] for side in (False, True)
        }

    def count(self, length: int, accepted: bool = True) -> int:
        """How many words of so many symbols are accepted, or rejected."""
        return self._after(length, accepted)[0]

    def word(self, length: int, rank: int, accepted: bool = True) -> Int[np.ndarray, " T"]:
        """The word of that rank, from 0 on, among those of one length in the order of the alphabet.

        Raises InputError where there are not so many.
        """
        if not 0 <= rank < self.count(length, accepted):
            raise InputError(f"there is no word {rank} of {length} symbols: choose another")
        symbols, state = [], 0
        for left in reversed(range(length)):
            counts, row, symbol = self._after(left, accepted), self._rows[state], 0
            while rank >= counts[row[symbol]]:
                rank -= counts[row[symbol]]
                symbol += 1
            symbols.append(symbol)
            state = row[symbol]
        return np.array(symbols, np.int32)

    def first_words(self, most: int) -> list[str]:
        """The first accepted words, the shortest before the longer: up to so many.

        Words of twice as many symbols as there are states, or more, are not looked at.
        """
        found = (
            self.dfa.decode(self.word(length, rank))
            for length in range(2 * self.dfa.states)
            for rank in range(min(most, self.count(length)))
        )
        return list(islice(found, most))

    def draw(
        self, rng: np.random.Generator, length: int, accepted: bool = True
    ) -> Int[np.ndarray, " T"]:
        """One of the words of T = `length` symbols that are accepted, or rejected, all as likely.

        Raises InputError where there are none.
        """
        count = self.count(length, accepted)
        if not count:
            verb = "accepts" if accepted else "rejects"
            raise InputError(
                f"the automaton {verb} no word of {length} symbols: choose another length"
            )
        return self.word(length, draw_below(rng, count), accepted)

    def _after(self, length: int, accepted: bool) -> list[int]:
        """c_n of each state."""
        if length < 0:
            raise InputError(f"a word has 0 symbols or more, not {length}: choose another length")
        counts = self._counts[accepted]
        while len(counts) <= length:
            counts.append([sum(counts[-1][state] for state in row) for row in self._rows])
        return counts[length]


def draw_below(rng: np.random.Generator, limit: int) -> int:
    """A whole number from 0 to `limit` - 1, all as likely, however large the limit is."""
    bits = limit.bit_length()
    while True:
        drawn = int.from_bytes(rng.bytes(bits // 8 + 1)) >> (8 - bits % 8)
        if drawn < limit:
            return drawn


def random_dfa(rng: np.random.Generator, states: int, alphabet: str) -> DFA:
    """A minimal automaton of exactly S = `states` states, all of which some word reaches.

    Each state but the first is entered from an earlier one by a symbol that leads nowhere yet; all
    other entries of the table, and which states accept, are uniform. What is not minimal is drawn
    anew. From two states on some words are accepted and others rejected.
    Raises InputError for a number of states that cannot be.
    """
    if not 1 <= states <= MOST_STATES:
        raise InputError(f"an automaton has 1 to {MOST_STATES:,} states, not {states}")
    while True:
        table = rng.integers(states, size=(states, len(alphabet)))
        free: list[tuple[int, int]] = []
        for state in range(1, states):
            free += [(state - 1, v) for v in range(len(alphabet))]
            table[free.pop(rng.integers(len(free)))] = state
        found = minimise(DFA(alphabet, table, rng.random(states) < 0.5))
        if found.states == states:
            return found

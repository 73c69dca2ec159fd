"""The smallest automaton that accepts the same words, and what tells two apart. No jax here."""

from __future__ import annotations

from collections import defaultdict, deque

import numpy as np

from reverie.automata.dfa import DFA
from reverie.errors import InputError, excerpt

Rows = list[list[int]]
"""The table of an automaton."""


def minimise(dfa: DFA) -> DFA:
    """The automaton with the fewest states that accepts the same words (Hopcroft 1971).

    States are numbered in the order in which words reach them, the shortest first and those of one
    length in the order of the alphabet: automata that accept the same words become equal tables.
    The time is proportional to V S log S.
    """
    order = reachable(dfa.table.tolist())
    number = {state: n for n, state in enumerate(order)}
    rows = [[number[state] for state in dfa.table[old].tolist()] for old in order]
    block = _blocks(rows, dfa.accepting[order].tolist())
    # The first state of each block stands for it: blocks are numbered as they are reached.
    first = dict(reversed([(block[state], state) for state in range(len(rows))]))
    kept = sorted(first.values())
    place = {block[state]: n for n, state in enumerate(kept)}
    table = np.array([[place[block[state]] for state in rows[old]] for old in kept])
    chosen = [order[state] for state in kept]
    names = tuple(dfa.names[state] for state in chosen) if dfa.names else ()
    return DFA(dfa.alphabet, table, dfa.accepting[chosen], names)


def reachable(rows: Rows) -> list[int]:
    """The states that some word reaches, in the order of the first such word."""
    order, seen = [0], {0}
    for state in order:
        new = [following for following in dict.fromkeys(rows[state]) if following not in seen]
        order += new
        seen.update(new)
    return order


def _blocks(rows: Rows, accepting: list[bool]) -> list[int]:
    """The block of each state: two are in one block if no word tells them apart."""
    symbols, before = range(len(rows[0])), _preimages(rows)
    blocks = [{s for s, a in enumerate(accepting) if a is side} for side in (False, True)]
    block = [int(side) for side in accepting]
    waiting = {(side, v) for v in symbols for side in (0, 1)}
    while waiting:
        splitter, v = waiting.pop()
        reaching = defaultdict(set)
        for state in blocks[splitter]:
            for earlier in before[v][state]:
                reaching[block[earlier]].add(earlier)
        for old, part in reaching.items():
            if len(part) == len(blocks[old]):
                continue
            new = len(blocks)
            blocks[old] -= part
            blocks.append(part)
            for state in part:
                block[state] = new
            smaller = min(old, new, key=lambda n: len(blocks[n]))
            waiting |= {(new if (old, u) in waiting else smaller, u) for u in symbols}
    return block


def _preimages(rows: Rows) -> list[Rows]:
    """For each symbol and each state, the states from which the symbol leads there."""
    before: list[Rows] = [[[] for _ in rows] for _ in rows[0]]
    for state, row in enumerate(rows):
        for v, following in enumerate(row):
            before[v][following].append(state)
    return before


def difference(first: DFA, second: DFA) -> str | None:
    """A shortest word that one of the two accepts and the other rejects; None where there is none.

    Pairs of states are met in the order of length, and those that must be equal if all pairs met
    before are equal are left out (Hopcroft and Karp 1971): at most as many pairs as states.
    Raises InputError where the alphabets differ.
    """
    if first.alphabet != second.alphabet:
        raise InputError(
            f"the alphabets {excerpt(repr(first.alphabet))} and {excerpt(repr(second.alphabet))} "
            "differ: only automata over the same one can be compared"
        )
    rows = first.table.tolist() + (second.table + first.states).tolist()
    accepting = [*first.accepting.tolist(), *second.accepting.tolist()]
    parent = list(range(len(rows)))
    waiting = deque([(0, first.states, "")])
    while waiting:
        one, other, word = waiting.popleft()
        if accepting[one] != accepting[other]:
            return word
        one_root, other_root = _root(parent, one), _root(parent, other)
        if one_root != other_root:
            parent[one_root] = other_root
            following = zip(rows[one], rows[other], first.alphabet, strict=True)
            waiting.extend((p, q, word + symbol) for p, q, symbol in following)
    return None


def _root(parent: list[int], state: int) -> int:
    """The state that stands for all that are taken to be equal to this one."""
    while parent[state] != state:
        parent[state] = parent[parent[state]]
        state = parent[state]
    return state

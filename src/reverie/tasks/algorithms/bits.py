"""Problems of vectors of bits: what is shown step by step, and what is to be answered.

Each draws one problem of a size: the inputs, of which the first channels are the bits and the
others say what is meant by them, and the bits that are wanted in each step that counts (Graves,
Wayne and Danihelka 2014, section 4).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from reverie.automata.dfa import DFA, parity
from reverie.automata.drawing import random_dfa
from reverie.tasks.algorithms.catalogue import CONTEXT, sorted_of

BEGIN, ASK = 0, 1
"""Channels beside the bits: one that begins a sequence or an item, and one that asks for it."""
ITEM = 3
"""Vectors of an item of associative recall."""
STATES = 5
"""Of an automaton that was drawn by chance."""


class BitProblem(NamedTuple):
    """One problem as arrays."""

    inputs: np.ndarray
    """(T, N + channels)"""
    targets: np.ndarray
    """(T, N): zeros where nothing is wanted."""
    counted: np.ndarray
    """(T,): where something is wanted."""


def _laid_out(shown: np.ndarray, wanted: np.ndarray) -> BitProblem:
    """The inputs, and behind them as many silent steps as answers are wanted."""
    inputs = np.concatenate([shown, np.zeros((len(wanted), shown.shape[1]))])
    targets = np.concatenate([np.zeros((len(shown), wanted.shape[1])), wanted])
    counted = np.arange(len(inputs)) >= len(shown)
    return BitProblem(*(a.astype(np.float32) for a in (inputs, targets, counted)))


def _with_channels(bits: np.ndarray, channels: int) -> np.ndarray:
    return np.concatenate([bits, np.zeros((len(bits), channels))], 1)


def _mark(width: int, channels: int, channel: int, value: float = 1.0) -> np.ndarray:
    """A step (1, N + channels) that says nothing but one thing."""
    row = np.zeros((1, width + channels))
    row[0, width + channel] = value
    return row


def draw_bits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Bits, each 0 or 1 with the same probability."""
    return rng.integers(0, 2, shape).astype(float)


def copy(rng: np.random.Generator, size: int, width: int) -> BitProblem:
    """`size` vectors, which are to be repeated in order when they have ended."""
    bits = draw_bits(rng, size, width)
    rows = [_mark(width, 2, BEGIN), _with_channels(bits, 2), _mark(width, 2, ASK)]
    return _laid_out(np.concatenate(rows), bits)


def repeat_copy(rng: np.random.Generator, size: int, width: int) -> BitProblem:
    """Up to `size` vectors, to be repeated up to `size` times, then a step of ones.

    The number of times is told as times / 10, in the channel that asks. Departure: the paper scales
    it to have mean 0 and variance 1 over the lengths that are learned.
    """
    length, times = rng.integers(1, size + 1, 2)
    bits = draw_bits(rng, int(length), width)
    rows = [_mark(width, 2, BEGIN), _with_channels(bits, 2), _mark(width, 2, ASK, times / 10)]
    end = np.zeros((1, width + 1))
    end[0, width] = 1
    wanted = np.concatenate([_with_channels(np.tile(bits, (int(times), 1)), 1), end])
    return _laid_out(np.concatenate(rows), wanted)


def recall(rng: np.random.Generator, size: int, width: int) -> BitProblem:
    """`size` items (at least 2) of three vectors; one that is not the last is shown again, and the
    item that came behind it is wanted."""
    items = draw_bits(rng, max(2, size), ITEM, width)
    asked = int(rng.integers(0, len(items) - 1))
    rows = [part for item in items for part in (_mark(width, 2, BEGIN), _with_channels(item, 2))]
    query = [_mark(width, 2, ASK), _with_channels(items[asked], 2), _mark(width, 2, ASK)]
    return _laid_out(np.concatenate(rows + query), items[asked + 1])


def priority_sort(rng: np.random.Generator, size: int, width: int) -> BitProblem:
    """`size` vectors, each with a priority from -1 to 1; the first four fifths in the order of
    falling priority are wanted."""
    bits, priorities = draw_bits(rng, size, width), rng.uniform(-1, 1, size)
    shown = _with_channels(bits, 2)
    shown[:, width] = priorities
    wanted = bits[np.argsort(-priorities)][: sorted_of(size)]
    return _laid_out(np.concatenate([shown, _mark(width, 2, ASK)]), wanted)


def ngrams(rng: np.random.Generator, size: int, width: int) -> BitProblem:
    """`size` bits, each drawn by a table of its own problem that says how probable a 1 is behind
    each of the 32 pasts of five bits; every bit behind the first five is to be predicted.

    The table is drawn from Beta(1/2, 1/2). `width` is 1.
    """
    table = rng.beta(0.5, 0.5, 2**CONTEXT)
    bits = rng.integers(0, 2, CONTEXT).tolist()
    for _ in range(size):
        past = int("".join(map(str, bits[-CONTEXT:])), 2)
        bits.append(int(rng.random() < table[past]))
    rows = np.array(bits, float)[:, None]
    inputs = np.concatenate([np.zeros((1, 1)), rows[:-1]])
    counted = np.arange(len(rows)) >= CONTEXT
    return BitProblem(*(a.astype(np.float32) for a in (inputs, rows, counted)))


def ngram_nats(bits: np.ndarray) -> float:
    """The least nats that the bits behind the first five cost who does not know the table.

    p(1 | past) = (N1 + 1/2) / (N0 + N1 + 1), N how often what followed that past (Murphy 2012).
    """
    counts = np.full((2**CONTEXT, 2), 0.5)
    nats = 0.0
    sequence = bits.astype(int).ravel().tolist()
    for n in range(CONTEXT, len(sequence)):
        past = int("".join(map(str, sequence[n - CONTEXT : n])), 2)
        nats -= float(np.log(counts[past, sequence[n]] / counts[past].sum()))
        counts[past, sequence[n]] += 1
    return nats


def follow(dfa: DFA, rng: np.random.Generator, size: int, width: int) -> BitProblem:
    """A word of `size` symbols of an automaton, each as likely as the others; behind each of them
    it is to be told whether the word so far is accepted."""
    symbols = rng.integers(0, len(dfa.alphabet), size)
    accepted = dfa.labels(symbols)[1:, None]
    shown = np.eye(len(dfa.alphabet))[symbols]
    return BitProblem(*(a.astype(np.float32) for a in (shown, accepted, np.ones(size))))


def follow_parity(rng: np.random.Generator, size: int, width: int) -> BitProblem:
    """Zeros and ones; behind each it is to be told whether the number of ones is odd."""
    return follow(parity(), rng, size, width)


def follow_automaton(number: int, rng: np.random.Generator, size: int, width: int) -> BitProblem:
    """Words of an automaton of `STATES` states that was drawn by chance, but is always the same."""
    return follow(_automaton(number), rng, size, width)


@cache
def _automaton(number: int) -> DFA:
    return random_dfa(np.random.default_rng(number), STATES, "01")

"""What a network does at each step, beside what is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from reverie.automata.by_hand import larger_total, odd_ones, summing
from reverie.automata.compiled import read_word
from reverie.automata.decimals import Decimals, read_decimals
from reverie.automata.dfa import DFA, parity
from reverie.automata.network import ElmanNetwork
from reverie.automata.table import align
from reverie.errors import excerpt
from reverie.layers import array

SHOWN = 40
"""The most units that are shown one by one."""
FEW = 64
"""Steps that every program makes."""


class StepTable(NamedTuple):
    """The steps of a network, of which the first reads nothing."""

    header: list[str]
    rows: list[list[str]]
    labels: list[str]
    """What each step read."""
    units: Float[np.ndarray, "T H"]

    def text(self) -> str:
        """The table, a line a step."""
        return align([self.header, *self.rows])


def word_steps(network: ElmanNetwork, dfa: DFA, word: str) -> StepTable:
    """A network of `compiled` reads a word; what is true is the state of the automaton."""
    symbols = dfa.encode(word)
    return _word_steps(network, read_word(dfa, symbols), dfa, word)


def parity_steps(word: str) -> StepTable:
    """The network of threshold units reads bits."""
    bits = [0, *parity().encode(word)]
    return _word_steps(odd_ones(), np.array(bits, float)[:, None], parity(), word)


def _word_steps(
    network: ElmanNetwork, xs: Float[np.ndarray, "T X"], dfa: DFA, word: str
) -> StepTable:
    ys, hs = run(network, xs)
    states, labels = dfa.run(dfa.encode(word)), ["", *map(_symbol, word)]
    told = map(_units, hs), ys[:, 0], map(dfa.name, states), dfa.accepting[states]
    rows = [
        [str(t), label, units, f"{y:g}", state, "yes" if accepted else "no"]
        for t, (label, units, y, state, accepted) in enumerate(zip(labels, *told, strict=True))
    ]
    header = ["step", "symbol", "units", "output", "true state", "accepted"]
    return StepTable(header, rows, labels, hs)


def _symbol(symbol: str) -> str:
    """A symbol to be shown, in quotes where it is blank."""
    return repr(symbol) if symbol.isspace() else excerpt(symbol)


def sum_steps(words: Sequence[str]) -> StepTable:
    """The summing network reads numbers; what is true is their sum in whole numbers."""
    numbers = read_decimals(words, (1,))
    show, (ys, hs) = numbers.show, run(summing(), _after_zeros(numbers))
    true = np.cumsum(_after_zeros(numbers), axis=0)
    labels = ["", *map(show, numbers.multiples[:, 0])]
    rows = [
        [str(t), label, show(hs[t, 0]), show(ys[t, 0]), show(true[t, 0])]
        for t, label in enumerate(labels)
    ]
    header = ["step", "number", "unit", "output", "true sum"]
    return StepTable(header, rows, labels, hs * numbers.unit)


def larger_steps(words: Sequence[str]) -> StepTable:
    """The network that compares totals reads pairs; what is true are the totals."""
    numbers = read_decimals(words, (1, -1))
    show, (ys, hs) = numbers.show, run(larger_total(5 * numbers.unit), _after_zeros(numbers))
    true = np.cumsum(_after_zeros(numbers), axis=0)
    labels = ["", *(",".join(map(show, pair)) for pair in numbers.multiples)]
    rows = [
        [str(t), label, show(hs[t, 0]), f"{ys[t, 0]:.4f}", _larger(ys[t, 0]), *map(show, true[t])]
        for t, label in enumerate(labels)
    ]
    header = ["step", "numbers", "unit", "output", "larger", "true total 1", "true total 2"]
    return StepTable(header, rows, labels, hs * numbers.unit)


def run(
    network: ElmanNetwork, xs: Float[np.ndarray, "T X"]
) -> tuple[Float[np.ndarray, "T P"], Float[np.ndarray, "T H"]]:
    """The outputs and the units of all steps."""
    # Words of many lengths share a program: zeros behind one change nothing before them.
    longer = max(FEW, 2 ** (len(xs) - 1).bit_length()) - len(xs)
    with jax.default_matmul_precision("highest"):
        ys, hs = _unroll(network, array(np.pad(xs, ((0, longer), (0, 0)))))
    return np.asarray(ys)[: len(xs)], np.asarray(hs)[: len(xs)]


@eqx.filter_jit
def _unroll(network: ElmanNetwork, xs: Float[Array, "T X"]) -> tuple[Array, Array]:
    return network.unroll(xs)


def _after_zeros(numbers: Decimals) -> Float[np.ndarray, "T+1 N"]:
    """The multiples, behind a step of zeros."""
    return np.concatenate([np.zeros_like(numbers.multiples[:1]), numbers.multiples])


def _larger(y: float) -> str:
    """What the output of the second network says."""
    return "neither" if y == 0.5 else "first" if y > 0.5 else "second"


def _units(h: Float[np.ndarray, " H"]) -> str:
    """Activations of -1 and 1 as signs, others as numbers; of many units the one that is on."""
    if len(h) > SHOWN:
        return f"number {h.argmax()} of {len(h)}"
    if np.array_equal(np.abs(h), np.ones_like(h)) and h.min() < 0:
        return "".join("+" if unit > 0 else "-" for unit in h)
    return " ".join(f"{unit:g}" for unit in h)

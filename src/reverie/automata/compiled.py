"""Any deterministic finite automaton as an Elman network that never errs (Minsky 1967).

The automaton has the states q of S and the symbols v of V. The network has a unit for each pair
(q, v), which is on where the symbol v was read in the state q, and one that is on where nothing was
read, which is how it begins: H = S V + 1 tanh units, on near 1 and off near -1, of which exactly
one is on. Let in(q) be the units that mean that the state is now q: the pairs with table[p, v] = q,
and that of the beginning for the first state; n is the size of the largest of these sets, x the
symbol as a unit vector (V,) or the null vector, m a power of two beyond n, and

    a_(q,v) = K [ sum_{u in in(q)} (h'_u + 1) / 2  -  1/2  -  m (1 - x_v) ]
    a_0     = K [ 1/2 - sum_v x_v ]                                       h = tanh(a)

Why it never errs: say that the state is q, and that after some step every h_u is within e of 1
where the unit is on and of -1 where it is off. Then the sum of in(q) is at least 1 - e/2, all
others are at most n e / 2, and none is beyond n. So if v is read,

    a_(q,v) >= K (1 - e) / 2,    a_(p,v) <= -K (1 - n e) / 2 for p other than q,
    a_(p,w) <= K (n - 1/2 - m) <= -3 K / 2 for w other than v,    a_0 = -K / 2.

Hence |a| >= K (1 - n e) / 2 with the right sign, and since 1 - tanh(a) <= 2 exp(-2 a), every unit
is after this step within 2 exp(-K (1 - n e)) of where it should be. For K = 64, n <= 4096 and
e = 1e-20 that is 3.3e-28, less than e: the bound holds after every step, however many there are.
Errors do not add up, since each step restores the units. And it holds after the first step, as
after any other in which the null vector is read: then a_(p,w) <= -3 K / 2 whatever h' is, and
a_0 = K / 2, so the null vector begins anew.

Rounding does no harm: tanh beyond 20 is 1 in single and in double precision, so all numbers that
are added are multiples of K / 2, with sums below 2^24 of them, which are exact in any order. Both
matrices consist of powers of two, so they are exact in bfloat16 as well.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from reverie.automata.dfa import DFA
from reverie.automata.network import ElmanNetwork, elman_cell, linear_layer, threshold
from reverie.cells.elman import Elman
from reverie.emissions import CategoricalHead
from reverie.errors import InputError
from reverie.feedbacks import OneHot
from reverie.layers import Undrawn
from reverie.model import SequenceModel

K = 64.0
MOST_UNITS = 4096
"""The recurrent matrix of so many units has 64 MB."""


def compile_cell(dfa: DFA) -> Elman:
    """The cell of a DFA: it reads unit vectors (V,), and the null vector before the first.

    Unit 0 is that of the beginning, and unit 1 + q V + v that of the pair (q, v). Raises InputError
    for an automaton that needs more than 4,096 units.
    """
    units, symbols = count_units(dfa), len(dfa.alphabet)
    means = np.eye(dfa.states, dtype=np.float32)[states_of_units(dfa)]
    sizes, before = means.sum(0), np.repeat(np.arange(dfa.states), symbols)
    m = 2 ** int(sizes.max()).bit_length()
    W, R = np.zeros((units, symbols)), np.zeros((units, units), np.float32)
    b = np.zeros(units)
    W[0], b[0] = -1, 0.5
    W[1:] = m * np.tile(np.eye(symbols), (dfa.states, 1))
    R[1:] = means.T[before] / 2
    b[1:] = sizes[before] / 2 - 0.5 - m
    return elman_cell(jnp.tanh, K * W, K * R, K * b)


def recogniser(dfa: DFA) -> ElmanNetwork:
    """A network that says after each symbol whether the word so far is accepted: 1 or 0.

    It reads `read_word`, of which the first step is that of the empty word. Raises InputError as
    `compile_cell`.
    """
    on = dfa.accepting[states_of_units(dfa)]
    output = linear_layer(on[None] / 2, [on.sum() / 2 - 0.5])
    return ElmanNetwork(compile_cell(dfa), output, threshold)


def generator(dfa: DFA) -> SequenceModel:
    """A model of words that a DFA accepts: one, the end mark V, the next one, and so on.

    All symbols by which an accepted word can go on are as likely, the end mark among them where
    the word so far is accepted; others have a probability of exp(-64) at most. Behind one of those,
    where nothing can be right, all are as likely. Raises InputError as `compile_cell`, and where no
    word is accepted.
    """
    live = can_end(dfa)
    if not live[0]:
        raise InputError("the automaton accepts no word: there is nothing to generate")
    cell, symbols = compile_cell(dfa), len(dfa.alphabet)
    # The end mark is read as nothing: the next word begins.
    cell = eqx.tree_at(lambda c: c.W, cell, jnp.pad(cell.W, ((0, 0), (0, 1))))
    allowed = np.concatenate([live[dfa.table], dfa.accepting[:, None]], 1)
    refused = K * ~allowed[states_of_units(dfa)].T / 2
    head = CategoricalHead(count_units(dfa), symbols + 1, rng=Undrawn())
    layer = linear_layer(-refused, -refused.sum(1))
    return SequenceModel(OneHot(symbols + 1), cell, eqx.tree_at(lambda e: e.linear, head, layer))


def states_of_units(dfa: DFA) -> Int[np.ndarray, " H"]:
    """The state in which the automaton is now where a unit is on."""
    return np.concatenate([[0], dfa.table.reshape(-1)])


def can_end(dfa: DFA) -> Bool[np.ndarray, " S"]:
    """The states from which some word is accepted."""
    live = dfa.accepting
    while not np.array_equal(live, grown := live | live[dfa.table].any(1)):
        live = grown
    return live


def count_units(dfa: DFA) -> int:
    """H; InputError where there are too many."""
    units = dfa.table.size + 1
    if units > MOST_UNITS:
        raise InputError(
            f"{dfa.states:,} states over {len(dfa.alphabet)} symbols need a network of {units:,} "
            f"units, and {MOST_UNITS:,} is the most: choose a smaller automaton"
        )
    return units


def read_word(dfa: DFA, symbols: Int[np.ndarray, " T"]) -> Float[np.ndarray, "T+1 V"]:
    """What a recogniser reads: the null vector, then the unit vector of each symbol."""
    rows = np.zeros((1 + len(symbols), len(dfa.alphabet)), jnp.result_type(float))
    rows[np.arange(1, len(rows)), symbols] = 1
    return rows

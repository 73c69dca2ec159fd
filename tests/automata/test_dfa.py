"""Finite automata against enumeration: what they accept, the smallest ones, words by chance."""

from itertools import pairwise, product

import numpy as np
import pytest

from reverie.automata.dfa import DFA, parity
from reverie.automata.drawing import WordCounts, draw_below, random_dfa
from reverie.automata.minimal import difference, minimise, reachable
from reverie.errors import InputError


def words(alphabet: str, longest: int) -> list[str]:
    """All words up to a length, the shortest first and in the order of the alphabet."""
    return ["".join(w) for n in range(longest + 1) for w in product(alphabet, repeat=n)]


def any_dfa(rng: np.random.Generator, states: int, alphabet: str = "ab") -> DFA:
    """A table by chance, in which states may be out of reach or alike."""
    table = rng.integers(states, size=(states, len(alphabet)))
    return DFA(alphabet, table, rng.random(states) < 0.5)


def language(dfa: DFA, longest: int) -> list[bool]:
    return [dfa.accepts(word) for word in words(dfa.alphabet, longest)]


def begun_in(dfa: DFA, state: int) -> DFA:
    """The same automaton with another first state."""
    table, accepting = np.roll(dfa.table, -state, 0), np.roll(dfa.accepting, -state)
    return DFA(dfa.alphabet, (table - state) % dfa.states, accepting)


def test_a_run_goes_from_state_to_state():
    assert [parity().accepts(word) for word in ("", "1", "11", "0100", "0101")] == [
        False, True, False, True, False,
    ]  # fmt: skip
    bits = parity().encode("0110")
    assert parity().run(bits).tolist() == [0, 0, 1, 0, 0]
    assert parity().labels(bits).tolist() == [False, False, True, False, False]
    assert parity().decode(bits) == "0110" and parity().name(1) == "odd"


def test_the_smallest_automaton_has_a_state_for_each_way_to_go_on(rng):
    sizes = set()
    for _ in range(60):
        dfa = any_dfa(rng, 6)
        found = minimise(dfa)
        # Two of S states are told apart by a word shorter than S.
        ways = {tuple(language(begun_in(dfa, q), 5)) for q in reachable(dfa.table.tolist())}
        assert found.states == len(ways)
        assert language(found, 7) == language(dfa, 7)
        sizes.add(found.states)
    assert {1, 5, 6} <= sizes


def test_automata_that_accept_the_same_words_become_the_same_table(rng):
    for _ in range(20):
        dfa = any_dfa(rng, 6, "abc")
        order = np.array([0, *(1 + rng.permutation(5))])
        table = np.empty_like(dfa.table)
        table[order] = order[dfa.table]
        accepting = np.empty_like(dfa.accepting)
        accepting[order] = dfa.accepting
        one, other = minimise(dfa), minimise(DFA("abc", table, accepting))
        np.testing.assert_array_equal(one.table, other.table)
        np.testing.assert_array_equal(one.accepting, other.accepting)
        assert [*dict.fromkeys([0, *one.table.ravel().tolist()])] == [*range(one.states)]


def test_names_stay_with_their_states():
    table = np.array([[2, 0], [1, 1], [0, 2]])
    found = minimise(DFA("10", table, np.array([False, True, True]), ("even", "never", "odd")))
    assert found.names == ("even", "odd") and found.table.tolist() == [[1, 0], [0, 1]]


def test_a_shortest_word_tells_two_automata_apart(rng):
    lengths = set()
    for _ in range(60):
        one, other = any_dfa(rng, 3), any_dfa(rng, 4)
        found = difference(one, other)
        # 7 states in all: if any word does, one of up to 5 symbols does.
        apart = [w for w in words("ab", 6) if one.accepts(w) != other.accepts(w)]
        assert found is None if not apart else (found in apart and len(found) == len(apart[0]))
        lengths.add(None if found is None else len(found))
    assert {0, 1, 2} <= lengths
    many = any_dfa(rng, 8)
    assert difference(many, minimise(many)) is None
    with pytest.raises(InputError, match="only automata over the same one"):
        difference(parity(), many)


def test_counts_and_ranks_are_those_of_all_words(rng):
    dfa = random_dfa(rng, 4, "abc")
    counts = WordCounts(dfa)
    for length, side in product(range(5), (True, False)):
        expected = [w for w in words("abc", 4) if len(w) == length and dfa.accepts(w) is side]
        assert counts.count(length, side) == len(expected)
        found = [dfa.decode(counts.word(length, n, side)) for n in range(len(expected))]
        assert found == expected
        with pytest.raises(InputError, match="choose another"):
            counts.word(length, len(expected), side)
    assert counts.count(700) + counts.count(700, False) == 3**700
    assert counts.first_words(9) == [w for w in words("abc", 5) if dfa.accepts(w)][:9]


def test_words_are_drawn_uniformly():
    counts = WordCounts(parity())
    rng = np.random.default_rng(1)
    drawn = [parity().decode(counts.draw(rng, 4, accepted=False)) for _ in range(2000)]
    found = {word: drawn.count(word) for word in drawn}
    assert len(found) == 8 and not any(map(parity().accepts, found))
    # Chi squared of 7 degrees of freedom: beyond 40 once in a million times.
    assert sum((n - 250) ** 2 / 250 for n in found.values()) < 40


def test_long_words_of_either_kind_are_drawn(rng):
    for _ in range(3):
        dfa = random_dfa(rng, 5, "01")
        counts = WordCounts(dfa)
        for side in (True, False):
            if counts.count(1000, side):
                symbols = counts.draw(rng, 1000, side)
                assert len(symbols) == 1000 and dfa.labels(symbols)[-1] == side


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 9, 256, 257])
def test_numbers_below_a_limit(limit, rng):
    drawn = {draw_below(rng, limit) for _ in range(20 * limit)}
    assert drawn == set(range(limit))


@pytest.mark.parametrize(
    ("states", "alphabet"), [(1, "a"), (2, "a"), (40, "a"), (5, "ab"), (30, "abc")]
)
def test_automata_by_chance_are_minimal_and_all_of_them_is_reached(states, alphabet):
    first, again, other = (
        random_dfa(np.random.default_rng(seed), states, alphabet) for seed in (3, 3, 4)
    )
    assert first.states == minimise(first).states == states
    assert len(reachable(first.table.tolist())) == states
    np.testing.assert_array_equal(first.table, again.table)
    if states > 2:
        assert difference(first, other) is not None
        assert first.accepting.any() and not first.accepting.all()


def test_automata_by_chance_differ_from_one_another(rng):
    drawn = [random_dfa(rng, 4, "ab") for _ in range(12)]
    assert sum(difference(one, other) is not None for one, other in pairwise(drawn)) > 8
    assert 0.2 < np.mean([dfa.accepting for dfa in drawn]) < 0.8


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("", np.zeros((1, 0), int), np.array([True])), "at least one state"),
        (("aa", np.zeros((1, 2), int), np.array([True])), "twice in the alphabet 'aa'"),
        (("ab", np.zeros((2, 1), int), np.array([True, True])), "has other sizes"),
        (("a", np.array([[1]]), np.array([True])), "not among the 1"),
        (("a", np.array([[-1]]), np.array([True])), "not among the 1"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts, said):
    with pytest.raises(InputError, match=said):
        DFA(*parts)


def test_what_cannot_be_asked_is_told(rng):
    with pytest.raises(InputError, match=r"symbol 3 of '01x' is 'x'.*alphabet '01'"):
        parity().accepts("01x")
    with pytest.raises(InputError, match="rejects no word of 3 symbols"):
        WordCounts(DFA("a", np.array([[0]]), np.array([True]))).draw(rng, 3, accepted=False)
    with pytest.raises(InputError, match="0 symbols or more, not -1"):
        WordCounts(parity()).count(-1)
    with pytest.raises(InputError, match="1 to 10,000 states, not 0"):
        random_dfa(rng, 0, "ab")

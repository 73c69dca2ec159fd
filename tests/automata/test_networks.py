"""Networks whose weights are written by hand or compiled: exact at every step, however many."""

from itertools import product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.automata.by_hand import larger_total, odd_ones, summing
from reverie.automata.compiled import K, compile_cell, generator, read_word, recogniser
from reverie.automata.decimals import EXACT, read_decimals
from reverie.automata.dfa import DFA, parity
from reverie.automata.drawing import random_dfa
from reverie.automata.network import threshold
from reverie.automata.subsets import from_expression
from reverie.check import check_core
from reverie.errors import InputError
from reverie.inspection.trace import trace
from reverie.rollout import sample

unroll = eqx.filter_jit(lambda network, xs: network.unroll(xs))


@pytest.mark.parametrize(("states", "alphabet"), [(1, "a"), (5, "ab"), (7, "abc"), (9, "a")])
def test_a_compiled_network_does_what_its_automaton_does(states, alphabet, rng):
    dfa = random_dfa(rng, states, alphabet)
    symbols = rng.integers(len(alphabet), size=300)
    ys, hs = map(np.asarray, unroll(recogniser(dfa), read_word(dfa, symbols)))
    np.testing.assert_array_equal(ys[:, 0], dfa.labels(symbols))
    on = 1 + dfa.run(symbols)[:-1] * len(alphabet) + symbols
    np.testing.assert_array_equal(hs, 2 * np.eye(hs.shape[1])[[0, *on]] - 1)


def test_it_never_errs_in_a_million_steps(rng):
    dfa = random_dfa(rng, 5, "ab")
    symbols = rng.integers(2, size=1_000_000)
    ys, hs = map(np.asarray, unroll(recogniser(dfa), read_word(dfa, symbols)))
    np.testing.assert_array_equal(ys[:, 0], dfa.labels(symbols))
    assert (np.abs(hs) == 1).all() and ((hs > 0).sum(1) == 1).all()


def test_the_inequalities_of_the_proof(rng):
    """With units up to e from where they should be, in any direction that is possible."""
    for states, alphabet, e in [(4, "ab", 0.0), (6, "ab", 0.05), (3, "abc", 0.05), (8, "a", 0.1)]:
        dfa = random_dfa(rng, states, alphabet)
        cell = compile_cell(dfa)
        W, R, b = (np.asarray(a, np.float64) for a in (cell.W, cell.R, cell.b))
        entered = np.concatenate([[0], dfa.table.ravel()])
        n, wrong = np.bincount(entered).max(), rng.uniform(0, e, (20, len(b)))
        for unit, v in product(range(len(b)), range(len(alphabet))):
            right = 2 * np.eye(len(b))[unit] - 1
            a = W[:, v] + (right * (1 - wrong)) @ R.T + b
            following = 1 + entered[unit] * len(alphabet) + v
            assert (a[:, following] >= K * (1 - e) / 2 - 1e-9).all()
            assert (np.delete(a, following, 1) <= -K * (1 - n * e) / 2 + 1e-9).all()
        begun = b + rng.uniform(-1, 1, (20, len(b))) @ R.T
        assert (begun[:, 0] == K / 2).all() and (begun[:, 1:] <= -3 * K / 2).all()


def test_the_null_vector_begins_anew(rng):
    dfa = from_expression("(ab|ba)*")
    network = recogniser(dfa)
    xs = jnp.concatenate([read_word(dfa, dfa.encode(w)) for w in ("aab", "ba", "", "b")])
    ys, _ = unroll(network, xs)
    assert ys[:, 0].astype(int).tolist() == [1, 0, 0, 0, 1, 0, 1, 1, 1, 0]


def test_parity_compiled_and_by_hand_are_one(rng):
    bits = rng.integers(2, size=200)
    compiled, _ = unroll(recogniser(parity()), read_word(parity(), bits))
    by_hand, _ = unroll(odd_ones(), jnp.array([0, *bits], float)[:, None])
    np.testing.assert_array_equal(compiled, by_hand)


def test_parity_by_hand_is_that_of_all_words():
    bits = np.array([*product((0, 1), repeat=7)], float)
    ys, hs = jax.jit(jax.vmap(odd_ones().unroll))(bits[:, :, None])
    np.testing.assert_array_equal(ys[..., 0], bits.cumsum(1) % 2)
    before = np.pad(bits.cumsum(1) % 2, ((0, 0), (1, 0)))[:, :-1]
    np.testing.assert_array_equal(hs[..., 0], np.maximum(bits, before))
    np.testing.assert_array_equal(hs[..., 1], np.minimum(bits, before))


def test_a_threshold_unit_is_off_at_its_threshold():
    assert threshold(jnp.array([-1.0, 0.0, 1e-9])).tolist() == [0, 0, 1]


def test_sums_are_exact_up_to_two_to_the_24(rng):
    numbers = rng.integers(-1000, 1000, size=2000)
    numbers = np.concatenate([numbers, [EXACT - numbers.sum(), -1, -2 * EXACT + 1, EXACT]])
    ys, hs = unroll(summing(), numbers.astype(np.float32)[:, None])
    np.testing.assert_array_equal(ys[:, 0], np.cumsum(numbers))
    np.testing.assert_array_equal(hs, ys)
    beyond, _ = unroll(summing(), jnp.array([[EXACT], [1.0]]))
    assert beyond[1, 0] == EXACT  # one more is lost: what `read_decimals` refuses


def test_the_larger_total_is_found(rng):
    pairs = rng.integers(-50, 50, size=(300, 2))
    first, second = pairs.cumsum(0).T
    pairs = np.concatenate([pairs, [[second[-1], first[-1]]]])  # equal at last
    first, second = pairs.cumsum(0).T
    for gain in (5.0, 1e-6):
        ys = np.asarray(unroll(larger_total(gain), pairs.astype(np.float32))[0])[:, 0]
        np.testing.assert_array_equal(np.sign(ys - 0.5), np.sign(first - second))
    ys, hs = unroll(larger_total(), jnp.array([[0.5, 0], [1, 2.25]]))
    np.testing.assert_allclose(hs[:, 0], [0.5, -0.75])
    np.testing.assert_allclose(ys[:, 0], 1 / (1 + np.exp([-2.5, 3.75])), rtol=1e-6)


def test_the_cells_are_cores():
    check_core(compile_cell(parity()), inputs=2, steps=2)
    check_core(odd_ones().cell, inputs=1, steps=2)


def test_a_generator_is_a_model_of_the_accepted_words():
    dfa = from_expression("(ab|ba)*|a{3}")
    model, end = generator(dfa), 2
    written = np.asarray(sample(model, 400, key=jax.random.key(0)))
    words = "".join(map("ab.".__getitem__, written)).split(".")[:-1]
    assert len(words) > 40 and {"", "ab", "ba", "aaa", "abba"} <= set(words)
    assert all(map(dfa.accepts, words)) and end in written


def test_a_generator_divides_what_is_allowed_evenly():
    dfa = from_expression("(ab|ba)*|a{3}")
    found = trace(generator(dfa), np.array([0, 0, 0, 2, 1, 1, 0], np.int32))
    p = np.exp(np.asarray(found.distribution.log_probs()))
    third = 1 / 3
    expected = [
        [third, third, third],  # at the beginning
        [0.5, 0.5, 0],  # a
        [1, 0, 0],  # aa
        [0, 0, 1],  # aaa
        [third, third, third],  # the next word
        [1, 0, 0],  # b
        [third, third, third],  # bb: nothing can be right
    ]
    np.testing.assert_allclose(p, expected, atol=1e-6)
    assert found.states.h.shape == (7, 2 * dfa.states + 1)


def test_what_cannot_be_a_network_is_refused():
    nothing = DFA("a", np.array([[0]]), np.array([False]))
    with pytest.raises(InputError, match="accepts no word"):
        generator(nothing)
    with pytest.raises(InputError, match=r"2,049 states over 2 symbols .* of 4,099 units"):
        compile_cell(DFA("ab", np.zeros((2049, 2), int), np.zeros(2049, bool)))


def test_decimals_are_multiples_of_their_last_place():
    numbers = read_decimals(["2,-0.25", "+.5,3."], (1, -1))
    assert numbers.multiples.tolist() == [[200, -25], [50, 300]] and numbers.unit == 0.01
    assert [*map(numbers.show, (200, -25, 7.0))] == ["2.00", "-0.25", "0.07"]
    assert read_decimals([], (1,)).multiples.shape == (0, 1)
    assert read_decimals(["16777216", "-1"], (1,)).places == 0


@pytest.mark.parametrize(
    ("words", "weights", "said"),
    [
        (["1", "1e5"], (1,), "step 2 has '1e5', which is no number"),
        (["nan"], (1,), "'nan', which is no number"),
        (["."], (1,), "'.', which is no number"),
        (["٣"], (1,), "which is no number"),
        (["1", "2,3"], (1,), "step 2 is '2,3', which is not one number"),
        (["1"], (1, -1), "'1', which is not 2 numbers"),
        (["0.0000001"], (1,), "up to 6 digits behind the point"),
        (["9" * 101], (1,), "which is no number"),
        (["9" * 30], (1,), "at step 1 a number or a total is beyond 16,777,216"),
        (["16777216", "1"], (1,), "at step 2 a number or a total is beyond 16,777,216"),
        (["16777216,-16777216"], (1, -1), "at step 1"),
        (["0,16777216", "10000000,-10000000"], (1, -1), "at step 2"),
        (["0.01", "200000"], (1,), r"beyond 167,772.16, .* in steps of 0.01"),
    ],
)
def test_what_cannot_be_added_exactly_is_refused(words, weights, said):
    with pytest.raises(InputError, match=said):
        read_decimals(words, weights)

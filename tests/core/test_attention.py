"""Attention: scores against NumPy, masks, what the state says, bridges and encoders."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.attention import Additive, Bilinear, Dot, placed
from reverie.cells import GRU, LSTM
from reverie.concepts import Condition, Memory
from reverie.cores import Attentive, Bidirectional, Bridged, Stack
from reverie.cores.bridged import Affine, Part, filled, flat
from reverie.encoders import Recurrent, Source
from reverie.encoders.recurrent import turned

Q, A, C, S = 4, 3, 2, 5


def numbers(rng, *shape):
    return jnp.asarray(rng.normal(size=shape), jnp.float32)


def test_scores_are_those_of_the_papers(rng):
    query, keys = numbers(rng, Q), numbers(rng, S, A)
    additive = Additive(Q, A, 6, rng=rng)
    expected = [additive.v @ np.tanh(additive.W @ query + additive.U @ key) for key in keys]
    np.testing.assert_allclose(additive(query, keys), expected, rtol=1e-5)
    bilinear = Bilinear(Q, A, rng=rng)
    np.testing.assert_allclose(
        bilinear(query, keys), [query @ bilinear.W @ key for key in keys], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(Dot()(query[:A], keys), np.asarray(keys) @ query[:A], rtol=1e-5)


def test_what_is_masked_gets_nothing_and_the_rest_all(rng):
    alpha = placed(100 * numbers(rng, S), jnp.arange(S) < 3)
    assert alpha[3:].tolist() == [0, 0] and float(alpha.sum()) == pytest.approx(1)
    assert not placed(numbers(rng, S), jnp.zeros(S, bool)).any()


def test_it_reads_what_it_looked_at_by_the_output_before(rng):
    cell, score = LSTM(3, Q, rng=rng), Additive(Q, A, 6, rng=rng)
    core = Attentive(cell, score, C, rng=rng)
    memory = Memory(numbers(rng, S, A), numbers(rng, S, C), jnp.arange(S) < 4)
    condition = Condition(memory=memory)
    xs = numbers(rng, 3, 3)
    outs, _, states = core.unroll(xs, core.initial_state(condition), condition)
    h = np.zeros(Q)
    for t in range(3):
        alpha = np.asarray(placed(score(jnp.asarray(h, jnp.float32), memory.keys), memory.mask))
        np.testing.assert_allclose(states.alpha[t], alpha, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(outs[t, Q:], alpha @ memory.values, rtol=1e-4, atol=1e-6)
        h = np.asarray(outs[t, :Q])
    np.testing.assert_allclose(states.coverage[2], states.alpha.sum(0), rtol=1e-5)
    with pytest.raises(ValueError, match="needs a memory"):
        core.initial_state(Condition())


def test_bridges_tell_the_first_state(rng):
    vector = numbers(rng, 8)
    bridged = Bridged(LSTM(3, 4, rng=rng), Affine(8, 8, rng=rng))
    state = bridged.initial_state(Condition(vector))
    np.testing.assert_allclose(flat(state), jnp.tanh(bridged.bridge.W @ vector), rtol=1e-6)
    first, second = (Bridged(LSTM(3, 2, rng=rng), Part(begin)) for begin in (0, 4))
    np.testing.assert_array_equal(flat(first.initial_state(Condition(vector))), vector[:4])
    np.testing.assert_array_equal(flat(second.initial_state(Condition(vector))), vector[4:])
    with pytest.raises(ValueError, match="give the condition a vector"):
        bridged.initial_state(Condition())
    with pytest.raises(ValueError, match="do not fill"):
        filled(state, vector[:3])


def source(values, room: int = 6) -> Source:
    given = Source(np.array(values, np.int32), np.ones(len(values), bool))
    return jax.tree.map(jnp.asarray, given.padded(0, room))


@pytest.mark.parametrize("both", [True, False])
def test_padding_of_a_source_is_not_read(both, rng):
    one, other = GRU(3, 4, rng=rng), GRU(3, 4, rng=rng)
    encoder = Recurrent(9, 3, Bidirectional(one, other) if both else Stack((one,)), rng=rng)
    short, long = (encoder(source([1, 2, 3], room)) for room in (3, 6))
    np.testing.assert_allclose(short.vector, long.vector, rtol=1e-6)
    np.testing.assert_allclose(short.memory.values, long.memory.values[:3], rtol=1e-6)
    assert long.memory.mask.tolist() == [True] * 3 + [False] * 3
    assert source([1, 2]).places == 6


def test_backwards_is_the_source_from_its_end_with_a_memory_in_order(rng):
    core = Stack((GRU(3, 4, rng=rng),))
    ahead = Recurrent(9, 3, core, rng=np.random.default_rng(1))
    behind = Recurrent(9, 3, core, rng=np.random.default_rng(1), backwards=True)
    one, other = ahead(source([4, 5, 6])), behind(source([6, 5, 4]))
    np.testing.assert_allclose(one.vector, other.vector, rtol=1e-6)
    np.testing.assert_allclose(one.memory.values[:3], other.memory.values[:3][::-1], rtol=1e-6)
    rows = turned(jnp.arange(4.0)[:, None], jnp.arange(4) < 3)
    assert rows[:, 0].tolist() == [2, 1, 0, 3]

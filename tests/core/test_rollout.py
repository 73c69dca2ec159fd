"""The loop: it ends where it should, goes on where it was, and is differentiable."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie import threads
from reverie.cells import GRU
from reverie.concepts import Condition, Emission, Samplable
from reverie.emissions import CategoricalHead
from reverie.feedbacks import Conditioned, Embedding, OneHot
from reverie.model import SequenceModel, nll
from reverie.rollout import everything, generate, nothing, rollout, sample, stream
from reverie.samplers import Greedy, Primed, Sample, TeacherForced, keys_of
from reverie.stop import OnSymbol

V, KEY = 4, jax.random.key(1)
rolled = eqx.filter_jit(rollout)
generated = eqx.filter_jit(generate)


@pytest.fixture(scope="module")
def model() -> SequenceModel:
    rng = np.random.default_rng(0)
    return SequenceModel(
        Embedding(V, 3, rng=rng), GRU(3, 4, rng=rng), CategoricalHead(4, V, rng=rng)
    )


def test_it_ends_at_the_stop_which_is_the_last_element(model):
    keys = jax.random.split(KEY, 64)
    many = jax.jit(jax.vmap(lambda key: rollout(model, Sample(), 6, key=key, stop=OnSymbol(0))))(
        keys
    )
    for values, log_probs, length, finished in zip(
        many.values, many.log_probs, many.length, many.finished, strict=True
    ):
        where = np.flatnonzero(np.asarray(values)[: int(length)] == 0).tolist()
        assert where == ([int(length) - 1] if finished else [])
        assert finished or length == 6
        assert bool(jnp.all(log_probs[int(length) :] == 0))
        assert bool(jnp.all(log_probs[: int(length)] < 0))
    assert 0 < int(many.finished.sum()) < 64


def test_the_carry_waits_at_the_end(model):
    """What the carry holds after the stop is what it holds when the limit is the length."""
    forced = TeacherForced(jnp.array([1, 2, 0, 3, 3]))
    long = rolled(model, forced, 5, key=KEY, stop=OnSymbol(0))
    short = rolled(model, forced, 3, key=KEY)
    assert int(long.length) == 3 and bool(long.finished) and not bool(short.finished)
    assert int(long.carry.previous) == 0
    np.testing.assert_allclose(long.carry.state.h, short.carry.state.h, rtol=1e-6)
    np.testing.assert_array_equal(long.states.h[2], long.states.h[4])


def test_generate_equals_rollout_up_to_the_end(model):
    for n in range(4):
        key = jax.random.key(n)
        a = rolled(model, Sample(), 6, key=key, stop=OnSymbol(0))
        b = generated(model, Sample(), 6, key=key, stop=OnSymbol(0))
        length = int(a.length)
        assert int(b.length) == length and bool(a.finished) == bool(b.finished)
        np.testing.assert_array_equal(a.values[:length], b.values[:length])
        np.testing.assert_allclose(a.log_probs, b.log_probs, rtol=1e-6)
        np.testing.assert_allclose(a.carry.state.h, b.carry.state.h, rtol=1e-6)


def test_generate_spends_no_time_behind_the_end(model):
    """A limit that would take minutes."""
    end = generated(
        model, TeacherForced(jnp.zeros(1, int)), 10**6, key=KEY, stop=OnSymbol(0), record=nothing
    )
    assert int(end.length) == 1 and bool(end.finished)


def test_rows_that_share_their_counter_are_the_rows_alone(model):
    keys = jax.random.split(KEY, 5)

    def one(key, axis_name=None):
        return generate(model, Sample(), 6, key=key, stop=OnSymbol(0), axis_name=axis_name)

    shared = jax.jit(jax.vmap(lambda key: one(key, "rows"), axis_name="rows"))(keys)
    alone = jax.jit(jax.vmap(one))(keys)
    assert jax.tree.all(jax.tree.map(jnp.array_equal, shared.length, alone.length))
    for a, b, length in zip(shared.values, alone.values, alone.length, strict=True):
        np.testing.assert_array_equal(a[: int(length)], b[: int(length)])


def test_a_stream_goes_on_where_it_was_and_ends(model):
    whole = rolled(model, Sample(), 6, key=KEY, stop=OnSymbol(0))
    chunks = list(stream(model, Sample(), key=KEY, stop=OnSymbol(0), chunk=2, limit=6))
    values = jnp.concatenate([c.values for c in chunks])[: int(whole.length)]
    np.testing.assert_array_equal(values, whole.values[: int(whole.length)])
    assert sum(int(c.length) for c in chunks) == int(whole.length)
    assert bool(chunks[-1].finished) == bool(whole.finished)
    assert len(chunks) == -(-int(whole.length) // 2)


def test_a_stream_of_many_is_many_streams(model):
    keys = jax.random.split(KEY, 3)
    (together,) = stream(model, Sample(), key=keys, chunk=5, limit=5)
    for key, values in zip(keys, together.values, strict=True):
        np.testing.assert_array_equal(values, rolled(model, Sample(), 5, key=key).values)


def test_a_stream_compiles_once(model):
    traces = []

    def counting(distribution, step, key):
        traces.append(step)
        return distribution.mode()

    assert len(list(stream(model, counting, key=KEY, chunk=2, limit=8))) == 4
    once = len(traces)
    assert len(list(stream(model, counting, key=KEY, chunk=2, limit=12))) == 6
    assert len(traces) == once


def test_a_stream_reads_on_in_the_rows_of_its_condition():
    rng = np.random.default_rng(0)
    model = SequenceModel(
        Conditioned(OneHot(V)), GRU(V + 2, 4, rng=rng), CategoricalHead(4, V, rng=rng)
    )
    condition = Condition(steps=jnp.asarray(3 * rng.normal(size=(6, 2)), jnp.float32))
    whole = rolled(model, Greedy(), 6, key=KEY, condition=condition)
    chunks = list(stream(model, Greedy(), key=KEY, condition=condition, chunk=4, limit=6))
    log_probs = jnp.concatenate([c.log_probs for c in chunks])[:6]
    np.testing.assert_allclose(log_probs, whole.log_probs, rtol=1e-5)


def test_a_carry_goes_on(model):
    """Reading a prime and drawing on = drawing with the prime forced."""
    prime = jnp.array([1, 3])
    read = model.unroll(prime)
    on = rolled(model, Greedy(), 4, key=KEY, carry=read.carry)
    primed = rolled(model, Primed(prime, Greedy()), 6, key=KEY)
    np.testing.assert_array_equal(on.values, primed.values[2:])
    np.testing.assert_allclose(on.log_probs, primed.log_probs[2:], rtol=1e-5)


def test_forcing_is_reading(model):
    values = jnp.array([1, 3, 0, 2])
    forced = rolled(model, TeacherForced(values), 4, key=KEY)
    expected = model.unroll(values).distribution.log_prob(values)
    np.testing.assert_allclose(forced.log_probs, expected, rtol=1e-5)
    np.testing.assert_allclose(forced.distribution.log_prob(values), expected, rtol=1e-5)


def test_policy_gradients_flow_through_log_probs_only(model):
    """d log p(drawn) of a rollout = the same of a reading of what was drawn."""

    def drawn(model):
        return rollout(model, Sample(), 3, key=KEY).log_probs.sum()

    values = sample(model, 3, key=KEY)

    def read(model):
        return model.unroll(values).distribution.log_prob(values).sum()

    got, expected = (eqx.filter_jit(eqx.filter_grad(f))(model) for f in (drawn, read))
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_only_what_is_asked_for_is_recorded(model):
    assert rolled(model, Sample(), 3, key=KEY, record=nothing).states is None
    kept = rolled(model, Sample(), 3, key=KEY, record=lambda state: state.h[0]).states
    whole = rolled(model, Sample(), 3, key=KEY, record=everything).states
    np.testing.assert_array_equal(kept, whole.h[:, 0])


def test_no_step_at_all_is_a_rollout(model):
    none = rolled(model, Sample(), 0, key=KEY)
    assert none.values.shape == (0,) and int(none.length) == 0 and bool(none.carry.is_first)


class Coin(Samplable):
    """A distribution that can be sampled and has no density."""

    logit: jax.Array

    def sample(self, key):
        return jax.random.bernoulli(key, jax.nn.sigmoid(self.logit)).astype(jnp.int32)

    def mode(self):
        return (self.logit > 0).astype(jnp.int32)

    def sharpen(self, bias):
        return Coin(self.logit * (1 + bias))


class CoinHead(Emission):
    """Its logit is the first output."""

    def __call__(self, out, condition):
        return Coin(out[0])


def test_without_scores_what_has_no_density_is_drawn(rng):
    model = SequenceModel(OneHot(2), GRU(2, 3, rng=rng), CoinHead())
    key = jax.random.key(0)
    rolled = rollout(model, Sample(), 6, key=key, score=False)
    until = generate(model, Sample(), 6, key=key, score=False)
    (piece,) = stream(model, Sample(), key=key, chunk=6, limit=6, score=False)
    assert rolled.log_probs is None and set(rolled.values.tolist()) <= {0, 1}
    for other in (until, piece):
        assert other.log_probs is None
        np.testing.assert_array_equal(other.values, rolled.values)
    with pytest.raises(TypeError, match="Coin has no density: ask for no scores"):
        rollout(model, Sample(), 6, key=key)
    with pytest.raises(TypeError, match="Coin has no density: it can only be sampled"):
        nll(model.unroll(rolled.values).distribution, rolled.values)


def test_rows_in_threads_are_those_of_one(model, monkeypatch):
    keys = keys_of(5, 6)

    def drawn():
        pieces = list(stream(model, Sample(), key=keys, chunk=3, limit=6, stop=OnSymbol(1)))
        return jax.tree.map(lambda *parts: np.stack(parts), *pieces)

    whole = drawn()
    monkeypatch.setattr(threads, "LEAST", 1)
    for number, parts in ((1, 1), (2, 2), (4, 3), (9, 6)):
        monkeypatch.setattr(threads, "cores_to_use", lambda number=number: number)
        assert threads.count_parts(model, 6) == parts
        found = drawn()
        for one, other in zip(*map(jax.tree.leaves, (whole, found)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5)
    monkeypatch.setattr(threads, "SMALL", 3)
    assert threads.count_parts(model, 6) == 1

"""The model: its shift by one, its carry, its encoder, and `nll`."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import GRU, LSTM
from reverie.concepts import Condition, Encoder, Noise, renew_noise
from reverie.cores import Dropout, Stack, Zoneout
from reverie.distributions import Bernoulli, Categorical
from reverie.emissions import BernoulliHead, CategoricalHead
from reverie.feedbacks import Conditioned, Identity, OneHot
from reverie.model import SequenceModel, nll

V, KEY = 4, jax.random.key(0)
VALUES = jnp.array([2, 0, 3, 1])


@pytest.fixture(scope="module")
def model() -> SequenceModel:
    rng = np.random.default_rng(0)
    return SequenceModel(OneHot(V), GRU(V, 3, rng=rng), CategoricalHead(3, V, rng=rng))


def same(got, expected):
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_the_first_input_is_the_null_vector(model):
    out, _ = model.core.step(jnp.zeros(V), model.core.initial_state(Condition()), Condition())
    first = model.unroll(VALUES).distribution.logits[0]
    same(first, model.emission(out, Condition()).logits)
    assert bool(model.start().is_first)


def test_nothing_read_leaves_the_carry_as_it_was(model):
    """Also where the carry is not fresh, and also where all of it is padding."""
    begun = model.unroll(VALUES).carry
    for carry in (model.start(), begun):
        same(model.unroll(VALUES[:0], carry).carry, carry)
        same(model.unroll(VALUES, carry, mask=jnp.zeros(4, bool)).carry, carry)


def test_one_element_is_a_sequence(model):
    read = model.unroll(VALUES[:1])
    assert read.distribution.logits.shape == (1, V) and int(read.carry.previous) == 2
    same(model.unroll(VALUES[1:], read.carry).carry, model.unroll(VALUES).carry)


def test_padding_ends_the_carry_at_the_last_real_element(model):
    pad = model.unroll(VALUES, mask=jnp.arange(4) < 2)
    same(pad.carry, model.unroll(VALUES[:2]).carry)


def test_values_may_be_narrow_integers_or_numpy(model):
    expected = model.unroll(VALUES).distribution.logits
    for values in (np.asarray(VALUES), VALUES.astype(jnp.uint8), np.asarray(VALUES, np.int64)):
        same(model.unroll(values).distribution.logits, expected)


class Doubling(Encoder):
    def __call__(self, source, *, key=None):
        return Condition(vector=2 * source)


def test_an_encoder_says_what_the_source_is():
    rng = np.random.default_rng(0)
    parts = Conditioned(OneHot(V)), GRU(V + 2, 3, rng=rng), CategoricalHead(3, V, rng=rng)
    model = SequenceModel(*parts, Doubling())
    condition = model.condition(jnp.ones(2))
    same(condition.vector, jnp.full(2, 2.0))
    one, other = (model.unroll(VALUES, condition=c) for c in (condition, Condition(jnp.zeros(2))))
    assert not np.allclose(one.distribution.logits, other.distribution.logits)


def test_a_source_needs_an_encoder(model):
    assert model.condition() == Condition()
    with pytest.raises(ValueError, match="no encoder"):
        model.condition(jnp.ones(2))


def test_nll_is_in_nats_and_zero_behind_the_mask():
    uniform = Categorical(jnp.zeros((3, V)))
    same(nll(uniform, jnp.array([0, 1, 2])), jnp.full(3, jnp.log(V)))
    mask = jnp.array([True, False, False])
    same(nll(uniform, jnp.array([0, -7, 99]), mask), jnp.array([jnp.log(V), 0, 0]))
    values = jnp.array([[1.0], [jnp.nan], [jnp.nan]])
    gradient = jax.grad(lambda x: nll(Bernoulli(x), values, mask).sum())(jnp.ones((3, 1)))
    assert bool(jnp.isfinite(gradient).all()) and gradient[1:].tolist() == [[0.0], [0.0]]


def test_nan_in_the_rows_of_the_condition_stays_behind_the_mask():
    rng = np.random.default_rng(0)
    model = SequenceModel(
        Conditioned(Identity(1)), GRU(3, 3, rng=rng), BernoulliHead(3, 1, rng=rng)
    )
    mask = jnp.arange(4) < 2
    steps = jnp.where(mask[:, None], 1.0, jnp.nan) * jnp.ones(2)
    values = jnp.where(mask[:, None], 1.0, jnp.nan)

    @eqx.filter_grad
    def gradient(model):
        read = model.unroll(values, condition=Condition(steps=steps), mask=mask)
        return nll(read.distribution, values, mask).sum()

    assert all(bool(jnp.isfinite(g).all()) for g in jax.tree.leaves(gradient(model)))


def test_renewed_keeps_the_memory_and_takes_the_noise():
    rng = np.random.default_rng(0)
    core = Stack(
        (Dropout(LSTM(3, 4, rng=rng), 3, 4, 0.5, 0.5), Zoneout(LSTM(4, 4, rng=rng), (0.5, 0.5)))
    )
    xs = jnp.asarray(rng.normal(size=(5, 3)), jnp.float32)
    state = core.unroll(xs, core.initial_state(Condition(), key=KEY), Condition())[1]
    noise = core.initial_state(Condition(), key=jax.random.key(9))
    new = renew_noise(state, noise)
    assert jax.tree.structure(new) == jax.tree.structure(state)
    same(new[0].core, state[0].core)
    same(new[1].cell, state[1].cell)
    assert int(new[1].t) == 5
    same(new[0].masks.drawn, noise[0].masks.drawn)
    same(new[1].key.drawn, noise[1].key.drawn)
    quiet = renew_noise(state, core.initial_state(Condition()))
    assert quiet[1].key == Noise(None)
    same(quiet[0].core, state[0].core)

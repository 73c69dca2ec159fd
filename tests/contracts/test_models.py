"""Every model, and so every feedback and emission, keeps its promises; so does the loop."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from contracts.table import MODELS, T, cases

from reverie.check import check_model
from reverie.check.comparing import Claim
from reverie.rollout import generate, rollout, stream
from reverie.samplers import Sample

pytestmark = pytest.mark.usefixtures("double")
KEY = jax.random.key(5)


@pytest.mark.parametrize("entry", **cases(MODELS))
def test_it_keeps_its_promises(entry, rng):
    support = entry.support() if entry.support else None
    condition = entry.condition(rng)
    check_model(
        entry.make(rng), entry.values(rng), condition=condition, support=support, splits=(T // 2,)
    )


@pytest.mark.parametrize("entry", **cases(MODELS))
def test_the_feedback_does_not_read_what_is_not_there(entry, rng):
    """Where `is_first`, no previous element has any influence, and a blank is like an element."""
    model, condition = entry.make(rng), entry.condition(rng).at(0)
    values = jax.tree.map(lambda v: jnp.asarray(v)[0], entry.values(rng))
    blank = model.feedback.blank()
    forms = [[(a.shape, a.dtype) for a in jax.tree.leaves(v)] for v in (values, blank)]
    assert forms[0] == forms[1]
    spoilt = jax.tree.map(lambda v: v * jnp.nan if eqx.is_inexact_array(v) else v, values)
    xs = [model.feedback(v, jnp.array(True), condition) for v in (blank, spoilt)]
    Claim("fresh means unread", "").same("the input", *xs)


@pytest.mark.parametrize("name", ["embedding", "side", "conditioned"])
def test_rollout_generate_and_stream_are_one_loop(name, rng):
    """The same key gives the same sequence, and its log-probabilities are those of a reading."""
    entry = MODELS[name]
    model, condition = entry.make(rng), entry.condition(rng)
    given = {"key": KEY, "condition": condition}
    rolled = eqx.filter_jit(rollout)(model, Sample(), T, **given)
    generated = eqx.filter_jit(generate)(model, Sample(), T, **given)
    chunks = list(stream(model, Sample(), chunk=T // 2, limit=T, **given))
    streamed = jax.tree.map(lambda *parts: jnp.concatenate(parts), *(c.values for c in chunks))
    same = Claim("rollout = generate = stream", "").same
    same("values", generated.values, rolled.values)
    same("log_probs", generated.log_probs, rolled.log_probs)
    same("carry", generated.carry, rolled.carry)
    same("values", streamed, rolled.values)
    same("carry", chunks[-1].carry, rolled.carry)
    read = model.unroll(rolled.values, condition=condition)
    same("log_probs", read.distribution.log_prob(rolled.values), rolled.log_probs)
    same("carry", read.carry, rolled.carry)
    same("states", read.states, rolled.states)


def test_the_same_key_gives_the_same_sequence_bit_for_bit(rng):
    model = MODELS["side"].make(rng)
    draw = eqx.filter_jit(lambda key: rollout(model, Sample(), T, key=key))
    for a, b in zip(jax.tree.leaves(draw(KEY)), jax.tree.leaves(draw(KEY)), strict=True):
        np.testing.assert_array_equal(a, b)
    others = [draw(jax.random.key(n)).values[1] for n in range(3)]
    assert not all(jnp.array_equal(others[0], other) for other in others)

"""Draws: what they choose, at the edges as well, and what no gradient goes through."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.concepts import Condition
from reverie.distributions import Bernoulli, Categorical, Joint
from reverie.emissions import MDNHead
from reverie.samplers import (
    Filled,
    Greedy,
    Primed,
    Sample,
    Scheduled,
    TeacherForced,
    Truncated,
    bias_of,
)

KEY, STEP = jax.random.key(0), jnp.array(0)
FALLING = jnp.log(jnp.array([0.4, 0.3, 0.2, 0.1]))


def kept(probabilities, **cuts) -> list[int]:
    """Which symbols a truncation leaves."""
    log_probs = jnp.log(jnp.asarray(probabilities))
    return jnp.flatnonzero(Truncated(**cuts)._keeps(log_probs)).tolist()


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        ({}, [0, 1, 2, 3]),
        ({"top_k": 1}, [1]),
        ({"top_k": 3}, [0, 1, 3]),
        ({"top_k": 4}, [0, 1, 2, 3]),
        ({"top_k": 99}, [0, 1, 2, 3]),
        ({"top_p": 0.0}, [1]),
        ({"top_p": 0.39}, [1]),
        ({"top_p": 0.41}, [1, 3]),
        ({"top_p": 0.75}, [0, 1, 3]),
        ({"top_p": 1.0}, [0, 1, 2, 3]),
        ({"min_p": 0.6}, [1, 3]),
        ({"min_p": 1.0}, [1]),
        ({"min_p": 1.0, "top_p": 0.0, "top_k": 1}, [1]),
        ({"top_k": 3, "min_p": 0.6}, [1, 3]),
        ({"top_k": 2, "top_p": 0.99}, [1, 3]),
    ],
)
def test_the_tail_is_cut_where_it_should_be(cuts, expected):
    assert kept([0.2, 0.4, 0.1, 0.3], **cuts) == expected


def test_ties_at_the_edge_all_stay():
    assert kept([0.4, 0.2, 0.2, 0.2], top_k=2) == [0, 1, 2, 3]
    assert kept([0.25] * 4, top_k=1) == [0, 1, 2, 3]
    assert kept([0.25] * 4, top_p=0.1) == [0, 1, 2, 3]


def test_the_nucleus_of_everything_is_everything_whatever_rounding_does():
    """The running sum of single-precision probabilities passes 1 long before the end."""
    log_probs = jax.nn.log_softmax(12 * jax.random.normal(KEY, (5000,)))
    assert bool(Truncated()._keeps(log_probs).all())


def test_impossible_symbols_do_not_disturb():
    assert 2 not in kept([0.5, 0.5, 0.0], top_p=0.99)
    logits = jnp.array([0.0, -jnp.inf, 0.0])
    for draw in (Truncated(), Truncated(top_k=2), Truncated(min_p=0.1), Sample()):
        drawn = jax.vmap(lambda k, d=draw: d(Categorical(logits), STEP, k))(
            jax.random.split(KEY, 50)
        )
        assert set(drawn.tolist()) == {0, 2}


def test_cuts_are_made_after_sharpening():
    draw = Truncated(bias=jnp.array(9.0), min_p=0.5)
    drawn = jax.vmap(lambda k: draw(Categorical(FALLING), STEP, k))(jax.random.split(KEY, 50))
    assert set(drawn.tolist()) == {0}


def test_what_is_left_keeps_its_proportions():
    drawn = jax.vmap(lambda k: Truncated(top_k=2)(Categorical(FALLING), STEP, k))(
        jax.random.split(KEY, 7000)
    )
    # 4 : 3; six standard errors are a false-alarm rate of 2e-9.
    share = float((drawn == 0).mean())
    assert set(drawn.tolist()) == {0, 1} and abs(share - 4 / 7) < 6 * 0.5 / np.sqrt(7000)


def test_only_what_can_be_enumerated_can_be_truncated():
    for distribution in (Bernoulli(jnp.zeros(2)), Joint((Categorical(FALLING),))):
        with pytest.raises(TypeError, match="cannot be truncated"):
            Truncated(top_k=1)(distribution, STEP, KEY)


@pytest.mark.parametrize("temperature", [0, -1.0, float("inf"), float("nan")])
def test_a_temperature_that_is_none_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be a number above 0"):
        Sample.temperature(temperature)


def test_temperature_divides_the_logits():
    assert bias_of(1.0) == 0.0
    for temperature in (0.5, 2.0):
        sharpen = Categorical(FALLING).sharpen(Sample.temperature(temperature).bias)
        expected = jax.nn.log_softmax(FALLING / temperature)
        np.testing.assert_allclose(sharpen.log_probs(), expected, rtol=1e-6)


def test_greedy_takes_the_most_probable_and_the_first_of_equals():
    assert int(Greedy()(Categorical(FALLING), STEP, KEY)) == 0
    assert int(Greedy()(Categorical(jnp.array([0.0, 1.0, 1.0])), STEP, KEY)) == 1


def test_force_gives_the_value_of_the_step_of_any_kind_of_element():
    values = (jnp.arange(3), jnp.ones((3, 2)))
    index, vector = TeacherForced(values)(Categorical(FALLING), jnp.array(2), KEY)
    assert int(index) == 2 and vector.shape == (2,)


def test_scheduled_sampling_tosses_one_coin_a_token():
    """The truth, 9, is no symbol of the model; e = 0.25 within six standard errors."""
    steps, e = 4000, 0.25
    draw = Scheduled(jnp.full(steps, 9), e)
    keys = jax.random.split(KEY, steps)
    drawn = jax.vmap(lambda t, k: draw(Categorical(FALLING), t, k))(jnp.arange(steps), keys)
    truths = np.asarray(drawn == 9)
    assert abs(truths.mean() - e) < 6 * np.sqrt(e * (1 - e) / steps)
    # Independent from step to step: the next coin does not depend on the last.
    assert abs(truths[1:][truths[:-1]].mean() - e) < 6 * np.sqrt(e * (1 - e) / truths.sum())


def test_one_coin_holds_for_all_parts_of_an_element():
    distribution = Joint((Categorical(jnp.zeros(2)), Bernoulli(jnp.zeros(2))))
    draw = Scheduled((jnp.full(1, 9), jnp.full((1, 2), 9.0)), 0.5)
    symbols, vectors = jax.vmap(lambda k: draw(distribution, STEP, k))(jax.random.split(KEY, 64))
    assert bool(((symbols == 9)[:, None] == (vectors == 9)).all()) and 0 < (symbols == 9).sum() < 64


@pytest.mark.parametrize(("probability", "expected"), [(1.0, 9), (0.0, 0)])
def test_scheduled_sampling_has_teacher_forcing_and_free_running_as_its_ends(probability, expected):
    draw = Scheduled(jnp.full(1, 9), probability, otherwise=Greedy())
    assert int(draw(Categorical(FALLING), STEP, KEY)) == expected


def test_no_gradient_goes_through_what_was_drawn():
    """A draw that hands out the logits themselves, which would let a gradient through."""

    def value(logits, draw):
        return draw(Bernoulli(logits), STEP, KEY).sum()

    def leaky(distribution, step, key):
        return 3 * distribution.logits

    logits = jnp.array([0.3, -0.2])
    scheduled = Scheduled(jnp.zeros((1, 2)), 0.0, otherwise=leaky)
    assert jax.grad(value)(logits, leaky).tolist() == [3, 3]
    assert jax.grad(value)(logits, scheduled).tolist() == [0, 0]


def test_primed_is_a_forced_prefix_and_then_the_other_draw():
    draw = Primed(jnp.array([7, 8]), Greedy())
    drawn = [int(draw(Categorical(FALLING), jnp.array(t), KEY)) for t in range(4)]
    assert drawn == [7, 8, 0, 0]
    shorter = Primed(jnp.array([7, 8]), Greedy(), length=jnp.array(1))
    assert [int(shorter(Categorical(FALLING), jnp.array(t), KEY)) for t in range(3)] == [7, 0, 0]


def test_an_empty_prime_is_none():
    draw = Primed(jnp.zeros(0, jnp.int32), Greedy())
    assert int(draw(Categorical(FALLING), STEP, KEY)) == 0


def test_what_is_known_stays_and_the_rest_is_drawn_as_it_would_be_alone():
    """The known values, 9, are no symbols of the model."""
    known = jnp.arange(12) % 3 == 1
    keys = jax.random.split(KEY, 12)
    for otherwise in (Sample(), Sample(1.5), Truncated(top_k=3), Greedy()):
        draw = Filled(jnp.full(12, 9), known, otherwise)
        drawn = jax.vmap(lambda t, k, d=draw: d(Categorical(FALLING), t, k))(jnp.arange(12), keys)
        alone = jax.vmap(lambda k, d=otherwise: d(Categorical(FALLING), STEP, k))(keys)
        np.testing.assert_array_equal(drawn, np.where(known, 9, alone))
    assert len(set(np.asarray(alone).tolist())) == 1


def test_all_parts_of_an_element_are_known_or_none():
    distribution = Joint((Categorical(jnp.zeros(2)), Bernoulli(jnp.zeros(3))))
    draw = Filled((jnp.full(2, 9), jnp.full((2, 3), 9.0)), jnp.array([False, True]))
    symbol, vector = draw(distribution, jnp.array(1), KEY)
    assert int(symbol) == 9 and vector.tolist() == [9, 9, 9]
    symbol, vector = draw(distribution, jnp.array(0), KEY)
    alone = Sample()(distribution, STEP, KEY)
    assert int(symbol) == int(alone[0]) and vector.tolist() == alone[1].tolist()


def test_draws_are_trees_so_that_a_bias_can_be_traced():
    @jax.jit
    def drawn(draw, key):
        return draw(Categorical(FALLING), STEP, key)

    assert int(drawn(Sample(jnp.array(1e4)), KEY)) == 0
    assert int(drawn(Truncated(jnp.array(0.0), 1, jnp.array(0.9), jnp.array(0.0)), KEY)) == 0


def test_a_bias_moves_the_place_of_a_pen_but_not_its_lift(rng):
    """Graves 2013, eq. 61-62: weights and deviations change, the end of a stroke does not."""
    plain = MDNHead(3, 2, rng=rng)(jnp.asarray(rng.normal(size=3)), Condition())
    biased = plain.sharpen(2.0)
    np.testing.assert_allclose(biased.parts[0].weights, 3 * plain.parts[0].weights, rtol=1e-6)
    np.testing.assert_allclose(biased.parts[0].log_sd, plain.parts[0].log_sd - 2, rtol=1e-6)
    down = jnp.zeros(1)
    assert biased.parts[1].log_prob(down) == plain.parts[1].log_prob(down)

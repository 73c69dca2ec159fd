"""Keys for loops draw what keys of jax draw."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.randomness import draw_from, unroll_draws

KEY = jax.random.key(7)


@pytest.mark.parametrize(
    "draw",
    [
        lambda key: jax.random.uniform(key, (3, 5)),
        lambda key: jax.random.normal(key, (2,)),
        lambda key: jax.random.bernoulli(key, 0.3, (9,)),
        lambda key: jax.random.categorical(key, jnp.arange(6.0)),
        lambda key: jax.random.bits(key, (4,), "uint8"),
        lambda key: jax.random.bits(key, (4,), "uint16"),
        lambda key: jax.random.uniform(jax.random.fold_in(key, 2**31 + 5)),
        lambda key: jax.vmap(jax.random.uniform)(jax.random.split(key, 3)),
        lambda key: jax.random.uniform(jax.random.split(key, (2, 2))[1, 0]),
    ],
)
def test_the_numbers_are_those_of_jax(draw):
    np.testing.assert_array_equal(draw(unroll_draws(KEY)), draw(KEY))
    many = jax.random.split(KEY, 4)
    got = jax.vmap(lambda key: draw(unroll_draws(key)))(many)
    np.testing.assert_array_equal(got, jax.vmap(draw)(many))


def test_what_wants_a_key_of_jax_gets_one():
    def poisson(key):
        return jax.random.poisson(key, 3.0, (5,))

    np.testing.assert_array_equal(draw_from(poisson, KEY), poisson(KEY))
    np.testing.assert_array_equal(draw_from(jax.random.uniform, KEY), jax.random.uniform(KEY))


def test_in_double_precision_too(double):
    np.testing.assert_array_equal(
        jax.random.normal(unroll_draws(KEY), (3,)), jax.random.normal(KEY, (3,))
    )


def test_other_generators_are_left_alone():
    other = jax.random.key(0, impl="rbg")
    assert unroll_draws(other) is other
    with jax.threefry_partitionable(False):
        assert unroll_draws(KEY) is KEY


def test_no_loop_is_left_in_a_draw():
    def draw(key):
        return jax.random.uniform(jax.random.fold_in(key, 3))

    def loops(key):
        return jax.jit(draw).lower(key).compile().as_text().count("while(")

    assert loops(unroll_draws(KEY)) == 0
    if jax.default_backend() == "cpu":
        assert loops(KEY) > 0, "jax draws without a loop as well: unroll_draws is not needed"

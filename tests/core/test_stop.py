"""Stops: when a sequence ends."""

import jax.numpy as jnp

from reverie.stop import Either, Never, OnSymbol


def said(stop, value, state=None) -> bool:
    return bool(stop(value, state))


def test_each_stops_when_it_should():
    assert not said(Never(), 3)
    assert said(OnSymbol(3), jnp.array(3)) and not said(OnSymbol(3), jnp.array(2))
    assert said(OnSymbol(jnp.array(3)), 3)


def test_either_stops_as_soon_as_one_would():
    def state_is_high(value, state):
        return state > 0.5

    either = Either((OnSymbol(3), state_is_high))
    assert said(either, 3, jnp.array(0.0)) and said(either, 1, jnp.array(0.9))
    assert not said(either, 1, jnp.array(0.0))

"""The noise of regularised cores: as much as asked for, one mask a sequence, none without a key."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import LSTM, Elman
from reverie.concepts import Condition
from reverie.cores import Dropout, RecurrentDropout, Stack, Zoneout
from reverie.cores.regularised import dropout_mask
from reverie.layers import clip_gradient

X, H, T, KEY = 3, 50, 40, jax.random.key(2)


def traced(core, xs, key):
    return core.unroll(xs, core.initial_state(Condition(), key=key), Condition())


def test_a_mask_keeps_the_mean_and_has_its_rate():
    mask = dropout_mask(KEY, 0.25, 20000)
    assert set(np.unique(mask).tolist()) == {0.0, np.float32(1 / 0.75)}
    # Six standard errors.
    assert abs(float((mask == 0).mean()) - 0.25) < 6 * np.sqrt(0.25 * 0.75 / 20000)
    assert dropout_mask(None, 0.25, 4) is None and dropout_mask(KEY, 0.0, 4) is None


def test_the_same_units_are_dropped_all_along_a_sequence(rng):
    core = Dropout(Elman(X, H, rng=rng), X, H, 0.0, 0.5)
    outs, _, _ = traced(core, jnp.ones((T, X)), KEY)
    dropped = np.asarray(outs == 0)
    assert 5 < dropped[0].sum() < 45 and np.all(dropped == dropped[0])
    other, _, _ = traced(core, jnp.ones((T, X)), jax.random.key(3))
    assert not np.array_equal(dropped[0], np.asarray(other[0] == 0))


def test_recurrent_dropout_cuts_what_recurs_and_not_what_goes_out(rng):
    core = RecurrentDropout(Elman(X, H, rng=rng), 0.5)
    outs, last, _ = traced(core, jnp.ones((T, X)), KEY)
    assert int((outs == 0).sum()) == 0
    dropped = np.asarray(last.mask.drawn == 0)
    assert 5 < dropped.sum() < 45
    # What is dropped does not recur: its column of R gets no gradient.

    def loss(R):
        cell = Elman(X, H, rng=np.random.default_rng(0))
        object.__setattr__(cell, "R", R)
        return traced(RecurrentDropout(cell, 0.5), jnp.ones((4, X)), KEY)[0].sum()

    columns = np.abs(jax.grad(loss)(core.cell.R)).sum(0)
    np.testing.assert_array_equal(columns == 0, dropped)


def test_zoneout_tosses_new_coins_at_every_step(rng):
    core = Zoneout(LSTM(X, H, rng=rng), (0.3, 0.0))
    xs = jnp.asarray(rng.normal(size=(T, X)), jnp.float32)
    outs, last, _ = traced(core, xs, KEY)
    kept = np.asarray(outs[1:] == outs[:-1])
    assert abs(kept.mean() - 0.3) < 6 * np.sqrt(0.3 * 0.7 / kept.size)
    assert np.abs(kept.mean(0) - 0.3).max() < 0.5 and int(last.t) == T


def test_layers_of_a_stack_have_noise_of_their_own(rng):
    core = Stack(tuple(Dropout(Elman(H, H, rng=rng), H, H, 0.5) for _ in range(2)))
    first, second = core.initial_state(Condition(), key=KEY)
    assert not np.array_equal(first.masks.drawn[0], second.masks.drawn[0])


def test_the_hook_clips_gradients_only():
    x = jnp.array([0.5, -3.0])
    np.testing.assert_array_equal(clip_gradient(1.0, x), x)
    gradient = jax.grad(lambda x: jnp.sum(clip_gradient(1.0, x) * jnp.array([0.2, -7.0])))(x)
    np.testing.assert_allclose(gradient, [0.2, -1.0])


def test_a_stack_is_told_what_it_cannot_be(rng):
    with pytest.raises(ValueError, match="at least one layer"):
        Stack(())
    with pytest.raises(ValueError, match="not both"):
        Stack((Elman(X, H, rng=rng),), skips=True, residual=True)

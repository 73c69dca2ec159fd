"""The bidirectional reader: each output sees both sides, and padding is seen by none."""

import jax
import jax.numpy as jnp
import numpy as np

from reverie.cells import GRU
from reverie.concepts import Condition
from reverie.cores import Bidirectional

X, H, T = 3, 4, 5


def test_it_is_two_cores_of_which_one_reads_backwards(rng):
    core = Bidirectional(GRU(X, H, rng=rng), GRU(X, H, rng=rng))
    xs = jnp.asarray(rng.normal(size=(T, X)), jnp.float32)
    outs, (last, first) = core(xs)
    condition = Condition()
    ahead = core.forward.unroll(xs, core.forward.initial_state(condition), condition)
    back = core.backward.unroll(xs[::-1], core.backward.initial_state(condition), condition)
    np.testing.assert_allclose(outs, jnp.concatenate([ahead[0], back[0][::-1]], 1), rtol=1e-6)
    np.testing.assert_allclose(last.h, outs[-1, :H], rtol=1e-6)
    np.testing.assert_allclose(first.h, outs[0, H:], rtol=1e-6)


def test_padding_is_not_read_from_either_end(rng):
    core = Bidirectional(GRU(X, H, rng=rng), GRU(X, H, rng=rng))
    xs = jnp.asarray(rng.normal(size=(T, X)), jnp.float32)
    mask = jnp.arange(T) < 3
    spoilt = jnp.where(mask[:, None], xs, jnp.nan)
    outs, states = core(spoilt, mask=mask)
    expected, expected_states = core(xs[:3])
    np.testing.assert_allclose(outs[:3], expected, rtol=1e-5)
    assert not outs[3:].any()
    for a, b in zip(jax.tree.leaves(states), jax.tree.leaves(expected_states), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)

"""Optimisers against NumPy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.layers import Role, parameter
from reverie.training import optimisers
from reverie.training.muon import muon, orthogonalise


def test_graves_rmsprop_is_equations_38_to_45():
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(6, 3)).astype(np.float32)
    optimiser = optimisers.graves_rmsprop()
    w = {"w": jnp.zeros(3)}
    state = optimiser.init(w)
    n = q = d = np.zeros(3)
    for g in gradients:
        direction, state = optimiser.update({"w": jnp.asarray(g)}, state, w)
        n = 0.95 * n + 0.05 * g**2
        q = 0.95 * q + 0.05 * g
        d = 0.9 * d + g / np.sqrt(n - q**2 + 1e-4)
        np.testing.assert_allclose(direction["w"], d, rtol=1e-5)


class Gains(eqx.Module):
    """A table, and gains with two axes as peepholes have."""

    W: jax.Array = parameter(Role.TABLE)
    p: jax.Array = parameter(Role.GAIN)


def test_weight_decay_spares_gains_whatever_their_shape():
    w = Gains(jnp.ones((2, 2)), jnp.ones((3, 2)))
    zero = jax.tree.map(jnp.zeros_like, w)
    for optimiser in (optimisers.adamw(decay=0.1), muon(decay=0.1, others=1.0)):
        direction, _ = optimiser.update(zero, optimiser.init(w), w)
        assert float(direction.W[0, 0]) == pytest.approx(0.1)
        assert not direction.p.any()


def test_sgd_accumulates_momentum_and_adamw_spares_the_biases():
    optimiser = optimisers.sgd(0.5)
    w = {"w": jnp.ones((2, 2)), "b": jnp.ones(2)}
    g = {"w": jnp.full((2, 2), 2.0), "b": jnp.full(2, 2.0)}
    state = optimiser.init(w)
    _, state = optimiser.update(g, state, w)
    direction, _ = optimiser.update(g, state, w)
    np.testing.assert_allclose(direction["b"], 3.0)

    zero = {"w": jnp.zeros((2, 2)), "b": jnp.zeros(2)}
    decayed = optimisers.adamw(decay=0.1)
    direction, _ = decayed.update(zero, decayed.init(w), w)
    assert float(direction["w"][0, 0]) == pytest.approx(0.1)
    assert float(direction["b"][0]) == 0.0


def test_orthogonalised_keeps_directions_and_levels_their_strengths():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 8, 5))
    u, _, v = np.linalg.svd(x, full_matrices=False)
    x = u @ (np.geomspace(1, 30, 5)[:, None] * v)
    found = np.asarray(orthogonalise(jnp.asarray(x, jnp.float32)))
    strengths = np.linalg.svd(found, compute_uv=False)
    assert strengths.min() > 0.7 and strengths.max() < 1.2
    level = u @ v
    assert (found * level).sum() / 10 == pytest.approx(1.0, abs=0.1)


class Layer(eqx.Module):
    """A recurrent matrix, a kernel, a table of the same shape as the first, a bias."""

    R: jax.Array = parameter(Role.RECURRENT)
    kernel: jax.Array = parameter(Role.HIDDEN)
    E: jax.Array = parameter(Role.TABLE)
    b: jax.Array = parameter(Role.BIAS)


def test_muon_orthogonalises_gate_by_gate_and_leaves_the_rest_to_adam():
    rng = np.random.default_rng(0)
    w = Layer(jnp.zeros((8, 4)), jnp.zeros((4, 2, 3)), jnp.zeros((8, 4)), jnp.zeros(8))
    g = jax.tree.map(lambda a: jnp.asarray(rng.normal(size=a.shape), jnp.float32), w)
    optimiser = muon(others=3.0)
    direction, state = optimiser.update(g, optimiser.init(w), w)
    gates = [*np.split(np.asarray(direction.R), 2), np.asarray(direction.kernel).reshape(4, 6)]
    for gate, side in zip(gates, (4, 4, 6), strict=True):
        strengths = np.linalg.svd(gate, compute_uv=False) / (0.2 * np.sqrt(side))
        assert strengths.min() > 0.7 and strengths.max() < 1.2
    np.testing.assert_allclose(direction.b, 3 * np.sign(g.b), rtol=1e-3)
    np.testing.assert_allclose(direction.E, 3 * np.sign(g.E), rtol=1e-3)
    again, _ = optimiser.update(g, state, w)
    assert jnp.isfinite(again.R).all()

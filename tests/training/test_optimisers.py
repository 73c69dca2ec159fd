"""Optimisers against NumPy."""

import jax.numpy as jnp
import numpy as np
import pytest

from reverie.training import optimisers


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
    from reverie.training.muon import orthogonalised

    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 8, 5))
    u, _, v = np.linalg.svd(x, full_matrices=False)
    x = u @ (np.geomspace(1, 30, 5)[:, None] * v)
    found = np.asarray(orthogonalised(jnp.asarray(x, jnp.float32)))
    strengths = np.linalg.svd(found, compute_uv=False)
    assert strengths.min() > 0.7 and strengths.max() < 1.2
    level = u @ v
    assert (found * level).sum() / 10 == pytest.approx(1.0, abs=0.1)


def test_muon_orthogonalises_gate_by_gate_and_leaves_the_rest_to_adam():
    from reverie.training.muon import muon

    rng = np.random.default_rng(0)
    w = {"R": jnp.zeros((8, 4)), "W": jnp.zeros((8, 3)), "b": jnp.zeros(8)}
    g = {name: jnp.asarray(rng.normal(size=a.shape), jnp.float32) for name, a in w.items()}
    optimiser = muon(lambda a: a.shape == (8, 4), others=3.0)
    direction, state = optimiser.update(g, optimiser.init(w), w)
    for gate in np.split(np.asarray(direction["R"]), 2):
        strengths = np.linalg.svd(gate, compute_uv=False) / (0.2 * 2)
        assert strengths.min() > 0.7 and strengths.max() < 1.2
    np.testing.assert_allclose(direction["b"], 3 * np.sign(g["b"]), rtol=1e-3)
    np.testing.assert_allclose(direction["W"], 3 * np.sign(g["W"]), rtol=1e-3)
    again, _ = optimiser.update(g, state, w)
    assert jnp.isfinite(again["R"]).all()

"""Every distribution against SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.distributions import Bernoulli, BivariateMixture, Categorical, Joint

stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
pytestmark = pytest.mark.usefixtures("double")


def test_categorical(rng):
    logits, values = 3 * rng.normal(size=(6, 5)), rng.integers(0, 5, 6)
    twin = [
        stats.multinomial(1, special.softmax(row)).logpmf(np.eye(5)[v])
        for row, v in zip(logits, values, strict=True)
    ]
    ours = Categorical(jnp.asarray(logits))
    np.testing.assert_allclose(ours.log_prob(jnp.asarray(values)), twin, rtol=1e-10)
    np.testing.assert_allclose(ours.log_probs(), special.log_softmax(logits, 1), rtol=1e-12)
    cold = special.log_softmax(logits * 1.5, 1)
    np.testing.assert_allclose(ours.sharpen(0.5).log_probs(), cold, rtol=1e-12)
    np.testing.assert_array_equal(ours.mode(), logits.argmax(1))


def test_bernoulli(rng):
    logits, values = 3 * rng.normal(size=(6, 4)), rng.integers(0, 2, (6, 4))
    twin = stats.bernoulli(special.expit(logits)).logpmf(values).sum(1)
    ours = Bernoulli(jnp.asarray(logits))
    np.testing.assert_allclose(ours.log_prob(jnp.asarray(values, float)), twin, rtol=1e-10)
    np.testing.assert_array_equal(ours.mode(), logits > 0)


def test_bernoulli_is_stable_where_scipy_is_not():
    """A logit of 800: log p is 0 or -800, exactly, and so are its gradients finite."""
    logits, ones = jnp.array([800.0]), jnp.ones(1)
    assert float(Bernoulli(logits).log_prob(ones)) == 0
    assert float(Bernoulli(-logits).log_prob(ones)) == -800
    assert bool(jnp.isfinite(jax.grad(lambda x: Bernoulli(x).log_prob(ones))(-logits)).all())


def test_joint_is_the_product_of_its_parts(rng):
    symbols, notes = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    first, second = rng.integers(0, 3, 4), rng.integers(0, 2, (4, 2))
    twin = special.log_softmax(symbols, 1)[np.arange(4), first]
    twin = twin + stats.bernoulli(special.expit(notes)).logpmf(second).sum(1)
    ours = Joint((Categorical(jnp.asarray(symbols)), Bernoulli(jnp.asarray(notes))))
    values = jnp.asarray(first), jnp.asarray(second, float)
    np.testing.assert_allclose(ours.log_prob(values), twin, rtol=1e-12)


def numbers_of_a_mixture(rng, components=4):
    """weights, mu, log sd, r of one mixture."""
    return [rng.normal(size=(components, *rest)) for rest in ((), (2,), (2,), ())]


def densities(value, mu, log_sd, r):
    """N(value) of each component, by SciPy."""
    sd, rho = np.exp(log_sd), np.tanh(r)
    found = []
    for m, s, c in zip(mu, sd, rho, strict=True):
        covariance = [[s[0] ** 2, c * s[0] * s[1]], [c * s[0] * s[1], s[1] ** 2]]
        found.append(stats.multivariate_normal(m, covariance).pdf(value))
    return np.array(found)


def test_strokes(rng):
    numbers, value = numbers_of_a_mixture(rng), rng.normal(size=2)
    ours = BivariateMixture(*map(jnp.asarray, numbers))
    weights, mu, log_sd, r = numbers
    twin = np.log(special.softmax(weights) @ densities(value, mu, log_sd, r))
    np.testing.assert_allclose(ours.log_prob(jnp.asarray(value)), twin, rtol=1e-12)
    np.testing.assert_allclose(ours.mean(), special.softmax(weights) @ mu, rtol=1e-12)
    twin = np.log(special.softmax(1.5 * weights) @ densities(value, mu, log_sd - 0.5, r))
    np.testing.assert_allclose(ours.sharpen(0.5).log_prob(jnp.asarray(value)), twin, rtol=1e-12)


def test_gradients_of_strokes_are_those_of_the_paper(rng):
    """Graves 2013, eq. 28-37: of the loss, with respect to what the network puts out."""
    weights, mu, log_sd, r = numbers_of_a_mixture(rng)
    value, pi, rho = rng.normal(size=2), special.softmax(weights), np.tanh(r)
    G = pi * densities(value, mu, log_sd, r)
    G /= G.sum()
    C, (d1, d2) = 1 / (1 - rho**2), ((value - mu) / np.exp(log_sd)).T
    Z = d1**2 + d2**2 - 2 * rho * d1 * d2
    first, second = C * (d1 - rho * d2), C * (d2 - rho * d1)
    d_mu = -G[:, None] * np.stack([first, second], 1) / np.exp(log_sd)
    d_log_sd = -G[:, None] * np.stack([first * d1 - 1, second * d2 - 1], 1)
    twin = pi - G, d_mu, d_log_sd, -G * (d1 * d2 + rho * (1 - C * Z))
    ours = BivariateMixture(*map(jnp.asarray, (weights, mu, log_sd, r)))
    gradient = jax.grad(lambda mixture: -mixture.log_prob(jnp.asarray(value)))(ours)
    for mine, theirs in zip(jax.tree.leaves(gradient), twin, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("r", [-40.0, -15.0, 0.0, 15.0, 40.0])
@pytest.mark.parametrize("log_sd", [-12.0, 0.0, 12.0])
def test_strokes_are_stable_at_the_extremes_in_single_precision(r, log_sd):
    mixture = BivariateMixture(
        jnp.array([0.0, -50.0], jnp.float32),
        jnp.zeros((2, 2), jnp.float32),
        jnp.full((2, 2), log_sd, jnp.float32),
        jnp.full(2, r, jnp.float32),
    )
    value = jnp.array([0.1, -0.1], jnp.float32)
    loss, gradient = jax.value_and_grad(lambda m: -m.log_prob(value))(mixture)
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves((loss, gradient)))

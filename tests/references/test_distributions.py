"""Every distribution against SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.distributions import Bernoulli, Categorical, Joint

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
    np.testing.assert_allclose(ours.sharpened(0.5).log_probs(), cold, rtol=1e-12)
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

"""The checks of distributions catch what they are there for: each fault below was planted."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.check import (
    CheckFailed,
    check_predictive,
)
from reverie.check.quadrature import divide, integrate
from reverie.concepts import Predictive
from reverie.distributions import Bernoulli, BivariateMixture, Categorical, Joint


class Unnormalised(Categorical):
    def log_prob(self, value):
        return super().log_prob(value) + 0.1


class Flatter(Categorical):
    def sample(self, key):
        return jax.random.categorical(key, self.logits / 2).astype(jnp.int32)


class Meek(Categorical):
    def mode(self):
        return jnp.argmin(self.logits, -1).astype(jnp.int32)


class Biased(Categorical):
    def sharpen(self, bias):
        return Categorical(self.logits * (2 + bias))


class ThreePercentEven(Categorical):
    """Of 100 samples 3 are of all symbols alike."""

    def sample(self, key):
        p = 0.97 * jax.nn.softmax(self.logits) + 0.03 / 4
        return jax.random.categorical(key, jnp.log(p)).astype(jnp.int32)


class FlatterBits(Bernoulli):
    def sample(self, key):
        return Bernoulli(self.logits / 2).sample(key)


class RarerBits(Bernoulli):
    def sample(self, key):
        p = 0.97 * jax.nn.sigmoid(self.logits)
        return jax.random.bernoulli(key, p).astype(self.logits.dtype)


class Bits105(Bernoulli):
    """All probabilities are 5 % too large."""

    def log_prob(self, value):
        return super().log_prob(value) + jnp.log(1.05)

    def sharpen(self, bias):
        return Bits105(self.logits * (1 + bias))


@pytest.mark.parametrize(
    ("fault", "claim"),
    [
        (Unnormalised, "log_probs lists log_prob"),
        (Flatter, "samples are as frequent"),
        (ThreePercentEven, "samples are as frequent"),
        (Meek, "the mode is the most probable"),
        (Biased, "sharpen"),
        (FlatterBits, "samples are as frequent"),
        (RarerBits, "samples are as frequent"),
        (Bits105, "the probabilities sum to 1.*1.05"),
    ],
)
def test_a_distribution_with_a_fault_is_caught(fault, claim):
    with pytest.raises(CheckFailed, match=claim):
        check_predictive(fault(jnp.array([2.0, 0.0, -1.0, 1.0])), key=jax.random.key(0))


class Normal(Predictive):
    """A number around 1 with a standard deviation of 2."""

    log_sd: jax.Array = eqx.field(default_factory=lambda: jnp.log(2.0))

    def log_prob(self, value):
        return -jnp.square((value - 1) * jnp.exp(-self.log_sd)) / 2 - self.log_sd - self.rest()

    def rest(self):
        return jnp.log(2 * jnp.pi) / 2

    def sample(self, key):
        return 1 + self.width() * jax.random.normal(key, self.log_sd.shape, self.log_sd.dtype)

    def width(self):
        return jnp.exp(self.log_sd)

    def mode(self):
        return jnp.ones_like(self.log_sd)

    def sharpen(self, bias):
        return type(self)(self.log_sd - bias)


class NoSqrt2Pi(Normal):
    def rest(self):
        return 0.0


class NoLogScale(Normal):
    def rest(self):
        return jnp.log(2 * jnp.pi) / 2 - self.log_sd


class Wider(Normal):
    def width(self):
        return 1.03 * super().width()


class Cauchy(Normal):
    """So wide that no box of samples is in proportion to what matters."""

    def log_prob(self, value):
        return -jnp.log(jnp.pi * (1 + jnp.square(value - 1)))

    def sample(self, key):
        return 1 + jax.random.cauchy(key, self.log_sd.shape, self.log_sd.dtype)

    def sharpen(self, bias):
        return self


class Places105(BivariateMixture):
    """A density that is 5 % too large everywhere."""

    def log_prob(self, value):
        return super().log_prob(value) + jnp.log(1.05)

    def sharpen(self, bias):
        return Places105(*jax.tree.leaves(super().sharpen(bias)))


def places(kind):
    """One wide component and a thousand times smaller one that touches it."""
    sd = jnp.log(jnp.array([[1.0, 0.5], [1e-3, 1e-3]]))
    return kind(jnp.zeros(2), jnp.array([[0.0, 0.0], [1.0, 1.0]]), sd, jnp.array([1.0, 0.0]))


@pytest.mark.parametrize(
    ("distribution", "claim"),
    [
        (NoSqrt2Pi(), "the probabilities sum to 1.*2.50"),
        (NoLogScale(), "the probabilities sum to 1.*2 over"),
        (Wider(), "samples are as frequent"),
        (places(Places105), "the probabilities sum to 1.*1.0"),
        (Joint((Bernoulli(jnp.ones(1)), places(Places105))), "the probabilities sum to 1.*1.0"),
        (Joint((RarerBits(jnp.ones(1)), Normal())), "samples are as frequent"),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_a_density_with_a_fault_is_caught(distribution, claim):
    with pytest.raises(CheckFailed, match=claim):
        check_predictive(distribution, key=jax.random.key(0), slack=0.1)


@pytest.mark.parametrize("kind", [Normal, Cauchy])
def test_a_density_without_a_fault_is_not(kind):
    check_predictive(kind(), key=jax.random.key(0))


def test_quadrature_is_as_exact_as_it_says(rng):
    """Of a disk, whose border no cell follows, and of two Gaussians of very different size."""
    count, small = 2**14, 1e-4
    disk = rng.uniform(-1, 1, size=(2 * count, 2))
    both = rng.normal(size=(count, 2)) * np.where(rng.uniform(size=(count, 1)) < 0.3, small, 1)

    def gaussian(points, scale):
        return np.exp(-np.square(points / scale).sum(1) / 2) / (2 * np.pi * scale**2)

    for points, density in (
        (disk[np.square(disk).sum(1) < 1], lambda y: (np.square(y).sum(1) < 1) / np.pi),
        (both, lambda y: 0.3 * gaussian(y, small) + 0.7 * gaussian(y, 1)),
    ):
        cells = divide(points, points.min(0), points.max(0), 64)
        mass, error = integrate(density, cells, points)
        assert abs(mass.sum() - 1) < error.sum() + 1e-3 and error.sum() < 0.02

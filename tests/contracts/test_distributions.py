"""Every distribution is normalised, and its samples are as frequent as it says."""

import itertools

import jax
import pytest
from contracts.table import DISTRIBUTIONS, cases

from reverie.check import check_predictive
from reverie.check.comparing import Claim


@pytest.mark.parametrize("entry", **cases(DISTRIBUTIONS))
def test_it_keeps_its_promises(entry, rng):
    """With a false-alarm rate of 1e-6 a test; the key is fixed, so it fails always or never."""
    support = entry.support() if entry.support else None
    check_predictive(entry.make(rng), key=jax.random.key(0), support=support, slack=entry.slack)


@pytest.mark.parametrize("entry", **cases(DISTRIBUTIONS))
def test_the_same_key_gives_the_same_sample(entry, rng):
    distribution = entry.make(rng)
    samples = [distribution.sample(jax.random.key(1)) for _ in range(2)]
    Claim("same key, same sample", "").same("the sample", *samples)


@pytest.mark.parametrize("entry", **cases(DISTRIBUTIONS))
def test_sharper_is_more_certain(entry, rng):
    distribution = entry.make(rng)
    sharper = [distribution.sharpen(bias) for bias in (-0.5, 0.0, 1.0, 8.0)]
    certainty = [each.log_prob(each.mode()) for each in sharper]
    assert all(a <= b for a, b in itertools.pairwise(certainty))

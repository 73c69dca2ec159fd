"""What a memory network is told of the sentences from which an answer follows."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.concepts import Example, Unrolled
from reverie.cores.memory_network import MemoryState
from reverie.training.supporting_facts import SupportingFacts

T, K, S = 2, 2, 3


def read(weights) -> Unrolled:
    nothing = jnp.zeros((len(weights), 1))
    return Unrolled(None, None, MemoryState(nothing, nothing, jnp.asarray(weights)))


def example(target, mask=None) -> Example:
    return Example(np.zeros(T, np.int32), mask, target=np.array(target, np.float32))


def test_it_is_how_probable_it_is_that_some_hop_looks_there(rng):
    """Every hop looks at one sentence, drawn by its weights: all that may happen, summed up."""
    weights = rng.dirichlet(np.ones(S), (T, K))
    found = np.zeros(S)
    for looked in product(range(S), repeat=T * K):
        chance = np.prod(weights.reshape(-1, S)[np.arange(T * K), list(looked)])
        found[list(set(looked))] += chance
    losses = SupportingFacts(0.5)(read(weights), example([1, 0, 1]))
    assert losses.shape == (T,) and float(losses[0]) == float(losses[1])
    expected = -0.5 * (np.log(found[0]) + np.log(found[2]))
    assert float(losses.sum()) == pytest.approx(expected, rel=1e-5)
    assert not SupportingFacts(0.5)(read(weights), example([0, 0, 0])).any()


def test_a_step_that_is_padding_looks_at_nothing(rng):
    weights = rng.dirichlet(np.ones(S), (T, K))
    weights[1] = 0, 0, 1
    losses = SupportingFacts(1.0)(read(weights), example([0, 0, 1], np.array([True, False])))
    missed = np.prod(1 - weights[0, :, 2])
    np.testing.assert_allclose(losses, [-np.log(1 - missed), 0], rtol=1e-5)


def test_its_gradient_is_finite_wherever_hops_look():
    def loss(weights):
        return SupportingFacts(1.0)(read(weights), example([1, 1, 0])).sum()

    sure = jnp.broadcast_to(jnp.array([1.0, 0.0, 0.0]), (T, K, S))
    gradient = jax.grad(loss)(sure)
    assert np.isfinite(gradient).all() and np.isfinite(loss(sure))
    even = jax.grad(loss)(jnp.full((T, K, S), 1 / 3))
    assert (even[..., :2] < 0).all() and not even[..., 2].any()

"""NADE against a loop in NumPy, by enumeration of all chords of six notes, and as an emission."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from contracts.table import bits
from jax.test_util import check_grads

from reverie.cells import GRU
from reverie.check import check_predictive
from reverie.concepts import Condition
from reverie.distributions import NADE
from reverie.emissions import NADEHead
from reverie.feedbacks import Identity
from reverie.layers import Role, roles
from reverie.model import SequenceModel, nll

N, H, T = 6, 4, 3
SHAPES = (N,), (H,), (H, N), (N, H)


@pytest.fixture
def numbers(rng):
    """b, c, W, V of T steps that share W and V."""
    b, c, W, V = (rng.normal(size=shape) for shape in SHAPES)
    return b + rng.normal(size=(T, N)), c + rng.normal(size=(T, H)), W, V


def over_time(b, c, W, V) -> NADE:
    """T of them, with the copies of W and V that `vmap` makes."""
    return jax.vmap(NADE, (0, 0, None, None))(*map(jnp.asarray, (b, c, W, V)))


def s(x):
    return 1 / (1 + np.exp(-x))


def walk(b, c, W, V, choose):
    """The bits of one step, as the paper has them, and the logit of each."""
    bits, logits = np.zeros(N), np.zeros(N)
    for i in range(N):
        h = s(c + W[:, :i] @ bits[:i])
        logits[i] = b[i] + V[i] @ h
        bits[i] = choose(i, logits[i])
    return bits, logits


@pytest.mark.usefixtures("double")
def test_it_is_its_twin(numbers, rng):
    b, c, W, V = numbers
    ours, values = over_time(*numbers), rng.integers(0, 2, (T, N)).astype(float)
    for bias in (0.0, 0.7):
        found = ours.sharpen(bias)
        for t in range(T):
            _, logits = walk(b[t], c[t], W, V, lambda i, logit, t=t: values[t, i])
            twin = np.log(s((1 + bias) * logits * (2 * values[t] - 1)))
            np.testing.assert_allclose(found.log_prob(values)[t], twin.sum(), rtol=1e-12)
            np.testing.assert_allclose(
                found.conditionals(values).logits[t], (1 + bias) * logits, rtol=1e-12
            )
    for t in range(T):
        greedy, _ = walk(b[t], c[t], W, V, lambda i, logit: logit > 0)
        np.testing.assert_array_equal(ours.mode()[t], greedy)


@pytest.mark.usefixtures("double")
def test_its_gradients_are_its_differences(numbers, rng):
    values = jnp.asarray(rng.integers(0, 2, (T, N)), float)
    arguments = tuple(map(jnp.asarray, numbers))
    check_grads(lambda *a: over_time(*a).log_prob(values), arguments, 1, modes=["rev"], rtol=1e-6)


def test_chords_of_six_notes_are_as_frequent_as_it_says(rng):
    """Their probabilities sum to 1; the greedy mode may be worse than a sample."""
    nade = NADE(*(jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in SHAPES))
    check_predictive(nade, key=jax.random.key(0), support=bits(N), slack=1.0)


def test_the_compiler_makes_no_copies_of_the_shared_matrices():
    """Training keeps N numbers for each hidden unit and step, as many as one copy of W has."""
    steps, size, hidden = 40, 16, 50
    shapes = (steps, size), (steps, hidden), (hidden, size), (size, hidden)

    def loss(*numbers):
        return over_time(*numbers).log_prob(jnp.zeros((steps, size))).sum()

    gradient = jax.jit(jax.grad(loss, (0, 1, 2, 3)))
    memory = gradient.lower(*map(jnp.zeros, shapes)).compile().memory_analysis()
    assert memory.temp_size_in_bytes < 1.5 * steps * hidden * size * 4


def test_a_head_shifts_the_biases_and_shares_the_matrices(rng):
    head = NADEHead(5, N, H, rng=rng)
    model = SequenceModel(Identity(N), GRU(N, 5, rng=rng), head)
    values = jnp.asarray(rng.integers(0, 2, (T, N)), jnp.float32)
    found = model.unroll(values).distribution
    assert isinstance(found, NADE) and found.b.shape == (T, N) and found.W.shape == (T, H, N)
    out = jnp.ones(5)
    one = head(out, Condition())
    np.testing.assert_allclose(one.b, head.visible.W.sum(1) + head.visible.b, rtol=1e-6)
    np.testing.assert_allclose(one.c, head.hidden.W.sum(1) + head.hidden.b, rtol=1e-6)
    named = roles(head)
    assert (named.W, named.V) == (Role.TABLE, Role.OUTPUT)
    assert (named.visible.W, named.hidden.W) == (Role.OUTPUT, Role.HIDDEN)
    slope = jax.grad(lambda m: nll(m.unroll(values).distribution, values).sum())(model)
    assert all(np.any(leaf) for leaf in jax.tree.leaves(slope.emission))

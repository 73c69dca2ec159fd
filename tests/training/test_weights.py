"""The weights of steps: what does not count has no influence, and what counts the same, none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.concepts import Example
from reverie.data.dataset import InMemory
from reverie.training.evaluation import mean_loss
from reverie.training.mesh import global_mesh
from reverie.training.objectives import TeacherForcing
from reverie.training.optimisers import adam
from reverie.training.parametrisations import Direct
from reverie.training.schedules import Constant
from reverie.training.sequences import SequenceReader
from reverie.training.update import Update

MASK = np.array([[True] * 4, [True] * 3 + [False]])


@pytest.fixture(scope="module")
def update() -> Update:
    return Update(TeacherForcing(), adam(), Constant(1e-3), global_mesh(), 7)


def learned(update, model, examples):
    """The loss and the gradient of a batch."""
    learner = update.begin(Direct(model), 2, jax.random.key(0))
    rest = jnp.array(True), jnp.zeros((1, 3)), jnp.ones(()), jax.random.key(1)
    return jax.jit(update.gradient)(learner, examples, *rest)


def same(one, other) -> None:
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_weights_of_one_are_none(update, model):
    values = np.array([[0, 1, 2, 3], [3, 2, 1, 0]])
    plain = learned(update, model, Example(values, MASK))
    # Behind the mask no weight counts.
    same(learned(update, model, Example(values, MASK, np.ones((2, 4)))), plain)
    twice = learned(update, model, Example(values, MASK, np.full((2, 4), 2.0)))
    same(twice, plain)


def test_a_last_step_of_weight_zero_has_no_influence(update, model):
    """Neither on the loss, nor on its gradient, nor on what the others are divided by."""
    weights = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.float32)
    one, other = (
        learned(update, model, Example(np.array(values), MASK, weights))
        for values in ([[0, 1, 2, 3], [3, 2, 1, 0]], [[0, 1, 2, 0], [3, 2, 3, 1]])
    )
    same(one, other)
    short = learned(update, model, Example(np.array([[0, 1, 2, 3], [3, 2, 1, 0]]), weights > 0))
    same(one, short)


def test_evaluation_counts_as_training_does(update, model):
    values, weights = np.array([[0, 1, 2, 3], [3, 2, 1, 0]]), np.array([[1, 0, 2, 0.5]] * 2)
    loss, _ = learned(update, model, Example(values, None, weights))
    examples = [Example(v, weights=w) for v, w in zip(values, weights, strict=True)]
    assert mean_loss(model, SequenceReader(InMemory(examples), 2)) == pytest.approx(
        float(loss), rel=1e-5
    )


def test_not_even_an_impossible_step_counts_where_its_weight_is_zero():
    total, count = Example(None, weights=jnp.array([2.0, 0.0])).total(jnp.array([1.5, jnp.inf]))
    assert (float(total), float(count)) == (3.0, 2.0)

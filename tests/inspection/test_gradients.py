"""Gradients through time: against closed forms, dense Jacobians, and known eigenvalues."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from reverie.cells import GRU, LSTM, Elman, GRUResetBefore
from reverie.concepts import Condition
from reverie.cores import Clipped, Dropout, LayerNorm, Projected, Stack
from reverie.emissions import CategoricalHead
from reverie.feedbacks import OneHot
from reverie.inspection.gradients import influence, spread
from reverie.inspection.gradients_picture import (
    BeforeAfter,
    GradientFlow,
    gradients_picture,
    middle,
)
from reverie.inspection.spectra import recurrent_spectra, step_spectra
from reverie.model import SequenceModel

pytestmark = pytest.mark.usefixtures("double")
V, H, K = 3, 3, 3


def model_of(core, rng):
    return SequenceModel(OneHot(V), core, CategoricalHead(H, V, rng=rng))


def turning(rng, factor):
    """A network of tanh whose state stays at zero, where a step is a turn, times a factor."""
    cell = Elman(V, H, rng=rng)
    return eqx.tree_at(lambda c: (c.R, c.W), cell, (factor * cell.R, 0 * cell.W))


@pytest.mark.parametrize("factor", [1.0, 0.5, 2.0])
def test_a_turn_keeps_a_state_and_a_factor_is_a_power(factor, rng):
    found = influence(model_of(turning(rng, factor), rng), rng.integers(0, V, (2, 2 * K)), K)
    np.testing.assert_allclose(found.state, [factor ** np.arange(1, K + 1)] * 2, rtol=1e-12)
    assert not found.input.any(), "inputs that weigh nothing matter nothing"
    np.testing.assert_allclose(abs(step_spectra(found.jacobians)), factor, rtol=1e-12)


CORES = {
    "lstm": lambda rng: LSTM(V, H, rng=rng),
    "gru-reset-before": lambda rng: GRUResetBefore(V, H, rng=rng),
    "stack": lambda rng: Dropout(Stack((GRU(V, H, rng=rng), Elman(H, H, rng=rng))), V, H),
}


@pytest.mark.parametrize("make", CORES.values(), ids=CORES)
def test_the_rows_carried_back_are_those_of_the_dense_jacobians(make, rng):
    model, values = model_of(make(rng), rng), rng.integers(0, V, 2 * K + 2)
    found = influence(model, values[None], K)
    carry = model.start()
    state, unravel = ravel_pytree(carry.state)
    xs = jnp.concatenate([jnp.zeros((1, V)), jnp.eye(V)[values]])

    def forward(state, xs):
        state = unravel(state)
        for x in xs:
            out, state = model.core.step(x, state, Condition())
        return ravel_pytree(state)[0], model.emission(out, Condition()).log_prob(values[-1])

    T = len(values)
    for k in range(1, K + 1):
        # The state behind the step that reads values[-3], by that of k steps before.
        before, _ = forward(state, xs[: T - 1 - k])
        rest = xs[T - 1 - k : T]
        dense = jax.jacrev(lambda s, r: forward(s, r)[0])(before, rest[:-1])
        expected = np.linalg.norm(dense) / np.sqrt(len(state))
        np.testing.assert_allclose(found.state[0, k - 1], expected, rtol=1e-9)
        slope = jax.grad(lambda r, s: forward(s, r)[1])(rest, before)
        np.testing.assert_allclose(found.input[0, k - 1], np.linalg.norm(slope[0]), rtol=1e-9)
        if k == 1:
            np.testing.assert_allclose(found.jacobians[0], dense, rtol=1e-9, atol=1e-12)


def test_distances_that_a_stretch_cannot_show_are_refused(rng):
    model = model_of(Elman(V, H, rng=rng), rng)
    for distance in (0, 3):
        with pytest.raises(ValueError, match="cannot show"):
            influence(model, np.zeros((1, 4), int), distance)


def test_stretches_reach_from_the_beginning_to_the_end():
    values = np.arange(20)
    np.testing.assert_array_equal(spread(values, 3, 4)[:, 0], [0, 8, 16])
    np.testing.assert_array_equal(spread(values, 3, 4)[-1], [16, 17, 18, 19])
    assert spread(values[:5], 16, 4).shape == (2, 4)


def test_eigenvalues_by_block_over_layers_and_through_wrappers(rng):
    first, second = LSTM(V, H, rng=rng), LSTM(H, H, rng=rng)
    found = recurrent_spectra(Stack((Clipped(first, 1.0), LayerNorm(second, 4))))
    assert list(found) == ["i", "f", "z", "o"]
    blocks = [np.split(np.asarray(cell.R), 4)[1] for cell in (first, second)]
    np.testing.assert_allclose(found["f"], np.concatenate([*map(np.linalg.eigvals, blocks)]))
    diagonal = eqx.tree_at(lambda c: c.R, Elman(V, H, rng=rng), jnp.diag(jnp.array([3.0, 2, 1])))
    np.testing.assert_allclose(sorted(recurrent_spectra(diagonal)["R"].real), [1, 2, 3])


def test_what_is_not_square_or_not_one_product_has_no_eigenvalues(rng):
    assert not recurrent_spectra(Projected(LSTM(V, H, rng=rng), H, 2, rng=rng))
    assert not recurrent_spectra(GRUResetBefore(V, H, rng=rng))


def test_the_mean_is_geometric():
    np.testing.assert_allclose(middle(np.array([[1.0, 4.0], [100.0, 0.25]])), [10, 1])
    assert middle(np.zeros((2, 1)))[0] > 0, "it can be drawn on a scale of logarithms"


def test_a_picture_has_two_panels_and_two_a_model(rng):
    models = []
    for name, core in {
        "turned": turning(rng, 1.0),
        "before": CORES["gru-reset-before"](rng),
    }.items():
        found = influence(model_of(core, rng), rng.integers(0, V, (2, 2 * K)), K)
        models.append(BeforeAfter(name, *[GradientFlow.of(core, found)] * 2))
    figure = gradients_picture(models)
    heads = [axes.get_title("left") for axes in figure.axes]
    assert len(heads) == 6 and "turned: eigenvalues of R" in heads
    (words,) = figure.axes[4].texts
    assert words.get_text() == "no square matrix"
    assert figure.axes[0].get_yscale() == "log"

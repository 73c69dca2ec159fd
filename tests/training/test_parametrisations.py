"""Parametrisations: what they realise, without a key and with one, and what they cost."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import GRU, LSTM, GRUResetBefore
from reverie.emissions import CategoricalHead
from reverie.encoders import Convolutional, FixedNetwork, Visual
from reverie.feedbacks import Begun, OneHot
from reverie.model import SequenceModel
from reverie.training.build import build_parametrisation
from reverie.training.options import LaneTrainingOptions
from reverie.training.parametrisations import (
    AdaptiveWeightNoise,
    Direct,
    MixedPrecision,
    PartlyFixed,
    WeightDropped,
    WeightNoise,
    WeightNormalised,
)

KEY = jax.random.key(0)


def flat(model) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(model)])


def test_without_a_key_every_one_of_them_is_the_model_itself(model):
    for parametrisation in (
        Direct(model),
        WeightNoise(Direct(model), 0.1),
        AdaptiveWeightNoise.around(model, 0.1),
        WeightNormalised.around(model),
        WeightDropped(WeightNormalised.around(model), 0.5),
        MixedPrecision(WeightNoise(Direct(model), 0.1)),
    ):
        np.testing.assert_allclose(flat(parametrisation.realise()), flat(model), rtol=1e-5)


def test_the_noise_has_the_deviation_asked_for_and_depends_on_the_key_alone(model):
    for parametrisation in (
        WeightNoise(Direct(model), 0.1),
        AdaptiveWeightNoise.around(model, 0.1),
    ):
        draws = jax.vmap(parametrisation.realise)(jax.random.split(KEY, 200))
        errors = np.concatenate(
            [
                np.ravel(d - m)
                for d, m in zip(jax.tree.leaves(draws), jax.tree.leaves(model), strict=True)
            ]
        )
        assert errors.std() == pytest.approx(0.1, rel=0.02)
        assert abs(errors.mean()) < 0.002
        again = parametrisation.realise(KEY)
        np.testing.assert_array_equal(flat(again), flat(parametrisation.realise(KEY)))


def test_description_length_is_the_divergence_from_the_best_gaussian_prior(model):
    parametrisation = AdaptiveWeightNoise.around(model, 0.1)
    m, v = flat(model).astype(np.float64), np.full(flat(model).size, 0.1**2)
    m0 = m.mean()
    v0 = (v + (m - m0) ** 2).mean()
    expected = (0.5 * np.log(v0 / v) + ((m - m0) ** 2 + v - v0) / (2 * v0)).sum()
    assert float(parametrisation.penalty()) == pytest.approx(expected, rel=1e-4)
    # Any other prior is dearer.
    for other0, otherv in ((m0 + 0.1, v0), (m0, 1.3 * v0)):
        dearer = 0.5 * np.log(otherv / v) + ((m - other0) ** 2 + v) / (2 * otherv) - 0.5
        assert dearer.sum() > expected


def test_the_gradient_of_the_description_is_graves_s(model):
    parametrisation = AdaptiveWeightNoise.around(model, 0.1)
    gradient = jax.grad(lambda p: p.penalty())(parametrisation)
    m, v = flat(model), np.float32(0.1**2)
    v0 = (v + (m - m.mean()) ** 2).mean()
    np.testing.assert_allclose(flat(gradient.mean), (m - m.mean()) / v0, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        flat(gradient.log_variance), v * (1 / v0 - 1 / v) / 2, rtol=1e-3, atol=1e-4
    )


def test_weight_normalisation_keeps_each_unit_s_length_whatever_its_direction(model):
    parametrisation = WeightNormalised.around(model)
    longer = jax.tree.map(lambda v: 3 * v if v.ndim == 2 else v, parametrisation.directions)
    scaled = WeightNormalised(longer, parametrisation.lengths)
    np.testing.assert_allclose(flat(scaled.realise()), flat(model), rtol=1e-5)

    def loss(p):
        return jnp.square(p.realise().core.R).sum()

    # Along its own direction a normalised weight has no gradient: g * dL/dv is orthogonal to v.
    slope = jax.grad(loss)(parametrisation).directions.core.R
    np.testing.assert_allclose((slope * model.core.R).sum(1), 0, atol=1e-5)


def test_weight_drop_drops_recurrent_weights_only_and_at_its_rate(model):
    parametrisation = WeightDropped(Direct(model), 0.25)
    draws = jax.vmap(parametrisation.realise)(jax.random.split(KEY, 200))
    zero = np.asarray(draws.core.R) == 0
    assert zero.mean() == pytest.approx(0.25, abs=0.02)
    kept = np.broadcast_to(model.core.R / 0.75, zero.shape)[~zero]
    np.testing.assert_allclose(np.asarray(draws.core.R)[~zero], kept, rtol=1e-5)
    np.testing.assert_array_equal(draws.core.W[7], model.core.W)


def test_weight_drop_drops_every_recurrent_matrix_of_a_cell_of_two_products(rng):
    cell = GRUResetBefore(4, 5, rng=rng)
    drawn = WeightDropped(Direct(cell), 0.5).realise(KEY)
    for ours, theirs in ((drawn.U, cell.U), (drawn.V, cell.V)):
        np.testing.assert_allclose(ours, np.where(ours == 0, 0, 2 * theirs))
        assert 0 < (ours == 0).mean() < 1
    np.testing.assert_array_equal(drawn.W, cell.W)


def test_weight_normalisation_leaves_peepholes_alone(rng):
    cell = LSTM(4, 5, rng=rng, peepholes=True)
    lengths = WeightNormalised.around(cell).lengths
    assert lengths.p is None and lengths.b is None
    assert lengths.R.shape == lengths.W.shape == (20, 1)


def test_in_mixed_precision_matrices_are_rounded_and_what_is_learned_is_not(model):
    parametrisation = MixedPrecision(Direct(model))
    rounded = parametrisation.realise(KEY)
    assert rounded.core.R.dtype == rounded.emission.linear.W.dtype == jnp.bfloat16
    assert rounded.core.b.dtype == rounded.core.W.dtype == jnp.float32  # W reads raw symbols
    np.testing.assert_allclose(rounded.core.R.astype(float), model.core.R, rtol=2**-8)
    values = jnp.array([0, 1, 2, 1])

    def loss(parametrisation, key):
        return -parametrisation.realise(key).unroll(values).distribution.log_prob(values).sum()

    precise, rough = (jax.value_and_grad(loss)(parametrisation, key) for key in (None, KEY))
    assert rough[0].dtype == jnp.float32 and rough[0] != precise[0]
    assert float(rough[0]) == pytest.approx(float(precise[0]), rel=0.02)
    for ours, theirs in zip(*map(jax.tree.leaves, (rough[1], precise[1])), strict=True):
        assert ours.dtype == jnp.float32
        np.testing.assert_allclose(ours, theirs, atol=0.03 * float(jnp.abs(theirs).max()))


def test_weights_that_are_fixed_are_neither_learned_nor_moved_nor_kept(rng):
    model = SequenceModel(
        Begun(OneHot(2), 3, 2, rng=rng),
        GRU(2, 3, rng=rng),
        CategoricalHead(3, 2, rng=rng),
        Visual(FixedNetwork(Convolutional((2,), rng=rng)), 2, 3, rng=rng),
    )
    learned, fixed = PartlyFixed.divide(model)
    assert fixed is not None
    count = len(jax.tree.leaves(model.encoder.network))
    assert count == len(jax.tree.leaves(fixed.weights)) == 2
    assert len(jax.tree.leaves(learned)) == len(jax.tree.leaves(model)) - count
    whole = PartlyFixed(Direct(learned), fixed).realise()
    assert jax.tree.structure(whole) == jax.tree.structure(model)
    np.testing.assert_array_equal(flat(whole), flat(model))
    noisy = PartlyFixed(WeightNoise(Direct(learned), 0.1), fixed).realise(KEY)
    np.testing.assert_array_equal(flat(noisy.encoder.network), flat(model.encoder.network))
    assert not np.allclose(flat(noisy.core), flat(model.core))
    adaptive = AdaptiveWeightNoise.around(learned, 0.1)
    assert float(PartlyFixed(adaptive, fixed).penalty()) == float(adaptive.penalty())


def test_a_model_without_fixed_weights_is_not_divided(model):
    learned, fixed = PartlyFixed.divide(model)
    assert fixed is None
    np.testing.assert_array_equal(flat(learned), flat(model))
    assert isinstance(build_parametrisation(LaneTrainingOptions(), model), Direct)

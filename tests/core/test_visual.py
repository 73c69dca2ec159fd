"""What sees: convolutions against SciPy, places and frames as conditions, fixed networks."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import correlate2d

from reverie.encoders import Convolutional, Features, FixedNetwork, Pixels, Visual
from reverie.encoders.convolutional import Convolution
from reverie.encoders.visual import see
from reverie.layers import Role, roles

C, D = 4, 3


@pytest.fixture
def network(rng) -> Convolutional:
    """Two convolutions, so that a picture of 5 x 6 has 2 x 2 places."""
    return Convolutional((2, C), rng=rng)


@pytest.fixture
def pixels(rng) -> Pixels:
    return Pixels.of(rng.integers(0, 256, (3, 5, 6, 3), np.uint8))


look = eqx.filter_jit(lambda encoder, source, key=None: encoder(source, key=key))


@pytest.mark.parametrize("size", [(6, 4), (5, 7), (1, 2)])
def test_a_convolution_is_scipy_s_at_every_second_pixel(size, rng, double):
    layer = Convolution(2, 3, rng=rng)
    layer = eqx.tree_at(lambda c: c.b, layer, jnp.asarray(rng.normal(size=3)))
    x, kernels = rng.normal(size=(*size, 2)), np.asarray(layer.W).reshape(3, 4, 4, 2)
    # Of an odd side there is one row of zeros more behind, as in TensorFlow.
    padded = np.pad(x, [*((1, 1 + side % 2) for side in size), (0, 0)])
    expected = [
        layer.b[p]
        + sum(correlate2d(padded[..., d], kernels[p, ..., d], "valid")[::2, ::2] for d in range(2))
        for p in range(3)
    ]
    found = layer(jnp.asarray(x))
    assert found.shape == (-(-size[0] // 2), -(-size[1] // 2), 3)
    np.testing.assert_allclose(found, np.stack(expected, -1), rtol=1e-6, atol=1e-9)


def test_a_small_network_is_told_colours_from_minus_1_to_1_and_where_they_are(rng, network):
    pixels = rng.integers(0, 256, (5, 6, 3), np.uint8).astype(np.float32)
    rows, columns = np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 6), indexing="ij")
    x = np.concatenate([pixels / 127.5 - 1, rows[..., None], columns[..., None]], -1)
    for layer in network.convolutions:
        x = np.maximum(np.asarray(layer(jnp.asarray(x, jnp.float32))), 0)
    np.testing.assert_allclose(network(jnp.asarray(pixels)), x, rtol=1e-4, atol=1e-5)
    assert x.shape == (2, 2, C) and network.width == C
    even = network(jnp.full((8, 8, 3), 9.0))
    assert not np.allclose(even[0, 0], even[1, 1], atol=1e-3)


def test_keys_values_and_vector_are_those_of_the_equations(rng, pixels):
    visual = Visual(None, C, D, rng=rng)
    values = rng.normal(size=(5, C)).astype(np.float32)
    condition = look(visual, Features.of(values))
    seen = np.maximum(values @ np.asarray(visual.linear.W).T + visual.linear.b, 0)
    np.testing.assert_allclose(condition.memory.values, seen, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(condition.memory.keys, condition.memory.values)
    np.testing.assert_allclose(condition.vector, seen.mean(0), rtol=1e-5, atol=1e-6)
    assert condition.memory.mask.all()
    with pytest.raises(ValueError, match="give it features, not pixels"):
        visual(pixels)


@pytest.mark.parametrize("frames", [False, True])
def test_what_is_behind_the_mask_has_no_influence(frames, rng, network, pixels):
    visual = Visual(network, C, D, rng=rng, frames=frames)
    # A bias would show in places that are none.
    visual = eqx.tree_at(lambda v: v.linear.b, visual, jnp.ones(D))
    padded = pixels.pad(0, 5)
    noise = rng.integers(0, 256, (2, 5, 6, 3), np.uint8)
    noisy = padded._replace(values=np.concatenate([pixels.values, noise]))
    expected = look(visual, pixels)
    for source in (padded, noisy):
        found = look(visual, source)
        np.testing.assert_allclose(found.vector, expected.vector, rtol=1e-5)
        real = len(expected.memory.mask)
        assert found.memory.mask[:real].all() and not found.memory.mask[real:].any()
        np.testing.assert_allclose(found.memory.values[:real], expected.memory.values, rtol=1e-5)
        assert not found.memory.values[real:].any()


def test_places_are_in_rows_and_a_frame_is_the_mean_of_its_own(network, pixels):
    maps = np.stack([network(jnp.asarray(frame, float)) for frame in pixels.values])
    places, frames = see(network, pixels), see(network, pixels, frames=True)
    np.testing.assert_allclose(places.values, maps.reshape(12, C), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(frames.values, maps.mean((1, 2)), rtol=1e-5, atol=1e-6)
    assert places.memory_size == 12 and frames.memory_size == pixels.memory_size == 3


def test_with_motion_a_frame_is_seen_with_the_one_before_it(rng, pixels):
    network = Convolutional((2, C), rng=rng, colours=6)
    before = pixels.values[[0, 0, 1]]
    both = np.concatenate([pixels.values, before], -1)
    maps = np.stack([network(jnp.asarray(frame, float)) for frame in both])
    found = see(network, pixels, motion=True)
    np.testing.assert_allclose(found.values, maps.reshape(12, C), rtol=1e-5, atol=1e-6)
    visual = Visual(network, C, D, rng=rng, motion=True)
    np.testing.assert_array_equal(visual.look(pixels).values, found.values)


def test_pixels_and_what_the_same_network_saw_in_them_are_one_condition(rng, network, pixels):
    visual = Visual(FixedNetwork(network), C, D, rng=rng)
    one, other = look(visual, pixels), look(visual, see(network, pixels))
    for ours, theirs in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_where_there_is_no_place_the_vector_is_zero(rng, network):
    blind = Features(np.ones((2, C), np.float32), np.zeros(2, bool))
    visual = eqx.tree_at(lambda v: v.linear.b, Visual(network, C, D, rng=rng), jnp.ones(D))
    condition = look(visual, blind)
    assert not condition.vector.any() and not condition.memory.values.any()


def test_with_a_key_features_are_dropped_in_all_places_at_once(rng):
    visual = Visual(None, 200, D, rng=rng, dropout=0.25)
    visual = eqx.tree_at(lambda v: v.linear.W, visual, jnp.ones((D, 200)))
    values = np.tile(rng.uniform(1, 2, 200).astype(np.float32), (3, 1))
    found = look(visual, Features.of(values), jax.random.key(0)).memory.values
    np.testing.assert_allclose(found[1:], found[:1].repeat(2, 0), rtol=1e-6)
    # Kept features are larger by as much as the others lack.
    whole = look(visual, Features.of(values)).memory.values[0, 0]
    assert float(found[0, 0]) != pytest.approx(float(whole), rel=1e-3)
    assert float(found[0, 0]) == pytest.approx(float(whole), rel=0.2)
    again = look(visual, Features.of(values), jax.random.key(0)).memory.values
    np.testing.assert_array_equal(again, found)


def test_a_fixed_network_has_its_role_and_no_gradient(rng, network, pixels):
    visual = Visual(FixedNetwork(network), C, D, rng=rng)
    found = roles(visual)
    assert set(jax.tree.leaves(found.network)) == {Role.FIXED}
    assert Role.FIXED not in jax.tree.leaves(found.linear)
    assert set(jax.tree.leaves(roles(network))) == {Role.HIDDEN, Role.BIAS}

    def total(visual):
        return visual(pixels).vector.sum()

    gradient = jax.grad(total)(visual)
    assert not any(leaf.any() for leaf in jax.tree.leaves(gradient.network))
    assert gradient.linear.W.any()
    learned = jax.grad(total)(Visual(network, C, D, rng=np.random.default_rng(1)))
    assert any(leaf.any() for leaf in jax.tree.leaves(learned.network))
    assert FixedNetwork(network).width == C

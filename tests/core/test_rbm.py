"""RBMs against sums over all their states; contrastive divergence against the exact gradient."""

from functools import partial
from itertools import product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from contracts.table import bits
from jax.flatten_util import ravel_pytree

from reverie.cells import Elman
from reverie.check import check_predictive
from reverie.check.frequency import Tally, check_counts
from reverie.concepts import Example
from reverie.distributions import RBM
from reverie.distributions.annealed import log_z_lower, log_z_upper
from reverie.emissions import BernoulliHead, RBMHead
from reverie.feedbacks import Identity
from reverie.layers import Role, roles
from reverie.model import SequenceModel, nll
from reverie.training.contrastive import ContrastiveDivergence

KEY = jax.random.key(0)


def rbm_of(rng, size, hidden, steps=25) -> RBM:
    b, c, W = (rng.normal(size=shape) for shape in ((size,), (hidden,), (hidden, size)))
    return RBM(*map(jnp.asarray, (b, c, W)), steps)


def every(count):
    return np.array(list(product((0.0, 1.0), repeat=count)))


def energies(rbm):
    """E(y, h) of all y and all h, from the definition: (2^N, 2^H)."""
    b, c, W = map(np.asarray, (rbm.b, rbm.c, rbm.W))
    y, h = every(len(b)), every(len(c))
    return -(y @ b)[:, None] - h @ c - y @ W.T @ h.T


@jax.jit
def listed(rbm):
    """log p of all values, normalised over them and not over the hidden units."""
    return jax.nn.log_softmax(-rbm.free_energy(bits(rbm.b.shape[-1])))


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(("size", "hidden"), [(5, 3), (3, 5), (7, 7)])
def test_it_is_its_twin(size, hidden, rng):
    """Also where there are more hidden units than others, and more than a block of states."""
    rbm, values = rbm_of(rng, size, hidden), every(size)
    for bias in (0.0, 0.7):
        weights = np.exp(-(1 + bias) * energies(rbm))
        found = rbm.sharpen(bias)
        np.testing.assert_allclose(found.log_z(), np.log(weights.sum()), rtol=1e-12)
        twin = np.log(weights.sum(1) / weights.sum())
        np.testing.assert_allclose(found.log_prob(values), twin, rtol=1e-10)
        np.testing.assert_allclose(
            jax.nn.sigmoid(found.hidden(values).logits),
            weights @ every(hidden) / weights.sum(1, keepdims=True),
            rtol=1e-10,
        )
    np.testing.assert_allclose(listed(rbm), rbm.log_prob(bits(size)), rtol=1e-10)


@pytest.mark.usefixtures("double")
def test_its_gradient_is_that_of_all_values(rng):
    """Of three steps that share W, against the gradient through a sum over values."""
    b, c, W = (jnp.asarray(rng.normal(size=shape)) for shape in ((3, 5), (3, 7), (7, 5)))
    chosen = rng.integers(0, 32, 3)

    def loss(log_probs, *numbers):
        return log_probs(jax.vmap(RBM, (0, 0, None))(*numbers)).sum()

    exact = jax.grad(partial(loss, lambda r: jax.vmap(listed)(r)[jnp.arange(3), chosen]), (0, 1, 2))
    ours = jax.grad(partial(loss, lambda r: r.log_prob(bits(5)[chosen])), (0, 1, 2))
    for mine, theirs in zip(ours(b, c, W), exact(b, c, W), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def test_chords_of_six_notes_are_as_frequent_as_it_says(rng):
    rbm = jax.tree.map(lambda a: a.astype(jnp.float32), rbm_of(rng, 6, 4, steps=12))
    check_predictive(rbm, key=KEY, support=bits(6), slack=0.5, samples=2**16)


def test_what_is_known_stays_and_the_rest_is_drawn_given_it(rng):
    rbm, known = rbm_of(rng, 5, 4), jnp.array([True, False, False, True, False])
    value = jnp.array([1.0, 0.0, 0.0, 0.0, 0.0])
    drawn = jax.jit(jax.vmap(lambda key: rbm.gibbs(key, value, 20, known)))
    found = np.asarray(drawn(jax.random.split(KEY, 2**15)), int)
    possible = np.asarray((bits(5) == value)[:, known].all(1))
    mass = np.where(possible, np.exp(rbm.log_prob(bits(5))), 0)
    seen = np.bincount(found @ [16, 8, 4, 2, 1], minlength=32)
    check_counts(Tally(mass / mass.sum(), np.zeros(32), seen, 0), 1e-6)


@pytest.mark.usefixtures("double")
def test_each_turn_of_the_mode_is_a_gain(rng):
    """Of 64 RBMs, from a value each and in the end."""
    rbms = jax.vmap(RBM)(*(jnp.asarray(rng.normal(size=(64, *s))) for s in ((6,), (4,), (4, 6))))

    @jax.jit
    @jax.vmap
    def gains(rbm, y):
        turned, mode = rbm._given_mean(y).mode(), rbm.mode()
        gained = rbm.free_energy(y) - rbm.free_energy(turned)
        return gained, (mode == rbm._given_mean(mode).mode()).all()

    gained, settled = gains(rbms, jnp.asarray(rng.integers(0, 2, (64, 6)), float))
    assert (gained > -1e-12).all() and gained.max() > 1 and settled.all()


@pytest.mark.usefixtures("double")
def test_the_pseudo_likelihood_is_that_of_each_bit_given_the_others(rng):
    rbm, values = rbm_of(rng, 5, 3), bits(5)
    log_p = np.asarray(listed(rbm)).reshape((2,) * 5)
    expected = np.zeros_like(log_p)
    for axis in range(5):
        expected += log_p - np.logaddexp.reduce(log_p, axis=axis, keepdims=True)
    np.testing.assert_allclose(rbm.pseudo_log_prob(values), expected.reshape(-1), rtol=1e-10)


def test_too_many_states_are_refused():
    rbm = RBM(jnp.zeros(88), jnp.zeros(21), jnp.zeros((21, 88)))
    with pytest.raises(ValueError, match="88 x 21 units.*20 units.*log_z_lower"):
        rbm.log_prob(jnp.zeros(88))


@pytest.fixture(scope="module")
def bounds():
    """By how much 200 lower and 200 upper bounds of log Z are wrong, and the errors they state.

    "few" are of 1 temperature and 4 chains, "many" of 100 and 20.
    """
    rbm = rbm_of(np.random.default_rng(3), 10, 5)
    exact, log_probs, keys = rbm.log_z(), listed(rbm), jax.random.split(KEY, 200)

    @partial(jax.jit, static_argnums=(0, 1))
    @partial(jax.vmap, in_axes=(None, None, 0))
    def both(temperatures, chains, key):
        draw, down, up = jax.random.split(key, 3)
        samples = bits(10)[jax.random.categorical(draw, log_probs, shape=(chains,))]
        lower = log_z_lower(rbm, up, temperatures=temperatures, chains=chains)
        upper = log_z_upper(rbm, samples, down, temperatures=temperatures)
        return [(found.log_z - exact, found.error) for found in (lower, upper)]

    sizes = {"few": (1, 4), "many": (100, 20)}
    return {name: jax.tree.map(np.asarray, both(*size, keys)) for name, size in sizes.items()}


def standard_error(numbers):
    return numbers.std() / np.sqrt(len(numbers))


def test_both_bounds_hold_in_the_mean(bounds):
    """Few temperatures leave them far off, on the right sides; many bring them close."""
    (lower, _), (upper, _) = bounds["few"]
    assert lower.mean() < -5 * standard_error(lower) and upper.mean() > 5 * standard_error(upper)
    (lower, _), (upper, _) = bounds["many"]
    assert -0.01 < lower.mean() < 5 * standard_error(lower)
    assert -5 * standard_error(upper) < upper.mean() < 0.01


def test_the_weights_are_unbiased(bounds):
    """Of Z from below and of 1 / Z from above, with few temperatures and with many."""
    for pair in bounds.values():
        for sign, (off, _) in zip((1, -1), pair, strict=True):
            ratio = np.exp(sign * off)
            assert abs(ratio.mean() - 1) < 5 * standard_error(ratio)


def test_the_errors_are_as_large_as_they_say(bounds):
    for off, error in bounds["many"]:
        assert 0.8 < off.std() / error.mean() < 1.25


def test_another_base_gives_the_same(rng):
    rbm = rbm_of(rng, 10, 5)
    found = log_z_lower(rbm, KEY, temperatures=200, base=jnp.linspace(-1, 1, 10))
    assert abs(found.log_z - rbm.log_z()) < 5 * found.error


T, N, H = 3, 3, 2
MASK = jnp.arange(T) < 2
VALUES = jnp.array([[1.0, 0, 1], [0, 1, 1], [1, 1, 0]])


@pytest.fixture
def network(rng) -> SequenceModel:
    model = SequenceModel(Identity(N), Elman(N, 3, rng=rng), RBMHead(3, N, H, rng=rng))
    return jax.tree.map(lambda w: jnp.asarray(rng.normal(0, 0.7, w.shape), w.dtype), model)


@eqx.filter_jit
def losses(network, key=KEY, values=VALUES, objective=ContrastiveDivergence(30)):
    return objective(network, Example(values, MASK), network.start(), key, jnp.array(0))[0]


@pytest.mark.usefixtures("double")
def test_contrastive_divergence_has_the_gradient_of_log_p_in_the_mean(network):
    """After 30 steps, every weight of it, within five standard errors; the key is fixed."""

    @jax.jit
    @jax.vmap
    def slope(key):
        return ravel_pytree(jax.grad(lambda network: losses(network, key).sum())(network))[0]

    def exact(network):
        return nll(network.unroll(VALUES, mask=MASK).distribution, VALUES, MASK).sum()

    expected, found = (
        ravel_pytree(jax.grad(exact)(network))[0],
        slope(jax.random.split(KEY, 10_000)),
    )
    error = found.std(0) / np.sqrt(len(found))
    assert (abs(found.mean(0) - expected) <= 5 * error + 1e-12).all()
    # A gradient of zeros would not have passed.
    assert (abs(expected) > 10 * error + 1e-6).sum() > 12


@pytest.mark.usefixtures("double")
def test_its_values_are_the_pseudo_likelihood_in_the_mean(network):
    rbm = network.unroll(VALUES, mask=MASK).distribution
    turned = abs(VALUES[:, None] - jnp.eye(N))
    each = jax.vmap(lambda r, y, ys: r.free_energy(y) - r.free_energy(ys))(rbm, VALUES, turned)
    expected = np.where(MASK, np.logaddexp(0, each).sum(1), 0)
    found = jax.jit(jax.vmap(partial(losses, network)))(jax.random.split(KEY, 4000))
    np.testing.assert_allclose(found.mean(0), expected, atol=5 * found.std(0).max() / 4000**0.5)


def test_nothing_behind_the_mask_has_an_influence(network):
    spoilt = VALUES.at[2].set(jnp.nan)
    slopes = [jax.grad(lambda n, v=v: losses(n, KEY, v).sum())(network) for v in (VALUES, spoilt)]
    for a, b in zip(*map(jax.tree.leaves, slopes), strict=True):
        np.testing.assert_array_equal(a, b)
    assert losses(network, KEY, spoilt)[2] == 0


def test_a_model_of_anything_else_is_refused(network, rng):
    other = eqx.tree_at(lambda m: m.emission, network, BernoulliHead(3, N, rng=rng))
    with pytest.raises(TypeError, match="Bernoulli is no RBM"):
        losses(other)


def test_a_head_shifts_the_biases_and_shares_the_matrix(rng):
    head = RBMHead(3, N, H, rng=rng, steps=4)
    model = SequenceModel(Identity(N), Elman(N, 3, rng=rng), head)
    found = model.unroll(VALUES).distribution
    assert isinstance(found, RBM) and found.steps == 4
    assert found.b.shape == (T, N) and found.c.shape == (T, H) and found.W.shape == (T, H, N)
    named = roles(head)
    assert (named.W, named.visible.W, named.hidden.W) == (Role.TABLE, Role.OUTPUT, Role.HIDDEN)

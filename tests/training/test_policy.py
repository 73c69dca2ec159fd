"""Policy gradients: proved by enumeration of all sentences, and what no gradient goes through."""

from functools import partial
from itertools import product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from reverie.cells import GRU
from reverie.concepts import Condition, Example
from reverie.cores import Dropout
from reverie.distributions import WithValue
from reverie.emissions import BernoulliHead, CategoricalHead, WithBaseline
from reverie.feedbacks import OneHot
from reverie.model import SequenceModel, nll
from reverie.rollout import rollout
from reverie.samplers import Greedy, Primed, Sample
from reverie.stop import OnSymbol
from reverie.training.objectives import ScheduledSampling, TeacherForcing
from reverie.training.policy import Mixer, SelfCritical
from reverie.training.rewards import Reward, SentenceBLEU
from reverie.training.schedules import Annealed, NeverForcing

V, T, H = 3, 4, 3
STOP, BLEU = OnSymbol(0), SentenceBLEU(2)
TRUTH, MASK = jnp.array([1, 2, 0, 7]), jnp.arange(T) < 3
"""Three real elements; a sentence of the model may be longer, up to T."""
ALL = jnp.array(list(product(range(V), repeat=T)), jnp.int32)
KEY = jax.random.key(0)


@pytest.fixture
def network(rng) -> SequenceModel:
    """Its baseline expects something else at every step, and its state can be noisy."""
    core = Dropout(GRU(V, H, rng=rng), V, H, 0.2, 0.2)
    emission = WithBaseline(CategoricalHead(H, V, rng=rng), H)
    model = SequenceModel(OneHot(V), core, emission)
    return jax.tree.map(lambda w: jnp.asarray(rng.normal(0, 0.7, w.shape), w.dtype), model)


@eqx.filter_jit
def losses(objective, network, key=KEY, truth=TRUTH, mask=MASK):
    """Those of one sentence, with the same noise for every key."""
    begin = network.start(key=KEY)
    return objective(network, Example(truth, mask), begin, key, jnp.array(0))[0]


@partial(jax.jit, static_argnums=(1, 2))
def exact(network, forced: int, expecting: bool):
    """-E[r] and the squared error of the baseline, over all sentences that begin like the truth.

    They are read to the limit: what is behind an end sums to one.
    """
    read = jax.vmap(lambda values: network.unroll(values, network.start(key=KEY)).distribution)(ALL)
    nats, own = -read.log_prob(ALL), jnp.arange(T) >= forced
    with_eos = ALL == 0
    lengths = jnp.where(with_eos.any(1), with_eos.argmax(1) + 1, T)
    rewards = jax.vmap(BLEU, (0, 0, None, None))(ALL, lengths, TRUTH, 3)
    begun = (ALL[:, :forced] == TRUTH[:forced]).all(1)
    p = begun * jnp.exp(-jnp.where(own, nats, 0.0).sum(1))
    squares = (rewards[:, None] - read.expected) ** 2
    real = own & (jnp.arange(T) < lengths[:, None])
    errors = jnp.where(real, squares, 0.0).sum(1) * expecting
    given = jnp.where(own, 0.0, nats)[jnp.argmax(begun)].sum()
    return given - p @ rewards + jax.lax.stop_gradient(p) @ errors


@pytest.mark.parametrize(
    ("objective", "forced"),
    [
        (SelfCritical(BLEU, STOP), 0),
        (Mixer(BLEU, STOP, lambda update: 99), 0),
        (Mixer(BLEU, STOP, lambda update: 2), 1),
    ],
    ids=["self-critical", "mixer-alone", "mixer-after-the-truth"],
)
@pytest.mark.usefixtures("double")
def test_the_gradient_is_that_of_the_expected_reward(objective, forced, network):
    """Every weight of it, within five standard errors; the key is fixed."""
    slopes = jax.grad(exact)(network, forced, isinstance(objective, Mixer))
    slope = jax.grad(lambda network, key: losses(objective, network, key).sum())
    drawn = jax.jit(jax.vmap(slope, (None, 0)))(network, jax.random.split(KEY, 10_000))
    expected, found = ravel_pytree(slopes)[0], jax.vmap(lambda each: ravel_pytree(each)[0])(drawn)
    error = found.std(0) / np.sqrt(len(found))
    assert (abs(found.mean(0) - expected) <= 5 * error + 1e-12).all()
    # A gradient of zeros would not have passed.
    assert (abs(expected) > 10 * error + 1e-6).sum() > 12


def same(a, b) -> None:
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_array_equal(x, y)


def test_with_no_own_steps_a_mixer_is_teacher_forcing(network):
    """Wherever the truth ends, and with whatever it ends; the baseline then learns nothing."""

    @jax.jit
    @jax.vmap
    def both(truth, mask):
        def slope(objective):
            return jax.value_and_grad(lambda n: losses(objective, n, KEY, truth, mask).sum())

        objectives = Mixer(BLEU, STOP, Annealed(1, 1)), TeacherForcing()
        return tuple(slope(objective)(network) for objective in objectives)

    truths = jnp.array([[1, 2, 0, 7], [1, 2, 2, 1], [1, 0, 2, 7], [1, 1, 1, 1]])
    masks = jnp.arange(T) < jnp.array([[3], [4], [3], [0]])
    mixed, forced = both(truths, masks)
    same(mixed, forced)
    assert not mixed[1].emission.w.any() and mixed[1].core.core.U.any()


def test_what_is_forced_is_learned_even_behind_a_stop(network):
    truth = jnp.array([0, 1, 2, 7])
    found = losses(Mixer(BLEU, STOP, lambda update: 1), network, truth=truth)
    forced = losses(TeacherForcing(), network, truth=truth)
    np.testing.assert_allclose(found, [*forced[:2], 0, 0], rtol=1e-5)


def test_no_gradient_of_the_baseline_reaches_what_it_looks_at(network):
    def expected(network):
        distribution = network.unroll(TRUTH, mask=MASK).distribution
        assert isinstance(distribution, WithValue)
        return distribution.expected.sum()

    slope = jax.grad(expected)(network)
    assert slope.emission.w.all() and slope.emission.b == T
    rest = eqx.tree_at(lambda n: (n.emission.w, n.emission.b), slope, (0.0, 0.0))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(rest))


def test_a_sharper_distribution_expects_the_same_reward(network):
    distribution = network.unroll(TRUTH, mask=MASK).distribution
    for other in (distribution.sharpen(1.0), distribution.reweight(distribution.log_probs())):
        assert isinstance(other, WithValue)
        np.testing.assert_array_equal(other.expected, distribution.expected)


def test_a_sentence_is_as_good_as_it_is_better_than_the_greedy_one(network):
    @jax.jit
    @jax.vmap
    def both(key):
        def drawn(draw):
            return rollout(network, draw, T, key=key, carry=network.start(key=KEY), stop=STOP)

        sampled, greedy = drawn(Sample()), drawn(Greedy())
        rewards = [BLEU(each.values, each.length, TRUTH, 3) for each in (sampled, greedy)]
        expected = -(rewards[0] - rewards[1]) * sampled.log_probs
        return losses(SelfCritical(BLEU, STOP), network, key), expected, rewards[1]

    found, expected, greedy = both(jax.random.split(KEY, 32))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert greedy.all() and (found > 0).any() and (found < 0).any()


class High(Reward):
    """Any reward will do: this one, of large symbols, does not ask for the truth."""

    def __call__(self, values, length, truth, truth_length):
        return jnp.where(jnp.arange(len(values)) < length, values, 0).mean() / V


@pytest.mark.parametrize(
    ("objective", "draw"),
    [
        (SelfCritical(High(), STOP), Sample()),
        (Mixer(High(), STOP, lambda update: 2), Primed(TRUTH, length=jnp.array(1))),
    ],
    ids=["self-critical", "mixer"],
)
def test_behind_the_end_there_is_nothing(objective, draw, network):
    """Neither behind the end of a sentence, nor where a row has none and only fills a batch."""

    @jax.jit
    @jax.vmap
    def both(key):
        drawn = rollout(network, draw, T, key=key, carry=network.start(key=KEY), stop=STOP)
        empty = losses(objective, network, key, mask=jnp.zeros(T, bool))
        return drawn.length, losses(objective, network, key), empty

    lengths, found, empty = both(jax.random.split(KEY, 64))
    behind = jnp.arange(T) >= lengths[:, None]
    assert jnp.isfinite(found).all() and not found[behind].any() and not empty.any()
    # With all ends that there can be, and most losses in front of them not 0.
    assert set(lengths.tolist()) == set(range(1 + isinstance(objective, Mixer), T + 1))
    assert (found[~behind] != 0).mean() > 0.5


def test_a_limit_lets_sentences_be_longer_or_shorter_than_the_truth(network):
    for limit in (2, 6):
        assert losses(SelfCritical(BLEU, STOP, limit), network).shape == (limit,)


def test_a_mixer_needs_a_model_that_expects_a_reward(network, rng):
    plain = eqx.tree_at(lambda n: n.emission, network, network.emission.emission)
    with pytest.raises(TypeError, match="Categorical expects no reward"):
        losses(Mixer(BLEU, STOP, lambda update: 2), plain)
    with pytest.raises(TypeError, match="Bernoulli cannot be listed"):
        WithBaseline(BernoulliHead(H, 3, rng=rng), H)(jnp.zeros(H), Condition())


def test_always_from_the_model_the_truth_is_only_what_is_asked_for(network):
    """Each -log p(y_t) is that of the same drawn past, whatever the truth was before."""
    found = [
        losses(ScheduledSampling(probability), network, truth=truth)
        for probability in (NeverForcing(), lambda update: 0.0)
        for truth in (TRUTH, TRUTH.at[0].set(2))
    ]
    same(found[:2], found[2:])
    assert found[0][0] != found[1][0]
    same(found[0][1:], found[1][1:])
    forced = nll(network.unroll(TRUTH, network.start(key=KEY)).distribution, TRUTH, MASK)
    assert not np.allclose(found[0], forced)


def test_own_steps_grow_as_in_the_paper():
    own = Annealed(begin=10, every=5, step=3)
    assert [int(own(update)) for update in (0, 9, 10, 14, 15, 24, 25)] == [0, 0, 3, 3, 6, 9, 12]

"""Beam search against the list of all sequences, and against greedy."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import GRU
from reverie.concepts import Condition
from reverie.emissions import BernoulliHead, CategoricalHead
from reverie.feedbacks import Conditioned, Embedding, Identity, OneHot
from reverie.model import SequenceModel
from reverie.rollout import rollout
from reverie.samplers import Greedy
from reverie.search.beam import LengthPenalty, Search, beam, mean, total
from reverie.stop import Never, OnSymbol

V, L, END = 3, 4, 0
search = eqx.filter_jit(beam)
NORMALISERS = {
    "total": total,
    "mean": mean,
    "gnmt": LengthPenalty(0.7),
    "negative": LengthPenalty(-1.0),
}


def make(seed: int, sharpness: float = 4.0) -> SequenceModel:
    """A model with strong opinions, so that width matters."""
    rng = np.random.default_rng(seed)
    emission = CategoricalHead(4, V, rng=rng)
    emission = eqx.tree_at(lambda e: e.linear.W, emission, sharpness * emission.linear.W)
    return SequenceModel(Embedding(V, 3, rng=rng), GRU(3, 4, rng=rng), emission)


@eqx.filter_jit
def log_probs_of(model, sequences):
    """log p of each element of every sequence, (N, L)."""
    return jax.vmap(lambda v: model.unroll(v).distribution.log_prob(v))(sequences)


def best_of_all(model, normalise, stop: bool) -> list[tuple[float, tuple[int, ...], bool]]:
    """(score, values, finished) of every hypothesis there is: finished ones first, best first."""
    sequences = list(itertools.product(range(V), repeat=L))
    each = np.asarray(log_probs_of(model, jnp.array(sequences)), float)
    found = {}
    for values, log_probs in zip(sequences, each, strict=True):
        finished = stop and END in values
        length = values.index(END) + 1 if finished else L
        score = float(normalise(log_probs[:length].sum(), length))
        found[values[:length]] = (score, values[:length], finished)
    return sorted(found.values(), key=lambda h: (not h[2], -h[0]))


@pytest.mark.parametrize("normalise", NORMALISERS.values(), ids=NORMALISERS)
@pytest.mark.parametrize("stop", [Never(), OnSymbol(END)], ids=["never", "at"])
def test_full_width_finds_the_best_of_all(normalise, stop):
    """W = V^L holds every hypothesis: the whole list is right, in order."""
    for seed in range(3):
        model = make(seed)
        expected = best_of_all(model, normalise, isinstance(stop, OnSymbol))
        found = search(model, V**L, L, stop=stop, normalise=normalise)
        count = len(expected)
        np.testing.assert_allclose(found.scores[:count], [e[0] for e in expected], rtol=1e-4)
        for row, (_, values, finished) in enumerate(expected[:5]):
            assert found.values[row][: len(values)].tolist() == list(values)
            assert int(found.lengths[row]) == len(values)
            assert bool(found.finished[row]) == finished
        assert bool(jnp.all(found.scores[count:] == -jnp.inf))
        assert not found.finished[count:].any() and not found.lengths[count:].any()


@pytest.mark.parametrize("normalise", NORMALISERS.values(), ids=NORMALISERS)
def test_width_one_is_greedy(normalise):
    for seed in range(8):
        model = make(seed, 6.0)
        greedy = rollout(model, Greedy(), L, key=jax.random.key(0), stop=OnSymbol(END))
        found = search(model, 1, L, stop=OnSymbol(END), normalise=normalise)
        length = int(greedy.length)
        assert int(found.lengths[0]) == length and bool(found.finished[0]) == bool(greedy.finished)
        np.testing.assert_array_equal(found.values[0, :length], greedy.values[:length])
        np.testing.assert_allclose(found.log_probs[0], greedy.log_probs.sum(), rtol=1e-4)


def test_what_is_said_of_a_hypothesis_is_so():
    """log p is that of a reading, the score is its normalisation, the order is by score."""
    found = search(make(1), 4, 6, stop=OnSymbol(END), normalise=mean)
    for values, log_prob, score, length, finished in zip(*found, strict=True):
        values = values[: int(length)]
        read = make(1).unroll(values).distribution.log_prob(values).sum()
        np.testing.assert_allclose(log_prob, read, rtol=1e-4)
        np.testing.assert_allclose(score, log_prob / length, rtol=1e-6)
        assert (int(values[-1]) == END) == bool(finished)
        assert END not in values[:-1].tolist()
    assert found.finished.tolist() == sorted(found.finished.tolist(), reverse=True)
    done = np.asarray(found.scores)[np.asarray(found.finished)]
    assert np.all(np.diff(done) <= 0)


def test_wider_is_never_worse_than_full_and_no_hypothesis_comes_twice():
    model = make(2)
    best = best_of_all(model, total, True)[0][0]
    for width in (2, 5, 30):
        found = search(model, width, L, stop=OnSymbol(END))
        assert float(found.scores[0]) <= best + 1e-5
        rows = [
            tuple(v[:n].tolist()) for v, n in zip(found.values, found.lengths, strict=True) if n
        ]
        assert len(rows) == len(set(rows))


def test_it_ends_as_soon_as_nothing_can_be_won():
    """The end is certain at once: a limit that would take minutes."""
    model = make(0)
    certain = eqx.tree_at(lambda m: m.emission.linear.b, model, jnp.array([60.0, 0.0, 0.0]))
    for normalise in (total, mean, LengthPenalty(1.0)):
        found = search(certain, 1, 10**6, stop=OnSymbol(END), normalise=normalise)
        assert int(found.lengths[0]) == 1 and bool(found.finished[0])
    found = search(certain, 3, 1000, stop=OnSymbol(END))
    assert found.finished.all()


def test_where_nothing_finishes_the_best_unfinished_are_given():
    model = make(0)
    never = eqx.tree_at(lambda m: m.emission.linear.b, model, jnp.array([-jnp.inf, 0.0, 0.0]))
    found = search(never, 20, L, stop=OnSymbol(END))
    count = (V - 1) ** L
    assert not found.finished.any() and found.lengths[:count].tolist() == [L] * count
    assert bool(jnp.all(found.log_probs[:count] > -jnp.inf))
    assert not found.lengths[count:].any() and bool(jnp.all(found.log_probs[count:] == -jnp.inf))
    assert END not in found.values[:count].tolist()[0]


def test_rows_of_a_batch_are_the_searches_alone():
    rng = np.random.default_rng(0)
    model = SequenceModel(
        Conditioned(OneHot(V)), GRU(V + 4, 4, rng=rng), CategoricalHead(4, V, rng=rng)
    )
    vectors, steps = rng.normal(size=(3, 2)), rng.normal(size=(3, L, 2))
    conditions = Condition(vector=jnp.asarray(vectors), steps=jnp.asarray(steps))

    def one(condition):
        return beam(model, 2, L, condition=condition, stop=OnSymbol(END), normalise=mean)

    together = jax.jit(jax.vmap(one))(conditions)
    for row in range(3):
        alone = one(jax.tree.map(lambda a, row=row: a[row], conditions))
        np.testing.assert_allclose(together.scores[row], alone.scores, rtol=1e-5)
        np.testing.assert_array_equal(together.lengths[row], alone.lengths)


def test_it_goes_on_from_a_carry():
    model = make(3)
    carry = model.unroll(jnp.array([1, 2])).carry
    found = search(model, V**2, 2, carry=carry)
    whole = np.asarray(
        log_probs_of(model, jnp.array([[1, 2, *p] for p in itertools.product(range(V), repeat=2)]))
    )
    np.testing.assert_allclose(found.log_probs, sorted(whole[:, 2:].sum(1))[::-1], rtol=1e-4)


def test_what_cannot_be_searched_is_refused():
    rng = np.random.default_rng(0)
    bits = SequenceModel(Identity(2), GRU(2, 3, rng=rng), BernoulliHead(3, 2, rng=rng))
    with pytest.raises(TypeError, match="Enumerable distribution, not Bernoulli"):
        beam(bits, 2, 3)
    for width, limit in ((0, 3), (2, 0)):
        with pytest.raises(ValueError, match="at least 1"):
            beam(make(0), width, limit)


@pytest.mark.parametrize("normalise", [mean, LengthPenalty(-1.0)], ids=["mean", "negative"])
def test_ending_early_loses_nothing(normalise, monkeypatch):
    """The same list as of a search that always goes on to the limit."""
    pairs = [(make(seed), width) for seed in (0, 1) for width in (1, 3)]
    early = [search(m, w, 7, stop=OnSymbol(END), normalise=normalise) for m, w in pairs]
    monkeypatch.setattr(Search, "is_running", lambda self, progress: progress.t < self.limit)
    late = [beam(m, w, 7, stop=OnSymbol(END), normalise=normalise) for m, w in pairs]
    for a, b in zip(early, late, strict=True):
        np.testing.assert_array_equal(a.finished, b.finished)
        np.testing.assert_array_equal(a.scores[a.finished], b.scores[b.finished])

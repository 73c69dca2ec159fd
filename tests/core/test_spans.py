"""Spans as sequences of two places: normalised, searched, and blind to padding."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.attention import Additive
from reverie.cells import GRU
from reverie.concepts import Condition
from reverie.cores import Bidirectional, Dropout, Matching, Pointer
from reverie.cores.attentive import attention_states
from reverie.emissions import PlaceSoftmax
from reverie.encoders import MarkedWords, Passage, PassageEncoder
from reverie.feedbacks import Begun, Pointed
from reverie.layers import Role, roles
from reverie.model import SequenceModel, nll
from reverie.rollout import rollout
from reverie.samplers import Sample
from reverie.search.beam import beam
from reverie.search.constraints import OneSpan

V, X, N, H, S, Q = 5, 3, 2, 4, 4, 3


def make(rng, forget=0.0, dropout=0.0):
    def reader():
        return Dropout(GRU(X + N, H, rng=rng), X + N, H, dropout)

    def matching():
        return Matching(GRU(2 * H, H, rng=rng), 2 * H, H, 2 * H, 3, rng=rng)

    pair = Bidirectional(reader(), reader()), Bidirectional(matching(), matching())
    model = SequenceModel(
        Begun(Pointed(), 2 * H, 2 * H, rng=rng),
        Pointer(GRU(2 * H, H, rng=rng), Additive(H, 2 * H, 3, rng=rng)),
        PlaceSoftmax(),
        PassageEncoder(V, X, *pair, rng=rng, forget=forget),
    )
    # Far from even, so that the best span is not any other.
    return jax.tree.map(lambda a: 3 * a, model)


def make_source(rng):
    def text(size):
        return MarkedWords.of(
            rng.integers(1, V, size), rng.integers(0, 2, (size, N)).astype(np.float32)
        )

    return Passage(text(S), text(Q))


def pad_badly(source):
    """With padding that would be seen if it were read."""
    padded = source.pad(0, S + 3).pad_question(Q + 2)

    def spoil(words):
        marks = np.where(words.mask[:, None], words.marks, np.nan)
        return words._replace(values=np.where(words.mask, words.values, V - 1), marks=marks)

    return Passage(*map(spoil, padded))


@eqx.filter_jit
def losses(model, source, spans):
    condition = model.condition(source)

    def of(span):
        return nll(model.unroll(span, condition=condition).distribution, span).sum()

    return jax.vmap(of)(spans)


def all_spans(size):
    return jnp.array(list(itertools.product(range(size), repeat=2)))


def test_padding_has_no_influence_and_no_probability(rng):
    model, source = make(rng), make_source(rng)
    found = losses(model, source, all_spans(S))
    assert float(jnp.exp(-found).sum()) == pytest.approx(1, rel=1e-5)
    assert float(found.std()) > 0.1
    padded, spans = pad_badly(source), all_spans(S + 3)
    inside = (spans < S).all(1)
    again = losses(model, padded, spans)
    np.testing.assert_allclose(again[inside], found, rtol=2e-5)
    assert (again[~inside] == jnp.inf).all()

    def total(model, source):
        return losses(model, source, jnp.array([[1, 2], [0, 3]])).sum()

    slopes = [eqx.filter_grad(total)(model, each) for each in (source, padded)]
    for one, other in zip(*map(jax.tree.leaves, slopes), strict=True):
        assert np.isfinite(other).all() and one.any()
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_a_row_of_padding_alone_spoils_no_gradient(rng):
    model, source = make(rng), make_source(rng)
    empty = jax.tree.map(lambda a: np.zeros_like(a), source)
    batch = jax.tree.map(lambda *rows: np.stack(rows), source, empty)

    def loss(model):
        def of(source, mask):
            condition = model.condition(source)
            values = jnp.array([1, 2])
            read = model.unroll(values, condition=condition, mask=mask)
            return nll(read.distribution, values, mask).sum()

        return jax.vmap(of)(batch, jnp.array([[True, True], [False, False]])).sum()

    value, slope = eqx.filter_jit(eqx.filter_value_and_grad(loss))(model)
    assert float(value) == pytest.approx(float(losses(model, source, jnp.array([[1, 2]]))[0]))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))


@pytest.mark.parametrize("longest", [1, 2, S])
def test_the_beam_finds_the_best_span(rng, longest):
    model, source = make(rng), pad_badly(make_source(rng))
    found = -losses(model, source, all_spans(S)).reshape(S, S)
    spans = [(f, g) for f in range(S) for g in range(f, min(f + longest, S))]
    expected = sorted(((float(found[span]), span) for span in spans), reverse=True)
    condition = model.condition(source)
    beams = eqx.filter_jit(beam)(
        model, S * S, 2, condition=condition, constraint=OneSpan(jnp.array(longest))
    )
    values = list(map(tuple, beams.values[: len(spans)].tolist()))
    assert values == [span for _, span in expected]
    np.testing.assert_allclose(
        beams.log_probs[: len(spans)], [score for score, _ in expected], rtol=1e-4
    )
    assert not beams.lengths[len(spans) :].any()


def test_a_sample_is_a_place_and_the_state_says_where_it_looked(rng):
    model, source = make(rng), pad_badly(make_source(rng))
    condition = model.condition(source)
    drawn = rollout(model, Sample(), 2, key=jax.random.key(0), condition=condition)
    assert (drawn.values < S).all()
    (state,) = attention_states(drawn.states)
    np.testing.assert_allclose(state.alpha.sum(1), 1, rtol=1e-5)
    assert not state.alpha[:, S:].any()
    picked = jnp.take_along_axis(state.alpha, drawn.values[:, None], 1)[:, 0]
    np.testing.assert_allclose(jnp.log(picked), drawn.log_probs, rtol=1e-4)


def test_words_that_are_forgotten_are_unknown_in_both_texts(rng):
    encoder, source = make(rng, forget=1.0).encoder, make_source(rng)
    unknown = Passage(*(text._replace(values=np.zeros_like(text.values)) for text in source))
    told, blind = encoder(source, key=jax.random.key(0)), encoder(unknown)
    jax.tree.map(np.testing.assert_array_equal, told, blind)
    assert not np.array_equal(encoder(source).vector, blind.vector)


def test_a_key_makes_the_reading_noisy(rng):
    encoder, source = make(rng, dropout=0.5).encoder, make_source(rng)
    keys = (None, None, jax.random.key(0), jax.random.key(1))
    one, same, *noisy = (np.asarray(encoder(source, key=key).memory.keys) for key in keys)
    np.testing.assert_array_equal(one, same)
    assert all(not np.array_equal(a, b) for a, b in itertools.combinations((one, *noisy), 2))


def test_what_is_pointed_at_is_no_raw_data(rng):
    core = Pointer(GRU(3, H, rng=rng), Additive(H, 2, 3, rng=rng))
    model = SequenceModel(Pointed(), core, PlaceSoftmax())
    assert roles(model).core.cell.W is Role.INPUT


@pytest.mark.parametrize("part", ["feedback", "core", "emission"])
def test_without_a_memory_it_is_told(rng, part):
    model = make(rng)
    calls = {
        "feedback": lambda: Pointed()(jnp.array(0), jnp.array(False), Condition()),
        "core": lambda: model.core.initial_state(Condition()),
        "emission": lambda: PlaceSoftmax()(jnp.zeros(S), Condition()),
    }
    with pytest.raises(ValueError, match="memory"):
        calls[part]()

"""What is known of a piece in voices: it is all that tells, and the chance of what is known."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import GRU
from reverie.check.frequency import Tally, check_counts
from reverie.cores import Bidirectional
from reverie.encoders.voices import Known, KnownVoices, draw_given

S, P, V, N, X, H = 5, 3, 7, 4, 2, 3
"""Steps, voices, symbols, places, and the widths of a symbol's vector and of a reading layer."""
D = 2 * H


@pytest.fixture(scope="module")
def encoder() -> KnownVoices:
    rng = np.random.default_rng(1)
    ends = (GRU((P + 1) * X + 1, H, rng=rng) for _ in range(2))
    return KnownVoices(V, N, X, Bidirectional(*ends), rng=rng)


@pytest.fixture
def source(rng) -> Known:
    symbols = rng.integers(0, V, (S, P)).astype(np.int32)
    places = rng.integers(0, N, S).astype(np.int32)
    return Known.of(symbols, places, rng.random(S) < 0.5, rng.random((S, P)) < 0.5)


@eqx.filter_jit
def rows(encoder, source, key=None):
    """What the encoder tells, a row for each voice of each step."""
    return encoder(source, key=key).steps


def with_given(source, step, voice, value) -> Known:
    given = source.given.copy()
    given[step, voice] = value
    return source._replace(given=given)


def with_other(source, step, voice) -> Known:
    symbols = source.symbols.copy()
    symbols[step, voice] = (symbols[step, voice] + 1) % V
    return source._replace(symbols=symbols)


@pytest.mark.usefixtures("double")
def test_it_is_its_twin(encoder, source):
    encoder = jax.tree.map(lambda a: jnp.asarray(a, float), encoder)
    E, places = np.asarray(encoder.E), np.asarray(encoder.E_place)
    known = [
        [E[symbol if given else V] for symbol, given in zip(*both, strict=True)]
        for both in zip(source.symbols, source.given, strict=True)
    ]
    xs = [
        np.concatenate([*known[s], places[source.places[s]], [float(source.held[s])]])
        for s in range(S)
    ]
    outs, _ = encoder.core(jnp.asarray(xs))
    # Step by step, and in each of them voice by voice.
    expected = [
        np.concatenate([outs[s], np.eye(P)[voice], known[s][voice]])
        for s in range(S)
        for voice in range(P)
    ]
    found = rows(encoder, source)
    assert found.shape == (S * P, D + P + X)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_what_is_not_given_has_no_influence_and_what_is_given_has(encoder, source):
    for step, voice in np.ndindex(S, P):
        for given in (False, True):
            one = with_given(source, step, voice, given)
            same = rows(encoder, one) == rows(encoder, with_other(one, step, voice))
            # What is given tells every step, before it and behind it.
            assert bool(same.all()) != given
            assert same.all(1).any() != given
    other = source._replace(held=~source.held)
    assert not (rows(encoder, other) == rows(encoder, source)).all(1).any()
    other = source._replace(places=(source.places + 1) % N)
    assert not (rows(encoder, other) == rows(encoder, source)).all(1).any()


def test_a_given_symbol_is_in_its_own_row(encoder, source):
    found = np.asarray(rows(encoder, source)).reshape(S, P, -1)[..., -X:]
    E = np.asarray(encoder.E)
    np.testing.assert_array_equal(found[source.given], E[source.symbols[source.given]])
    np.testing.assert_array_equal(found[~source.given], E[[V] * (~source.given).sum()])


def test_nothing_behind_the_mask_has_an_influence(encoder, source, rng):
    real = 3
    short = Known(*(field[:real] for field in source))
    padded = short.pad(0, S)
    assert short.memory_size == real and padded.memory_size == S
    assert padded.mask.tolist() == [True] * real + [False] * (S - real)
    noisy = source._replace(mask=padded.mask)
    expected = rows(encoder, short)
    for each in (padded, noisy):
        np.testing.assert_allclose(rows(encoder, each)[: real * P], expected, rtol=1e-5, atol=1e-6)

    def total(encoder, each):
        return (encoder(each).steps[: real * P] ** 2).sum()

    slopes = [eqx.filter_jit(jax.grad(total))(encoder, each) for each in (padded, noisy)]
    for a, b in zip(*map(jax.tree.leaves, slopes), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_without_what_is_given_nothing_is():
    known = Known.of(np.ones((S, P), np.int32), np.zeros(S, np.int32), np.zeros(S, bool))
    assert not known.given.any() and known.given.shape == (S, P) and known.mask.all()


# What is known by chance.

REAL, LONG = 4, 16
"""Behind the mask there is room, so that the last step tells which kind of drawing it was."""
DRAWS = 2**15


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """What was given in each of many drawings, (DRAWS, LONG, P)."""
    mask = jnp.arange(LONG) < REAL
    keys = jax.random.split(jax.random.key(0), DRAWS)
    return np.asarray(jax.jit(jax.vmap(lambda key: draw_given(key, mask, P)))(keys))


@pytest.fixture(scope="module")
def kinds(drawn) -> np.ndarray:
    """0: nothing, 1: the first voice, 2: all but a part; (DRAWS,)."""
    names = {(0, 0, 0): 0, (1, 0, 0): 1, (1, 1, 1): 2}
    return np.array([names[tuple(last)] for last in drawn[:, -1].astype(int).tolist()])


def check_frequent(seen, mass) -> None:
    mass = np.asarray(mass, float)
    check_counts(Tally(mass, np.zeros(len(mass)), np.asarray(seen), 0), 1e-6)


def test_a_third_each_is_nothing_the_first_voice_or_all_but_a_part(drawn, kinds):
    check_frequent(np.bincount(kinds, minlength=3), [1 / 3] * 3)
    assert not drawn[kinds == 0].any()
    assert (drawn[kinds == 1] == (np.arange(P) == 0)).all()


def test_what_is_hidden_is_what_some_voices_do_in_one_stretch(drawn, kinds):
    hidden = ~drawn[kinds == 2]
    stretch, voices = hidden.any(2), hidden.any(1)
    np.testing.assert_array_equal(hidden, stretch[:, :, None] & voices[:, None, :])
    edges = np.abs(np.diff(stretch.astype(int), axis=1, prepend=0, append=0)).sum(1)
    assert (edges == 2).all()
    # Any of the voices, each as often as not; where a coin chose none, all of them.
    pattern = voices @ [4, 2, 1]
    check_frequent(np.bincount(pattern, minlength=8), [0, *[1 / 8] * 6, 2 / 8])
    # Any of the real steps, and nearly always one of them; stretches of any length.
    assert stretch[:, :REAL].any(1).mean() > 0.95
    assert (stretch[:, :REAL].mean(0) > 0.3).all()
    assert set(stretch[:, :REAL].sum(1)) == {0, 1, 2, 3, 4}


def test_with_a_key_what_is_known_is_drawn_and_what_was_given_does_not_matter(encoder, source):
    keys = jax.random.split(jax.random.key(1), 8)
    nothing = source._replace(given=np.zeros((S, P), bool))
    for key in keys:
        found = rows(encoder, source, key)
        np.testing.assert_array_equal(found, rows(encoder, nothing, key))
        given = np.asarray(draw_given(key, jnp.asarray(source.mask), P))
        expected = rows(encoder, source._replace(given=given))
        np.testing.assert_allclose(found, expected, rtol=1e-6)

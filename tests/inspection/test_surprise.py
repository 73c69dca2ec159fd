"""Surprise along a text and by context, against the model's own pass over each stretch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.codecs.characters import Characters
from reverie.codecs.labelled import Labelled
from reverie.codecs.labels import Labels
from reverie.concepts import Condition
from reverie.inspection import context
from reverie.inspection import surprise as module
from reverie.inspection.context import ContextLosses, context_losses, ranges
from reverie.inspection.surprise import Surprise, surprise
from reverie.inspection.surprise_picture import surprise_picture
from reverie.model import nll
from reverie.recipes import recipe
from reverie.settings import change
from reverie.training.evaluation import CHUNK, losses_along

MEDIUM = Labelled(Characters("\nabcdef", "a"), Labels.learn({"kind": ["x", "y", "z"]}))
TOLD = Condition(jnp.asarray(MEDIUM.labels.encode({"kind": "y"})))


@pytest.fixture(scope="module")
def model():
    """An untrained model of labelled texts with strong opinions."""
    system = recipe("reviews")
    config = change(system.Config(), {"hidden": 4, "dropout_out": 0.0})
    model = system.build(config, MEDIUM, rng=np.random.default_rng(0))
    return jax.tree.map(
        lambda a: a + 0.3 * jnp.sin(7.0 * jnp.arange(a.size).reshape(a.shape)), model
    )


@pytest.fixture(scope="module")
def values():
    return np.random.default_rng(1).integers(0, 7, 150).astype(np.int32)


def bits(model, values, told=TOLD):
    """-log2 p of each symbol, from a fresh state, in one pass."""
    read = model.unroll(jnp.asarray(values), model.start(told), told)
    return np.asarray(nll(read.distribution, values)) / np.log(2)


def test_rows_read_in_chunks_are_each_one_pass(model, values):
    assert len(values) > 2 * CHUNK
    rows = np.stack([values, values[::-1]])
    vectors = np.stack([MEDIUM.labels.encode({"kind": kind}) for kind in "xz"])
    found = losses_along(model, rows, Condition(jnp.asarray(vectors))) / np.log(2)
    for row, vector, losses in zip(rows, vectors, found, strict=True):
        np.testing.assert_allclose(losses, bits(model, row, Condition(vector)), atol=1e-5)
    assert losses_along(model, rows[:, :0], Condition(jnp.asarray(vectors))).shape == (2, 0)


def test_a_text_that_is_not_long_is_read_as_one(model, values):
    found = surprise(model, values, TOLD)
    np.testing.assert_array_equal(found.positions, np.arange(150))
    np.testing.assert_allclose(found.bits, bits(model, values), atol=1e-5)
    assert found.summary() == f"150 symbols, {found.bits.mean():.3f} bits each"
    assert surprise(model, values[:1], TOLD).summary().startswith("1 symbol, ")


@pytest.mark.parametrize(("most", "length"), [(1000, 35), (90, 20)])
def test_a_long_text_is_read_in_stretches_that_are_led_up_to(
    model, values, monkeypatch, most, length
):
    for name, value in {"EXACT": 100, "ROWS": 4, "WARM": 10, "MOST": most}.items():
        monkeypatch.setattr(module, name, value)
    values = values[:149]
    found = surprise(model, values, TOLD)
    begins = [int(n * (149 - 10 - length) / 3) for n in range(4)]
    expected = {}
    for number, begin in enumerate(begins):
        stretch = bits(model, values[begin : begin + 10 + length])
        for place in range(10 if number else 0, 10 + length):
            expected.setdefault(begin + place, stretch[place])
    # With room for all of the text, none of it is left out.
    assert len(expected) == (149 if most == 1000 else 90)
    assert found.positions.tolist() == sorted(expected)
    np.testing.assert_allclose(found.bits, [expected[t] for t in found.positions], atol=1e-5)
    assert found.summary().startswith("149 symbols" if most == 1000 else "90 of 149 symbols")


def test_a_running_mean():
    found = Surprise(np.arange(10) + 5, np.arange(10.0) ** 2, 20)
    places, means = found.running(4, 5)
    assert places.tolist() == [7, 9, 11, 13]
    np.testing.assert_allclose(means, [3.5, 13.5, 31.5, 57.5])


def test_each_window_begins_anew(model, values, monkeypatch):
    monkeypatch.setattr(context, "ROWS", 8)
    found = context_losses(model, values, TOLD)
    assert found is not None and found.bits.shape == (16, 9)
    begins = [int(n * 141 / 15) for n in range(16)]
    assert min(np.diff(begins)) >= 9  # no symbol is in two of them
    for begin, row in zip(begins, found.bits, strict=True):
        np.testing.assert_allclose(row, bits(model, values[begin : begin + 9]), atol=1e-5)


def test_windows_are_so_many_and_so_long_at_most(model, values, monkeypatch):
    for name, value in {"ROWS": 8, "LONGEST": 4, "MOST": 30}.items():
        monkeypatch.setattr(context, name, value)
    found = context_losses(model, values, TOLD)
    assert found is not None and found.bits.shape == (24, 4)
    assert context_losses(model, values[:31], TOLD) is None


def test_ranges_grow_and_cover_all_lengths():
    assert ranges(64).tolist() == [0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45]
    assert ranges(50).tolist() == ranges(45).tolist() == [0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32]
    assert [ranges(n).tolist() for n in (2, 4)] == [[0, 1], [0, 1, 2, 3]]


def test_the_curve_is_the_mean_over_windows_and_lengths(rng):
    rows = rng.uniform(0, 8, (20, 11))
    curve = ContextLosses(rows).curve()
    assert curve.contexts.tolist() == [0, 1, 2, 3, 4.5, 6.5, 9]
    np.testing.assert_allclose(curve.bits[[0, 3]], rows[:, [0, 3]].mean(0))
    window_means = rows[:, 8:11].mean(1)
    assert curve.bits[-1] == pytest.approx(window_means.mean())
    assert curve.errors[-1] == pytest.approx(2 * np.std(window_means, ddof=1) / np.sqrt(20))
    told = [rows[:, 0].mean(), rows[:, 1].mean(), window_means.mean()]
    zero, one, ten = (f"{value:.2f}" for value in told)
    expected = f"bits by symbols of context, 0: {zero}, 1: {one}, 10: {ten} (20 windows of 11)"
    assert ContextLosses(rows).summary() == expected


def test_a_short_text_has_bars_above_its_symbols(rng):
    found = Surprise(np.arange(3), np.array([1.0, 4.0, 2.5]), 3)
    (axes,) = surprise_picture(found, ["a", "$", "↵"], None).axes
    assert [bar.get_height() for bar in axes.patches] == [1.0, 4.0, 2.5]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["a", "$", "↵"]
    assert axes.get_title(loc="left") == "surprise: 3 symbols, 2.500 bits each"


def test_a_long_text_has_a_running_mean_and_a_curve(rng):
    found = Surprise(np.arange(40_000), rng.uniform(0, 4, 40_000), 40_000)
    contexts = ContextLosses(rng.uniform(0, 4, (32, 300)))
    above, below = surprise_picture(found, [], contexts).axes
    assert not above.patches and "the mean over 128 at a time" in above.get_title(loc="left")
    (line,) = above.lines
    np.testing.assert_allclose(line.get_ydata()[0], found.bits[:128].mean())
    curve, across = below.lines
    np.testing.assert_allclose(curve.get_ydata(), contexts.curve().bits)
    np.testing.assert_allclose(across.get_ydata(), found.bits.mean())
    assert "32 windows" in below.get_title(loc="left") and below.get_xscale() == "symlog"
    assert [tick.get_text() for tick in below.get_xticklabels()] == [
        str(n) for n in (0, 1, 2, 5, 10, 20, 50, 100, 200)
    ]

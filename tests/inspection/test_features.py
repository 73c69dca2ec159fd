"""Features of a text, by hand; and which units follow them, by planting some that do."""

import numpy as np
import pytest

from reverie.inspection.features import FEATURES, correlate, features, select_units, standardise

TEXT = 'He said "so, (a [b])" and\n\n  ran, TRYING 42 www.a.b it.\n'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("inside quotes", 'a"b"c“d”"\n\ne', "011001101100"),
        ("inside brackets", "a(b[c])d)(", "0111110001"),
        ("bracket depth", "a(b[c])d)(", "0112210001"),
        ("position in line", "ab\nc\n", "12010"),
        ("indentation", " \ta b\n c\n\nd", "12222011000"),
        ("after a newline", "a\n\nb", "0110"),
        ("run of capitals", "Aa BBB C", "00001100"),
        ("letters of the word", "ab c1d", "120101"),
        ("digit", "a1 2", "0101"),
        ("word in -ing", "ing King kingIng", "0000000100001001"),
        ("word in -ed", "ed red", "000001"),
        ("word in -ly", "only-ly", "0001000"),
        ("inside a URL", "a https://b c www.d e", "000000000110000001100"),
    ],
)
def test_each_feature(name, text, expected):
    found = "".join(f"{value:.0f}" for value in FEATURES[name](text))
    assert found == expected


def test_features_look_at_nothing_that_is_still_to_come():
    for name, computed in FEATURES.items():
        whole = computed(TEXT)
        assert whole.shape == (len(TEXT),), name
        for end in range(len(TEXT) + 1):
            np.testing.assert_array_equal(computed(TEXT[:end]), whole[:end], err_msg=name)


def test_pieces_of_any_length_have_the_feature_of_their_end():
    whole = features(list(TEXT))
    cut = features(["", "He said", ' "so, (a', "", TEXT[15:]])
    assert "word in -ly" not in whole, "it never changes"
    np.testing.assert_array_equal(cut["inside quotes"], whole["inside quotes"][[0, 6, 14, 14, -1]])
    assert features([]) == {} and features(["a"]) == {}


def planted(steps=3000, units=20):
    """Slow noise, and among it a unit that follows one feature and a unit that avoids it."""
    rng = np.random.default_rng(0)
    found = {
        "slow": (np.sin(np.arange(steps) ** 1.2 / 60) > 0).astype(float),
        "fast": rng.integers(0, 2, steps).astype(float),
    }
    noise = np.cumsum(rng.normal(size=(steps, units)), 0)
    noise = noise - np.stack([np.convolve(n, np.ones(99) / 99, "same") for n in noise.T], 1)
    noise[:, 3] = found["slow"] + 0.2 * rng.normal(size=steps)
    noise[:, 7] = -found["fast"]
    return noise, found


def test_units_that_follow_are_found():
    activations, found = planted()
    follows = correlate(activations, found)
    assert follows.features == ["slow", "fast"] and follows.r.shape == (20, 2)
    expected = np.corrcoef(activations.T, np.stack(list(found.values())))[:20, 20:]
    np.testing.assert_allclose(follows.r, expected, atol=1e-5)
    assert set(np.argsort(-follows.lead)[:2]) == {3, 7}
    assert follows.r[3, 0] > 0.9 and follows.r[7, 1] == pytest.approx(-1, abs=1e-5)
    others = np.delete(np.arange(20), [3, 7])
    assert (follows.lead[others] < 0.05).all()


def test_chance_is_greater_for_what_changes_slowly():
    _, found = planted()
    slow = np.cumsum(np.random.default_rng(1).normal(size=(3000, 20)), 0)
    chance = correlate(slow, found).chance
    assert chance[0] > 1.5 * chance[1]


def test_what_is_kept():
    activations, found = planted()
    follows = correlate(activations, found)
    chosen = select_units(follows, activations, 6)
    assert len(set(chosen)) == 6 and {3, 7} <= set(chosen[:3])
    assert int(activations.var(0).argmax()) in chosen
    assert sorted(select_units(follows, activations, 99)) == list(range(20))
    nothing = correlate(activations, {})
    assert nothing.r.shape == (20, 0)
    np.testing.assert_array_equal(
        select_units(nothing, activations, 3), np.argsort(-activations.var(0), kind="stable")[:3]
    )


def test_what_never_varies_follows_nothing():
    assert not standardise(np.ones((5, 2))).any()
    flat = np.ones((50, 1))
    assert not correlate(flat, {"x": np.arange(50.0)}).r.any()

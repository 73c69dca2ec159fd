"""Beliefs: the posterior against a NumPy twin, and a grown model against the one it was."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.codecs.characters import Characters
from reverie.codecs.labelled import Labelled
from reverie.codecs.labels import Labels
from reverie.concepts import Condition
from reverie.errors import InputError
from reverie.model import nll
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import Loaded
from reverie.tasks.labelled_text.build import widen
from reverie.tasks.labelled_text.classify import beliefs, by_level, log_prior, normalise
from reverie.tasks.labelled_text.data import table_reader
from reverie.tasks.labelled_text.table import Table
from reverie.tasks.labelled_text.task import TASK, averages, classify_table
from reverie.training.evaluation import CHUNK

LETTERS = Characters("\nabcdef", "a")
LABELS = Labels.learn({"kind": ["x", "y", "z", "z"], "stars": ["1", "3", "5", "1"]})
MEDIUM = Labelled(LETTERS, LABELS)
SMALL = {"hidden": 6, "dropout_out": 0.0}


def network(seed: int = 0, **options):
    """An untrained model with strong opinions about its labels."""
    system = recipe("reviews")
    config = change(system.Config(), SMALL | options)
    model = system.build(config, MEDIUM, rng=np.random.default_rng(seed))
    return jax.tree.map(
        lambda a: a + 0.3 * jnp.sin(7.0 * jnp.arange(a.size).reshape(a.shape)), model
    )


@pytest.mark.parametrize("condition", ["input", "bias", "both"])
def test_the_posterior_is_that_of_every_class_by_itself(condition):
    model, text = network(condition=condition), "abcde\nfed"
    found = beliefs(model, MEDIUM, text, "kind", given={"stars": "2"})
    expected = posterior(model, text, {kind: {"2": 1.0} for kind in "xyz"})
    np.testing.assert_allclose(np.exp(found), expected, rtol=1e-4)
    np.testing.assert_allclose(np.exp(found).sum(1), 1, rtol=1e-12)
    assert np.ptp(found, 0).max() > 0.01  # the text did say something


def posterior(model, text, stars):
    """p(kind | text so far) with the stars of each kind, which are as probable as is said."""
    values, joint = jnp.asarray(LETTERS.encode(text)), []
    for kind, p in zip("xyz", (0.25, 0.25, 0.5), strict=True):
        read = 0.0
        for star, weight in stars[kind].items():
            told = Condition(jnp.asarray(LABELS.encode({"kind": kind, "stars": star})))
            losses = nll(model.unroll(values, model.start(told), told).distribution, values)
            read = read + weight * np.exp(-np.concatenate([[0], np.cumsum(losses)]))
        joint.append(p * read)
    return np.stack(joint, 1) / np.sum(joint, 0)[:, None]


def test_what_is_not_given_is_averaged_over_as_it_was_seen():
    model, text = network(), "abcde\nfed"
    expected = posterior(model, text, {"x": {"1": 1}, "y": {"3": 1}, "z": {"5": 0.5, "1": 0.5}})
    found = beliefs(model, MEDIUM, text, "kind")
    np.testing.assert_allclose(np.exp(found), expected, rtol=1e-4)
    table = Table("", [text], {"kind": ["y"], "stars": ["2"]})
    last = classify_table(model, MEDIUM, table, 100, "kind")
    np.testing.assert_allclose(last.probabilities[0], expected[-1], rtol=1e-4)
    assert last.truth.tolist() == [1]
    # Only z was ever seen with five stars.
    assert np.exp(beliefs(model, MEDIUM, text, "kind", given={"stars": "5"}))[-1].min() > 0
    stars = np.exp(beliefs(model, MEDIUM, text, "stars", given={"kind": "y"}))
    assert stars.shape == (len(text) + 1, 3) and stars[-1].min() > 0


def test_levels_never_seen_with_what_is_given_are_impossible():
    labels = Labels.learn({"a": ["p", "p", "q"], "b": ["r", "s", "s"], "c": ["t", "u", "u"]})
    ways = labels.hypotheses("a", {"b": "r"})
    assert ways.levels.tolist() == [0] and ways.vectors.tolist() == [[1, 0, 1, 0, 1, 0]]
    found = by_level(np.zeros(1), ways, 2)
    assert found.tolist() == [0, -np.inf]
    assert np.exp(normalise(np.log([0.2, 0.8]) + found)).tolist() == [1, 0]
    with pytest.raises(InputError, match="the label b must be given"):
        Labels(labels.fields).hypotheses("a", {"c": "t"})


def test_a_text_that_is_no_whole_has_no_end():
    labels = {"kind": ["x"] * 2, "stars": ["1"] * 2}
    for whole, most, expected in ((True, 9, [4, 3]), (False, 9, [3, 2]), (False, 2, [2, 2])):
        reader = table_reader(MEDIUM, Table("", ["abc", "de"], labels, whole), 2, most)
        assert [len(example.values) for example in reader.dataset] == expected
        assert (reader.dataset[0].values[-1] == MEDIUM.with_eos.end) == whole


def test_too_many_combinations_are_not_averaged_over():
    column = [str(n % 9) for n in range(81)]
    many = Labels.learn({"m": column, "n": [str(n // 9) for n in range(81)]})
    assert averages(LABELS) and averages(Labels.learn({"m": column})) and not averages(many)


def test_without_a_text_there_is_the_prior():
    model = network()
    for prior, expected in (("uniform", [1 / 3] * 3), ("training", [0.25, 0.25, 0.5])):
        found = beliefs(model, MEDIUM, "", "kind", prior, {"stars": 1})
        np.testing.assert_allclose(np.exp(found), [expected], rtol=1e-12)
    assert np.exp(log_prior((0, 2), "training")).tolist() == [0, 1]


def test_a_long_text_is_read_in_chunks():
    model, text = network(), "abcdef\n" * 80
    assert len(text) > 2 * CHUNK
    whole = beliefs(model, MEDIUM, text, "stars", given={"kind": "x"})
    assert whole.shape == (len(text) + 1, 3)
    begun = beliefs(model, MEDIUM, text[:300], "stars", given={"kind": "x"})
    np.testing.assert_allclose(whole[:301], begun, atol=1e-6)


def test_what_is_missing_is_told():
    with pytest.raises(InputError, match="no label 'mood'"):
        beliefs(network(), MEDIUM, "a", "mood")
    with pytest.raises(InputError, match="does not know"):
        beliefs(network(), MEDIUM, "A", "kind", given={"stars": 1})


@pytest.mark.parametrize("condition", ["input", "bias", "both"])
@pytest.mark.parametrize(
    "options",
    [{}, {"embedding": 3}, {"layers": 2, "skips": True, "cell": "gru"}, {"layer_norm": True}],
    ids=str,
)
def test_a_grown_model_says_what_it_said(condition, options):
    plain = recipe("characters")
    earlier = plain.build(
        change(plain.Config(), SMALL | options), LETTERS, rng=np.random.default_rng(1)
    )
    config = change(recipe("reviews").Config(), SMALL | options | {"condition": condition})
    model = widen(config.network, MEDIUM.size, LABELS.size, earlier, LETTERS.size)
    built = recipe("reviews").build(config, MEDIUM, rng=np.random.default_rng(0))
    shapes = [[a.shape for a in jax.tree.leaves(m)] for m in (model, built)]
    assert shapes[0] == shapes[1]
    values = jnp.asarray(LETTERS.encode("abc\nfedcba"))
    expected = earlier.unroll(values).distribution.log_probs()
    told = Condition(jnp.asarray(LABELS.encode({"kind": "y", "stars": 40})))
    found = model.unroll(values, model.start(told), told).distribution.log_probs()
    np.testing.assert_allclose(found[:, :-1], expected, rtol=0, atol=1e-6)
    assert np.exp(found[:, -1]).max() < 1e-9


def test_networks_that_differ_are_told():
    plain = recipe("characters")
    config = change(recipe("reviews").Config(), SMALL)
    others = ({"hidden": 7}, {"layers": 2}, {"embedding": 3}, {"cell": "peephole-lstm"})
    for options in (*others, {"cell": "gru"}):
        earlier = plain.build(
            change(plain.Config(), SMALL | options), LETTERS, rng=np.random.default_rng(1)
        )
        with pytest.raises(InputError, match="another network"):
            widen(config.network, MEDIUM.size, LABELS.size, earlier, LETTERS.size)


def test_a_model_of_the_same_recipe_without_labels_grows_too(tmp_path):
    (tmp_path / "t.csv").write_text("kind,text\n" + "x,abc\ny,fed\n" * 10)
    system = recipe("reviews")
    config = change(system.Config(), SMALL | {"data": str(tmp_path / "t.csv")})
    untold = Labelled(LETTERS, Labels())
    model = system.build(config, untold, rng=np.random.default_rng(0))
    found = TASK.warm_start(config, Loaded(model, untold, "reviews", config, {}))
    assert found.codec.labels.names == ("kind",) and found.codec.text == LETTERS
    again = TASK.warm_start(config, found)
    assert again is found

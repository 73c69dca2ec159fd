"""Rewards against what they are in plain Python, and BLEU against sacrebleu's."""

from collections import Counter

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from reverie.errors import InputError
from reverie.metrics.cider import cider, count_documents
from reverie.training.rewards import CIDErD, SentenceBLEU, TokenF1

T, U, CASES = 9, 7, 400


def counted(tokens, n: int = 1) -> Counter:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def bleu(tokens, truth, order: int = 4) -> float:
    product = 1.0
    for n in range(1, order + 1):
        found, count = (counted(tokens, n) & counted(truth, n)).total(), len(tokens) - n + 1
        product *= found / count if n == 1 else (found + 1) / (max(count, 0) + 1)
    return min(1.0, np.exp(1 - len(truth) / len(tokens))) * product ** (1 / order)


def f1(tokens, truth) -> float:
    found = (counted(tokens) & counted(truth)).total()
    precision, recall = found / len(tokens), found / len(truth)
    return 2 * precision * recall / (precision + recall) if found else 0.0


def sacre(tokens, truth) -> float:
    """Its words are separated by spaces, and its numbers are per cent."""
    metric = BLEU(tokenize="none", smooth_method="add-k", smooth_value=1, effective_order=True)
    words = (" ".join(f"w{token}" for token in each) for each in (tokens, truth))
    return metric.sentence_score(next(words), [next(words)]).score / 100


@pytest.fixture(scope="module")
def pairs():
    """Sequences of all lengths, of few and of many symbols, and truths: some of them the same,
    some with nothing in common; all with something behind their ends."""
    rng = np.random.default_rng(0)
    symbols = rng.integers(1, 12, (CASES, 1))
    values, truths = rng.integers(0, symbols, (CASES, T)), rng.integers(0, symbols, (CASES, U))
    values[::10, :U] = truths[::10]
    values[5::10] += 12
    lengths, others = rng.integers(1, T + 1, CASES), rng.integers(1, U + 1, CASES)
    lengths[:40:2] = others[:40:2]
    return values, lengths, truths, others


def rewarded(reward, pairs) -> np.ndarray:
    return np.asarray(jax.jit(jax.vmap(reward))(*map(jnp.asarray, pairs)))


@pytest.mark.parametrize(
    ("reward", "twin"),
    [
        (SentenceBLEU(), bleu),
        (SentenceBLEU(), sacre),
        (SentenceBLEU(1), lambda *pair: bleu(*pair, order=1)),
        (SentenceBLEU(12), lambda *pair: bleu(*pair, order=12)),
        (TokenF1(), f1),
    ],
    ids=["bleu", "bleu-sacrebleu", "bleu-of-tokens", "bleu-of-more-than-there-are", "f1"],
)
def test_a_reward_is_what_it_is_in_plain_python(reward, twin, pairs):
    expected = [
        twin(values[:length].tolist(), truth[:other].tolist())
        for values, length, truth, other in zip(*pairs, strict=True)
    ]
    found = rewarded(reward, pairs)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    # All is in it that matters: nothing right, all of it, and much between.
    assert found.min() == 0 and found.max() == pytest.approx(1) and len(set(expected)) > 40


@pytest.mark.parametrize("reward", [SentenceBLEU(), TokenF1()], ids=["bleu", "f1"])
def test_nothing_at_all_earns_nothing(reward):
    """As in the rows that only fill a batch."""
    nothing = jnp.zeros(3, jnp.int32)
    assert float(reward(nothing, 0, nothing, 0)) == 0


@pytest.fixture(scope="module")
def pictures():
    """Twenty pictures of four references of few symbols, the last of which is the end, 0."""
    rng = np.random.default_rng(0)
    return [
        [np.append(rng.integers(1, 7, rng.integers(1, U)), 0) for _ in range(4)] for _ in range(20)
    ]


@pytest.fixture(scope="module")
def cider_d(pictures):
    return CIDErD.learn(pictures)


@pytest.fixture(scope="module")
def documents(pictures):
    return count_documents([[each.tolist() for each in captions] for captions in pictures], "")


def test_cider_d_is_the_metric_of_the_same_symbols(pairs, cider_d, documents):
    """Symbols from 7 on are in no reference."""
    expected = [
        cider(values[:length].tolist(), [truth[:other].tolist()], documents).cider_d
        for values, length, truth, other in zip(*pairs, strict=True)
    ]
    found = rewarded(cider_d, pairs)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.min() == 0 and found.max() == pytest.approx(10) and len(set(expected)) > 40


def test_cider_d_is_a_mean_over_references(pairs, cider_d, documents):
    values, lengths, truths, others = pairs
    shape = CASES // 4, 4
    several = (
        values[: shape[0]],
        lengths[: shape[0]],
        truths.reshape(*shape, U),
        others.reshape(shape),
    )
    several[3][:, 3] = 0  # only fills the array
    expected = [
        cider(
            own[:length].tolist(),
            [t[:n].tolist() for t, n in zip(ts, ns, strict=True) if n],
            documents,
        )
        for own, length, ts, ns in zip(*several, strict=True)
    ]
    found = rewarded(cider_d, several)
    np.testing.assert_allclose(found, [each.cider_d for each in expected], atol=1e-5)
    nothing = jnp.zeros((2, 3), jnp.int32)
    assert float(eqx.filter_jit(cider_d)(nothing[0], 0, nothing, nothing[:, 0])) == 0


def test_document_frequencies_of_symbols_are_exact(pictures, cider_d, documents):
    """Of every n-gram that there is, and of some that there are not."""
    sentences = [each for captions in pictures for each in captions]
    sentences += list(np.random.default_rng(1).integers(0, 9, (40, U)))
    padded = np.array([np.pad(each, (0, U - len(each)), constant_values=8) for each in sentences])
    found = jax.jit(jax.vmap(lambda symbols: list(cider_d.weights.of(symbols))))(padded)
    for n, weights in enumerate(found, 1):
        grams = [[tuple(row[at : at + n]) for at in range(U - n + 1)] for row in padded.tolist()]
        expected = [[documents.weight(gram) for gram in row] for row in grams]
        np.testing.assert_allclose(weights, expected, atol=1e-6)


def test_cider_d_of_fewer_symbols_than_its_n_grams_have(cider_d):
    one = jnp.array([3])
    assert float(eqx.filter_jit(cider_d)(one, 1, one, 1)) == pytest.approx(2.5)


def test_without_references_nothing_is_counted():
    for nothing in ([], [[]], [[np.array([], int)]]):
        with pytest.raises(InputError, match="cannot be counted without references"):
            CIDErD.learn(nothing)

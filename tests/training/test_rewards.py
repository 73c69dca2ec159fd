"""Rewards against what they are in plain Python, and BLEU against sacrebleu's."""

from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from reverie.training.rewards import SentenceBLEU, TokenF1

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

"""The n-gram baseline against a dictionary, and as a distribution."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from reverie.errors import InputError
from reverie.metrics.ngrams import ngram_bits, ngram_probabilities, unigram_bits


def markov(count, size, seed=0):
    draw = np.random.default_rng(seed)
    values = [0]
    for _ in range(count - 1):
        values.append(int((values[-1] * 2 + draw.integers(0, 3)) % size))
    return np.array(values)


def slow_bits(train, test, size, order):
    """The same model, kept in dictionaries."""
    counts = defaultdict(Counter)
    for length in range(order):
        for i in range(length, len(train)):
            counts[tuple(train[i - length : i])][train[i]] += 1

    def probability(word, context):
        lower = 1 / size if not context else probability(word, context[1:])
        return mixed(counts.get(context), word, lower) if context in counts else lower

    def mixed(seen, word, lower):
        return (seen[word] + len(seen) * lower) / (sum(seen.values()) + len(seen))

    def at(i):
        context = tuple(test[max(0, i - order + 1) : i])
        lower = mixed(counts[()], test[i], 1 / size)
        for length in range(1, len(context) + 1):
            seen = counts.get(context[len(context) - length :])
            lower = mixed(seen, test[i], lower) if seen else lower
        return lower

    return -np.mean(np.log2([at(i) for i in range(len(test))]))


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [6, 200_000])
def test_bits_equal_those_of_a_dictionary(order, size):
    train, test = markov(400, 6), markov(150, 6, seed=1)
    train, test = train * (size // 6), test * (size // 6)
    expected = slow_bits(train.tolist(), test.tolist(), size, order)
    assert ngram_bits(train, test, size, order) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("context", [[], [0], [1, 2], [5, 5, 5], [3, 0, 1, 2, 4]])
def test_the_probabilities_of_all_next_symbols_sum_to_one(context):
    train = markov(300, 6)
    nexts = [
        ngram_probabilities(train, np.array([*context, symbol]), 7, 4)[-1] for symbol in range(7)
    ]
    assert min(nexts) > 0
    assert sum(nexts) == pytest.approx(1, abs=1e-12)


def test_context_helps_and_frequency_is_the_first_order():
    train, test = markov(5000, 8).astype(np.uint8), markov(1000, 8, seed=1).astype(np.uint8)
    assert ngram_bits(train, test, 8, 2) < 1.65 < unigram_bits(train, test, 8)
    assert unigram_bits(train, test, 8) == ngram_bits(train, test, 8, 1)


def test_nothing_cannot_be_counted():
    with pytest.raises(InputError, match="longer text"):
        ngram_bits(np.array([], int), np.array([1]), 3, 2)

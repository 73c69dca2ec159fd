"""N-gram models: their bits per element are the baseline for a network."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from reverie.errors import InputError

Integers = npt.NDArray[np.integer[Any]]
Keys = npt.NDArray[np.int64]

LARGEST_KEY = 1 << 62


class Counts(NamedTuple):
    """Counts for contexts of one length: of each pair of a context and the next symbol (packed in
    one integer, sorted) and of each context (sorted)."""

    pairs: Keys
    pair_counts: Keys
    contexts: Keys
    context_counts: Keys
    followers: Keys  # the number of distinct symbols after the context


def unigram_bits(train: Integers, test: Integers, size: int) -> float:
    """Bits per element of `test` under the frequencies of `train`, without context."""
    return ngram_bits(train, test, size, 1)


def ngram_bits(train: Integers, test: Integers, size: int, order: int) -> float:
    """Bits per element of `test` (M,) under an n-gram model of the given order, estimated on
    `train` (N,), both over the symbols 0 to `size` - 1.

    Interpolated Witten-Bell: p(w | h) = (c(h w) + t(h) p(w | h')) / (c(h) + t(h)), where t(h)
    is the number of distinct symbols seen after h and h' is h without its oldest symbol; the
    empty context falls back to the uniform distribution. Witten and Bell (1991).

    Raises InputError where either sequence is empty.
    """
    return float(-np.log2(ngram_probabilities(train, test, size, order)).mean())


def ngram_probabilities(
    train: Integers, test: Integers, size: int, order: int
) -> npt.NDArray[np.float64]:
    """The probability (M,) of each element of `test` given those before it; see `ngram_bits`.

    The first elements of `test` have shorter contexts.
    """
    if not len(train) or not len(test) or size < 1 or order < 1:
        raise InputError(
            f"an n-gram model of order {order} cannot be counted in {len(train)} elements and "
            f"measured on {len(test)}: use a longer text"
        )
    seen, query = train.astype(np.int64), test.astype(np.int64)
    probability = np.full(len(query), 1 / size)
    seen_context = np.zeros(len(seen), np.int64)
    query_context = np.zeros(len(query), np.int64)
    for length in range(min(order, len(seen), len(query))):
        if length:
            seen_context, query_context = _lengthen(
                seen, seen_context, query, query_context, size, length
            )
        counts = _count(seen_context * size + seen[length:], size)
        pairs = query_context * size + query[length:]
        probability[length:] = _interpolate(counts, query_context, pairs, probability[length:])
    return probability


def _lengthen(
    seen: Keys, seen_context: Keys, query: Keys, query_context: Keys, size: int, length: int
) -> tuple[Keys, Keys]:
    """Contexts of `length` symbols from those one shorter; each integer is one context.

    The newest symbol has the least weight. Integers that would become too large are replaced by
    their ranks.
    """
    weight = 1 + max(int(seen_context.max()), int(query_context.max()))
    seen_context = seen_context[1:] + weight * seen[:-length]
    query_context = query_context[1:] + weight * query[:-length]
    if weight * size * size * size < LARGEST_KEY:
        return seen_context, query_context
    both = np.concatenate([seen_context, query_context])
    rank = np.unique(both, return_inverse=True)[1].astype(np.int64)
    return rank[: len(seen_context)], rank[len(seen_context) :]


def _count(pairs: Keys, size: int) -> Counts:
    distinct, pair_counts = _runs(np.sort(pairs))
    contexts, followers = _runs(distinct // size)
    begins = np.cumsum(followers) - followers
    context_counts = np.add.reduceat(pair_counts, begins)
    return Counts(distinct, pair_counts, contexts, context_counts, followers)


def _runs(ordered: Keys) -> tuple[Keys, Keys]:
    """The distinct values of a sorted array, and their counts."""
    begins = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
    return ordered[begins], np.diff(begins, append=len(ordered))


def _interpolate(
    counts: Counts, contexts: Keys, pairs: Keys, lower: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    pair_count = _look_up(counts.pairs, counts.pair_counts, pairs)
    context_count = _look_up(counts.contexts, counts.context_counts, contexts)
    followers = _look_up(counts.contexts, counts.followers, contexts)
    mixed = (pair_count + followers * lower) / np.maximum(context_count + followers, 1)
    return np.where(context_count > 0, mixed, lower)


def _look_up(keys: Keys, values: Keys, wanted: Keys) -> Keys:
    """The value of each wanted key, 0 where it is not among the sorted `keys`."""
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)

"""Rewards: how good a whole sentence is, by comparison with the truth."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.metrics.cider import SCALE, SIGMA
from reverie.metrics.grams import ORDER
from reverie.training.gram_weights import GramWeights

Length: TypeAlias = Int[Array, ""] | int


class References(NamedTuple):
    """Several truths: the `target` of an example whose sentence is compared with all of them."""

    values: Int[Array, "R U"]
    lengths: Int[Array, " R"]
    """Of each; those of length 0 only fill the array."""

    @classmethod
    def of(cls, truths: Sequence[np.ndarray], count: int, longest: int) -> References:
        """The first `count` truths as NumPy arrays, each cut to `longest` symbols."""
        kept = [truth[:longest] for truth in truths[:count]]
        values = np.zeros((count, longest), np.int32)
        for row, truth in zip(values, kept, strict=False):
            row[: len(truth)] = truth
        lengths: Any = np.array([len(t) for t in kept] + [0] * (count - len(kept)), np.int32)
        return cls(values, lengths)  # type: ignore[arg-type]


class Reward(eqx.Module):
    """(symbols (T,), their length, the truth (U,), its length) to a number, from 0 on.

    The end symbol is a symbol like any other, and counted by the lengths; nothing behind
    them has any influence. A reward has no gradient.
    """

    @abstractmethod
    def __call__(
        self,
        values: Int[Array, " T"],
        length: Length,
        truth: Int[Array, " U"],
        truth_length: Length,
    ) -> Float[Array, ""]: ...


class SentenceBLEU(Reward):
    """BLEU+1 of one sentence (Lin and Och 2004), of symbols and not of words,

        min(1, exp(1 - U / T)) (p_1 p_2 ... p_N)^(1 / N)

    with p_1 = m_1 / c_1, and p_n = (m_n + 1) / (c_n + 1) for n > 1: of c_n n-grams m_n are
    found in the truth, each as often at most as it stands there.
    """

    order: int = eqx.field(static=True, default=4)
    """N."""

    def __call__(
        self,
        values: Int[Array, " T"],
        length: Length,
        truth: Int[Array, " U"],
        truth_length: Length,
    ) -> Float[Array, ""]:
        first, *longer = _by_length(_equal(values, length, truth, truth_length), self.order)
        product = _matches(*first) / jnp.maximum(length, 1)
        for n, grams in enumerate(longer, 2):
            product *= (_matches(*grams) + 1) / (jnp.maximum(length - n + 1, 0) + 1)
        brevity = jnp.exp(jnp.minimum(1 - truth_length / jnp.maximum(length, 1), 0))
        return brevity * product ** (1 / self.order)


class TokenF1(Reward):
    """2 m / (T + U): m tokens are found in the truth, each as often at most as it stands there.

    The harmonic mean of precision m / T and recall m / U; the order of tokens does not matter.
    """

    def __call__(
        self,
        values: Int[Array, " T"],
        length: Length,
        truth: Int[Array, " U"],
        truth_length: Length,
    ) -> Float[Array, ""]:
        tokens = _equal(values, length, truth, truth_length)
        return 2 * _matches(*tokens) / jnp.maximum(length + truth_length, 1)


class CIDErD(Reward):
    """CIDEr-D, from 0 to 10, with the document frequencies of the training set (Rennie 2017),

        10 exp(-(l(c) - l(s))^2 / 2 sigma^2) / 4  sum_n min(g_n(c), g_n(s)) . g_n(s)
                                                        / (|g_n(c)| |g_n(s)|)

    of symbols and not of words; `reverie.metrics.cider` says more. The truth may be several
    references, (R, U) with lengths (R,), over which the mean is taken: those of length 0 only fill
    the array.
    """

    weights: GramWeights

    @classmethod
    def learn(cls, references: Sequence[Sequence[np.ndarray]]) -> CIDErD:
        """With the document frequencies of the references of each picture, arrays of symbols.

        The end symbol belongs to them: without it, nothing rewards that a sentence ends. Raises
        InputError where there is no symbol at all.
        """
        return cls(GramWeights.learn(references, ORDER))

    def __call__(
        self,
        values: Int[Array, " T"],
        length: Length,
        truth: Int[Array, "*R U"],
        truth_length: Length | Int[Array, " R"],
    ) -> Float[Array, ""]:
        truths = jnp.atleast_2d(jnp.asarray(truth))
        lengths = jnp.atleast_1d(jnp.asarray(truth_length))
        one = jax.vmap(self._of_one, (None, None, 0, 0))(
            jnp.asarray(values), length, truths, lengths
        )
        return one.sum() / jnp.maximum((lengths > 0).sum(), 1)

    def _of_one(
        self, values: Int[Array, " T"], length: Length, truth: Int[Array, " U"], other: Length
    ) -> Float[Array, ""]:
        """The score against one reference; 0 where either has no symbols."""
        theirs, _ = _equal(truth, other, truth, other)
        equal = _by_length((*_equal(values, length, truth, other), theirs), ORDER)
        weights = zip(self.weights.of(values), self.weights.of(truth), strict=True)
        total = jnp.zeros(())
        for (own, shared, their), pair in zip(equal, weights, strict=True):
            total += _clipped_cosine(own, shared, their, *pair)
        penalty = jnp.exp(-((length - other) ** 2) / (2 * SIGMA**2))
        return SCALE / ORDER * penalty * total


def _clipped_cosine(
    own: Bool[Array, "T T"],
    shared: Bool[Array, "T U"],
    theirs: Bool[Array, "U U"],
    weights: Float[Array, " T"],
    their_weights: Float[Array, " U"],
) -> Float[Array, ""]:
    """min(g(c), g(s)) . g(s) / (|g(c)| |g(s)|), from which n-grams are equal, and their weights.

    In sums over places, an n-gram that stands k times is met k times.
    """
    count, found, squares = own.sum(1), shared.sum(1), weights**2
    dot = squares @ (jnp.minimum(count, found) * found / jnp.maximum(count, 1))
    norms = (squares @ count) * (their_weights**2 @ theirs.sum(1))
    return jnp.where(norms > 0, dot / jnp.sqrt(jnp.where(norms > 0, norms, 1)), 0)


def _by_length(tokens: tuple[Array, ...], order: int) -> Iterator[tuple[Array, ...]]:
    """Which n-grams are equal, for n = 1 to `order`, from which tokens are."""
    grams = tokens
    for n in range(1, order + 1):
        yield grams
        # Two n-grams are equal if their (n-1)-grams are, and the tokens behind those.
        grams = tuple(
            shorter[:-1, :-1] & each[n:, n:] for shorter, each in zip(grams, tokens, strict=True)
        )


def _equal(
    values: Int[Array, " T"], length: Length, truth: Int[Array, " U"], truth_length: Length
) -> tuple[Bool[Array, "T T"], Bool[Array, "T U"]]:
    """Which real tokens are equal: among themselves, and to those of the truth."""
    values, truth = jnp.asarray(values), jnp.asarray(truth)
    real, there = jnp.arange(len(values)) < length, jnp.arange(len(truth)) < truth_length
    own = (values[:, None] == values) & real[:, None] & real
    return own, (values[:, None] == truth) & real[:, None] & there


def _matches(own: Bool[Array, "T T"], shared: Bool[Array, "T U"]) -> Int[Array, ""]:
    """How many n-grams are found in the truth: the k-th of a kind if that has k of the kind."""
    earlier = jnp.tril(own, -1).sum(1)
    return (earlier < shared.sum(1)).sum()

"""Rewards: how good a whole sentence is, by comparison with the truth."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeAlias

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

Length: TypeAlias = Int[Array, ""] | int


class Reward(eqx.Module):
    """(symbols (T,), their length, the truth (U,), its length) to a number in [0, 1].

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
        tokens = grams = _equal(values, length, truth, truth_length)
        product = _matches(*grams) / jnp.maximum(length, 1)
        for n in range(2, self.order + 1):
            # Two n-grams are equal if their (n-1)-grams are, and the tokens behind those.
            own, shared = (
                shorter[:-1, :-1] & each[n - 1 :, n - 1 :]
                for shorter, each in zip(grams, tokens, strict=True)
            )
            grams = own, shared
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

"""Where the heads of a machine look in its memory, and what becomes of it where they write.

K heads on N places of W numbers each: pure functions (Graves, Wayne, Danihelka 2014, section 3).
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

FLOOR = 1e-2
"""Added to squared lengths: what is shorter than 0.1 loses its direction, the cosine fades to 0.

Without it the gradient is as steep as the vector is short, and at first a memory holds 1e-6."""
LEAST = 1e-16
"""A weight below which the logarithm is that of a weight of this size."""


class Address(NamedTuple):
    """What K heads say of where they look."""

    key: Float[Array, "K W"]
    strength: Float[Array, " K"]
    """beta >= 0."""
    gate: Float[Array, " K"]
    """g: 1 looks by content, 0 where the head was."""
    shift: Float[Array, "K S"]
    """s: how probable each move is, by -(S - 1) / 2 places up to (S - 1) / 2."""
    sharpness: Float[Array, " K"]
    """gamma >= 1."""


def cosine(keys: Float[Array, "K W"], memory: Float[Array, "N W"]) -> Float[Array, "K N"]:
    """cos(k, M_i) for each key and place; 0 of what has no length."""
    lengths = [jax.lax.rsqrt(jnp.square(rows).sum(-1) + FLOOR) for rows in (keys, memory)]
    return (keys @ memory.T) * lengths[0][:, None] * lengths[1]


def content(
    keys: Float[Array, "K W"], strengths: Float[Array, " K"], memory: Float[Array, "N W"]
) -> Float[Array, "K N"]:
    """softmax_i(beta cos(k, M_i)): each head looks at the places that are like its key."""
    return jax.nn.softmax(strengths[:, None] * cosine(keys, memory))


def shift(weights: Float[Array, "K N"], moves: Float[Array, "K S"]) -> Float[Array, "K N"]:
    """w~(i) = sum_j w(j) s(i - j), round the end: a move by +1 goes from place i to i + 1."""
    reach, places = moves.shape[-1] // 2, weights.shape[-1]
    around = jnp.concatenate([weights[:, places - reach :], weights, weights[:, :reach]], -1)
    parts = [
        moves[:, 2 * reach - n, None] * around[:, n : n + places] for n in range(2 * reach + 1)
    ]
    return reduce(jnp.add, parts)


def sharpen(weights: Float[Array, "K N"], sharpness: Float[Array, " K"]) -> Float[Array, "K N"]:
    """w(i)^gamma / sum_j w(j)^gamma, as a softmax of gamma log w: nothing overflows."""
    return jax.nn.softmax(sharpness[:, None] * jnp.log(weights + LEAST))


def address(
    told: Address, before: Float[Array, "K N"], memory: Float[Array, "N W"]
) -> Float[Array, "K N"]:
    """Where each head looks, from where it looked before: the weights of each sum to 1.

    wc = softmax_i(beta cos(k, M_i))        wg = g wc + (1 - g) w'
    w~(i) = sum_j wg(j) s(i - j)            w = w~^gamma / sum_j w~(j)^gamma
    """
    found, gate = content(told.key, told.strength, memory), told.gate[:, None]
    return sharpen(shift(gate * found + (1 - gate) * before, told.shift), told.sharpness)


def write(
    memory: Float[Array, "N W"],
    weights: Float[Array, "K N"],
    erase: Float[Array, "K W"],
    add: Float[Array, "K W"],
) -> Float[Array, "N W"]:
    """M_i = M'_i prod_k (1 - w_k(i) e_k) + sum_k w_k(i) a_k: all erase before any adds."""
    # Outer products as products of matrices, for so are their gradients.
    kept = [1 - w[:, None] @ e[None] for w, e in zip(weights, erase, strict=True)]
    return reduce(jnp.multiply, kept, memory) + weights.T @ add

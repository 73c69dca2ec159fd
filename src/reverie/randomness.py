"""Random numbers inside a loop: those of `jax.random`, by a shorter way.

On a CPU jax compiles its generator, Threefry (Salmon 2011), as a loop of five turns, so that it
compiles quickly. Within a loop that draws one number a step these turns are most of what the step
does: 160 instructions where the 20 rounds written out are one or two. The numbers are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jax.extend.random import define_prng_impl
from jaxtyping import Array, UInt32

from reverie.concepts import Key

Drawn = TypeVar("Drawn")

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
"""By how many bits each round turns a word, for even and for odd groups of four rounds."""
PARITY = 0x1BD11BDA
PARTITIONABLE = "jax_threefry_partitionable"
"""The name of the setting that jax numbers counters by, one for each element."""


def unroll_draws(key: Key) -> Key:
    """The same key, from which `jax.random` draws the same numbers with fewer instructions.

    Keys of other generators than Threefry, or than Threefry as it is by default, stay as they are.
    """
    usual = jax.random.key_impl(key) == "threefry2x32" and getattr(jax.config, PARTITIONABLE)
    if not usual:
        return key
    return jax.random.wrap_key_data(jax.random.key_data(key), impl=UNROLLED)


def draw_from(draw: Callable[[Key], Drawn], key: Key) -> Drawn:
    """draw(key), unrolled where jax can: its Poisson numbers want keys of its own generator."""
    try:
        return draw(unroll_draws(key))
    except NotImplementedError:
        return draw(key)


def threefry(
    key: UInt32[Array, "2"], first: UInt32[Array, "..."], second: UInt32[Array, "..."]
) -> tuple[UInt32[Array, "..."], UInt32[Array, "..."]]:
    """Two words of noise for each two of a counter: Threefry-2x32 with 20 rounds."""
    words = (key[0], key[1], key[0] ^ key[1] ^ jnp.uint32(PARITY))
    x, y = first + words[0], second + words[1]
    for group in range(5):
        for turn in ROTATIONS[group % 2]:
            x = x + y
            y = x ^ ((y << jnp.uint32(turn)) | (y >> jnp.uint32(32 - turn)))
        x = x + words[(group + 1) % 3]
        y = y + words[(group + 2) % 3] + jnp.uint32(group + 1)
    # Without the barrier XLA computes a number anew for every element that is compared with it.
    return jax.lax.optimization_barrier((x, y))


def _count(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """The counters of an array: the number of each element, in two words."""
    if math.prod(shape) >= 2**32:
        raise ValueError("more numbers than a loop should draw at once: use a key of jax.random")
    low = jnp.arange(math.prod(shape), dtype=jnp.uint32).reshape(shape)
    return jnp.zeros_like(low), low


def _bits(key: Array, width: int, shape: tuple[int, ...]) -> Array:
    x, y = threefry(key, *_count(shape))
    if width == 64:
        return (x.astype(jnp.uint64) << jnp.uint64(32)) | y.astype(jnp.uint64)
    return (x ^ y).astype(f"uint{width}")


def _split(key: Array, shape: tuple[int, ...]) -> Array:
    return jnp.stack(threefry(key, *_count(shape)), -1)


def _fold_in(key: Array, number: Array | int) -> Array:
    return jnp.stack(threefry(key, jnp.uint32(0), jnp.asarray(number).astype(jnp.uint32)))


def _seed(seed: Array) -> Array:
    return jax.random.key_data(jax.random.key(seed, impl="threefry2x32"))


UNROLLED = define_prng_impl(
    key_shape=(2,),
    seed=_seed,
    split=_split,
    random_bits=_bits,
    fold_in=_fold_in,
    name="unrolled threefry",
    tag="rev",
)

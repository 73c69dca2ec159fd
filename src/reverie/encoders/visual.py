"""Pictures and their frames as conditions: what a network sees in each place of them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, UInt8

from reverie.concepts import Condition, Encoder, Key, Memory, zero_masked
from reverie.layers import Linear, Role, parameter
from reverie.padding import pad_all
from reverie.products import product


class Pixels(NamedTuple):
    """The frames of a clip; a picture is one frame."""

    values: UInt8[Array, "N H W 3"]
    mask: Bool[Array, " N"]

    @classmethod
    def of(cls, values: Any) -> Pixels:
        """A NumPy array (N, H, W, 3), all of its frames real."""
        mask: Any = np.ones(len(values), bool)
        return cls(values, mask)

    @property
    def memory_size(self) -> int:
        """N."""
        return len(self.mask)

    def pad(self, steps: int, memory_size: int) -> Pixels:
        """With masked frames behind its own, as NumPy arrays."""
        return pad_all(self, memory_size)


class Features(NamedTuple):
    """What a network saw in each place; no place at all where there is no picture."""

    values: Float[Array, "S C"]
    mask: Bool[Array, " S"]

    @classmethod
    def of(cls, values: Any) -> Features:
        """A NumPy array (S, C), all of its places real."""
        mask: Any = np.ones(len(values), bool)
        return cls(values, mask)

    @property
    def memory_size(self) -> int:
        """S."""
        return len(self.mask)

    def pad(self, steps: int, memory_size: int) -> Features:
        """With masked places behind its own, as NumPy arrays."""
        return pad_all(self, memory_size)


class PictureNetwork(eqx.Module):
    """What sees: the pixels of one picture to features in each place of it.

    A pixel has D colours: 3 of a picture, 6 where a frame has the one before it beside it.
    """

    @property
    @abstractmethod
    def width(self) -> int:
        """C, how many features a place has."""

    @abstractmethod
    def __call__(self, pixels: Float[Array, "H W D"]) -> Float[Array, "h w C"]:
        """Pixels from 0 to 255 to a map of features."""


class FixedNetwork(PictureNetwork):
    """A network that has learned elsewhere and stays as it is."""

    network: PictureNetwork = parameter(Role.FIXED)

    @property
    def width(self) -> int:
        return self.network.width

    def __call__(self, pixels: Float[Array, "H W D"]) -> Float[Array, "h w C"]:
        return jax.lax.stop_gradient(self.network(pixels))


class Visual(Encoder):
    """What a network sees, brought to one width; a memory of places and the mean of them.

        a_s = max(0, W f_s + b), W (D, C)        vector = 1/S sum_s a_s        keys = values = a

    The places are those of a picture's map, in rows, one frame of a clip after the other; or its
    frames, each the mean of its map (`frames`). With `motion` a frame is seen together with the
    one before it, so that a place tells what moves there, and where to. With a key, features are
    dropped at the rate `dropout`, in all places the same ones. Where there is no place, the vector
    is 0. Raises ValueError for pixels where there is no network to see them.
    """

    network: PictureNetwork | None
    """None where features are given."""
    linear: Linear
    frames: bool = eqx.field(static=True)
    motion: bool = eqx.field(static=True)
    dropout: float = eqx.field(static=True)

    def __init__(
        self,
        network: PictureNetwork | None,
        features: int,
        width: int,
        *,
        rng: np.random.Generator,
        frames: bool = False,
        motion: bool = False,
        dropout: float = 0.0,
    ):
        """`features` is C and `width` is D."""
        self.network, self.linear = network, Linear(features, width, rng=rng)
        self.frames, self.motion, self.dropout = frames, motion, dropout

    def __call__(self, source: Pixels | Features, *, key: Key | None = None) -> Condition:
        values, mask = self.look(source) if isinstance(source, Pixels) else source
        values = zero_masked(mask, jnp.asarray(values, self.linear.b.dtype))
        if key is not None and self.dropout:
            kept = jax.random.bernoulli(key, 1 - self.dropout, values.shape[1:])
            values = jnp.where(kept, values / (1 - self.dropout), 0)
        seen = jax.nn.relu(product(self.linear.W, values) + self.linear.b)
        seen = zero_masked(mask, seen)
        vector = seen.sum(0) / jnp.maximum(mask.sum(), 1)
        return Condition(vector, Memory(seen, seen, mask))

    def look(self, source: Pixels) -> Features:
        """What the network sees in each place."""
        if self.network is None:
            raise ValueError("this model was trained on features: give it features, not pixels")
        return see(self.network, source, self.frames, self.motion)


def see(
    network: PictureNetwork, source: Pixels, frames: bool = False, motion: bool = False
) -> Features:
    """What a network sees in each place of a picture, or in each frame of a clip."""
    values = jnp.asarray(source.values, float)
    if motion:
        before = jnp.concatenate([values[:1], values[:-1]])
        values = jnp.concatenate([values, before], -1)
    maps = jax.vmap(network)(values)
    places = maps.reshape(maps.shape[0], -1, maps.shape[-1])
    if frames:
        return Features(places.mean(1), source.mask)
    mask = jnp.repeat(source.mask, places.shape[1])
    return Features(places.reshape(-1, maps.shape[-1]), mask)

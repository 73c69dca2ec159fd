"""A small convolutional network that learns with what reads it."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.encoders.efficientnet import shifts
from reverie.encoders.visual import PictureNetwork
from reverie.layers import Role, filled, parameter, uniform
from reverie.products import affine


class Convolution(eqx.Module):
    """W x + b with x the 3 x 3 neighbourhood of every second pixel; around the edge are zeros.

    As one product with the neighbourhoods it is faster on a CPU than XLA's own convolution.
    """

    W: Float[Array, "P nine_X"] = parameter(Role.HIDDEN)
    b: Float[Array, " P"] = parameter(Role.BIAS)

    def __init__(self, inputs: int, outputs: int, *, rng: np.random.Generator):
        """`inputs` is X and `outputs` is P; W has a variance of 2 / (9 X) (He 2015)."""
        scale = float(np.sqrt(6 / (9 * inputs)))
        self.W, self.b = uniform(rng, outputs, 9 * inputs, scale=scale), filled(0.0, outputs)

    def __call__(self, x: Float[Array, "H W X"]) -> Float[Array, "h w P"]:
        return affine(self.W, jnp.concatenate(list(shifts(x, 3, 2)), -1), self.b)


class Convolutional(PictureNetwork):
    """Convolutions of 3 x 3, each of which halves the picture, with max(0, x) behind each.

    Every place is told where it is: its two coordinates from -1 to 1 stand beside the colours at
    the entrance (Liu 2018), for a caption says what is above what.
    """

    convolutions: tuple[Convolution, ...]

    def __init__(self, widths: tuple[int, ...], *, rng: np.random.Generator):
        """`widths` are those of the layers; the last is C."""
        pairs = zip((5, *widths), widths, strict=False)
        self.convolutions = tuple(Convolution(a, b, rng=rng) for a, b in pairs)

    @property
    def width(self) -> int:
        return int(self.convolutions[-1].b.shape[0])

    def __call__(self, pixels: Float[Array, "H W 3"]) -> Float[Array, "h w C"]:
        x = jnp.concatenate([pixels / 127.5 - 1, _coordinates(*pixels.shape[:2])], -1)
        for convolution in self.convolutions:
            x = jax.nn.relu(convolution(x))
        return x


def _coordinates(height: int, width: int) -> Float[Array, "H W 2"]:
    rows, columns = jnp.linspace(-1, 1, height), jnp.linspace(-1, 1, width)
    return jnp.stack(jnp.meshgrid(rows, columns, indexing="ij"), -1)

"""Convolutions, and a small network of them that learns with what reads it."""

from __future__ import annotations

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.encoders.visual import PictureNetwork
from reverie.layers import Role, filled, parameter, uniform
from reverie.products import affine


class Convolution(eqx.Module):
    """W x + b with x the 4 x 4 pixels around the middle of each 2 x 2; around the edge are zeros.

    Four and not three, so that a place of the map sees what lies around its own middle: with three,
    each layer moves it by half a pixel, and attention would lie beside what it reads. As one
    product with the neighbourhoods it is faster on a CPU than XLA's own convolution.
    """

    W: Float[Array, "P sixteen_X"] = parameter(Role.HIDDEN)
    b: Float[Array, " P"] = parameter(Role.BIAS)

    def __init__(self, inputs: int, outputs: int, *, rng: np.random.Generator):
        """`inputs` is X and `outputs` is P; W has a variance of 2 / (16 X) (He 2015)."""
        scale = float(np.sqrt(6 / (16 * inputs)))
        self.W, self.b = uniform(rng, outputs, 16 * inputs, scale=scale), filled(0.0, outputs)

    def __call__(self, x: Float[Array, "H W X"]) -> Float[Array, "h w P"]:
        return convolve(self.W, self.b, x, 4)


class Convolutional(PictureNetwork):
    """Convolutions of 4 x 4, each of which halves the picture, with max(0, x) behind each.

    Every place is told where it is: its two coordinates from -1 to 1 stand beside the colours at
    the entrance (Liu 2018), for a caption says what is above what.
    """

    convolutions: tuple[Convolution, ...]

    def __init__(self, widths: tuple[int, ...], *, rng: np.random.Generator, colours: int = 3):
        """`widths` are those of the layers; the last is C. A pixel has so many `colours`."""
        pairs = zip((colours + 2, *widths), widths, strict=False)
        self.convolutions = tuple(Convolution(a, b, rng=rng) for a, b in pairs)

    @property
    def width(self) -> int:
        return int(self.convolutions[-1].b.shape[0])

    def __call__(self, pixels: Float[Array, "H W D"]) -> Float[Array, "h w C"]:
        x = jnp.concatenate([pixels / 127.5 - 1, _coordinates(*pixels.shape[:2])], -1)
        for convolution in self.convolutions:
            x = jax.nn.relu(convolution(x))
        return x


def _coordinates(height: int, width: int) -> Float[Array, "H W 2"]:
    rows, columns = jnp.linspace(-1, 1, height), jnp.linspace(-1, 1, width)
    return jnp.stack(jnp.meshgrid(rows, columns, indexing="ij"), -1)


def convolve(
    W: Float[Array, "P K"], b: Float[Array, " P"], x: Float[Array, "H W D"], kernel: int
) -> Float[Array, "h w P"]:
    """W n + b with n the `kernel` x `kernel` places around every second one, K numbers."""
    return affine(W, jnp.concatenate(list(shifts(x, kernel, 2)), -1), b)


def shifts(x: Float[Array, "H W D"], kernel: int, stride: int) -> Iterator[Float[Array, "h w D"]]:
    """The map seen from each place of a kernel, row by row.

    Zeros are around it, ceil(H / stride) rows come out, and of an odd number of rows of zeros more
    are below: the padding that TensorFlow calls SAME.
    """
    sizes = [-(-size // stride) for size in x.shape[:2]]
    spans = [(size - 1) * stride + 1 for size in sizes]
    missing = [max(s + kernel - 1 - size, 0) for s, size in zip(spans, x.shape, strict=False)]
    padded = jnp.pad(x, [*((m // 2, m - m // 2) for m in missing), (0, 0)])
    for i in range(kernel):
        for j in range(kernel):
            yield padded[i : i + spans[0] : stride, j : j + spans[1] : stride]

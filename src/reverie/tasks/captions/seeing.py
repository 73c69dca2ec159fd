"""Pictures by name: their pixels, or what a network that does not learn sees in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, final

import equinox as eqx
import jax
import numpy as np

from reverie.encoders.efficientnet import EfficientNetLite0
from reverie.encoders.onnx import ONNXFeatures
from reverie.encoders.visual import Features, PictureNetwork, Pixels
from reverie.errors import InputError
from reverie.formats.features import features_of
from reverie.formats.pictures import read_frames, resize
from reverie.tasks.captions.options import CaptionData, CaptionNetwork
from reverie.tasks.captions.scenes import Scene
from reverie.waiting import follow

Source = TypeVar("Source", Pixels, Features)

AT_ONCE = 16
"""Pictures that a network sees side by side."""
SIDES = {"scratch": 64, "efficientnet": 224, "features": 224}
"""Pixels of a side, by what sees."""


class See(ABC):
    """Sources by the names of their pictures."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether there is a picture of that name."""

    @abstractmethod
    def __call__(self, name: str) -> Pixels | Features:
        """What is to be seen in it."""

    @abstractmethod
    def size(self, name: str) -> int:
        """How many frames or places it has."""

    @abstractmethod
    def blank(self) -> Pixels | Features:
        """What is to be seen where there is no picture: a place that is none."""

    @abstractmethod
    def prepare(self, names: Sequence[str]) -> None:
        """Does for many what can be done before they are asked for, and tells how far it is."""


@final
class Folder(See):
    """Pictures in a folder as pixels; they are read once and kept."""

    def __init__(self, folder: str | Path, side: int, frames: int):
        self.folder, self.side, self.frames = Path(folder), side, frames
        self._kept: dict[str, Pixels] = {}
        if not self.folder.is_dir():
            raise InputError(f"{folder} is not a folder of pictures: unpack it, or name another")
        self._names = {path.name for path in self.folder.iterdir()}

    def has(self, name: str) -> bool:
        return name in self._names

    def __call__(self, name: str) -> Pixels:
        if name not in self._kept:
            self._kept[name] = self.open(name)
        return self._kept[name]

    def size(self, name: str) -> int:
        return self(name).memory_size

    def prepare(self, names: Sequence[str]) -> None:
        for name in follow(names, "reading pictures"):
            self(name)

    def open(self, name: str) -> Pixels:
        """Reads a picture without keeping it."""
        return open_pixels(self.folder / name, self.side, self.frames)

    def blank(self) -> Pixels:
        return masked(Pixels.of(np.zeros((1, self.side, self.side, 3), np.uint8)))


@final
class Made(See):
    """Scenes, each of which is painted when it is first asked for."""

    def __init__(self, scenes: Mapping[str, Scene]):
        self.scenes = scenes

    def has(self, name: str) -> bool:
        return name in self.scenes

    def __call__(self, name: str) -> Pixels:
        return Pixels.of(self.scenes[name].pixels)

    def size(self, name: str) -> int:
        return len(self.scenes[name].frames)

    def prepare(self, names: Sequence[str]) -> None:
        """Nothing: a scene is painted in no time."""

    def blank(self) -> Pixels:
        first = next(iter(self.scenes.values()))
        return masked(Pixels.of(np.zeros((1, first.side, first.side, 3), np.uint8)))


@final
class Given(See):
    """Features that were made before."""

    def __init__(self, path: str | Path):
        self._features = {name: as_places(each) for name, each in features_of(path).items()}

    def has(self, name: str) -> bool:
        return name in self._features

    def __call__(self, name: str) -> Features:
        return self._features[name]

    def size(self, name: str) -> int:
        return self._features[name].memory_size

    def prepare(self, names: Sequence[str]) -> None:
        """Nothing: they are there."""

    def blank(self) -> Features:
        width = next(iter(self._features.values())).values.shape[1]
        return masked(Features.of(np.zeros((1, width), np.float16)))


@final
class Seen(See):
    """What a network that does not learn sees in pictures, each of which it sees once.

    Half of the digits of each number are kept.
    """

    def __init__(self, folder: Folder, network: PictureNetwork | ONNXFeatures, frames: bool):
        self.folder, self.network, self.frames = folder, network, frames
        self._kept: dict[str, Features] = {}

    def has(self, name: str) -> bool:
        return self.folder.has(name)

    def __call__(self, name: str) -> Features:
        self.prepare([name])
        return self._kept[name]

    def size(self, name: str) -> int:
        return self(name).memory_size

    def prepare(self, names: Sequence[str]) -> None:
        new = [name for name in names if name not in self._kept]
        batches = [new[begin : begin + AT_ONCE] for begin in range(0, len(new), AT_ONCE)]
        for chosen in follow(batches, f"seeing pictures, {AT_ONCE} at a time"):
            pixels = [self.folder.open(name) for name in chosen]
            found = see_all(self.network, pixels, self.frames)
            self._kept |= dict(zip(chosen, found, strict=True))

    def blank(self) -> Features:
        seen = see_all(self.network, [self.folder.blank()], self.frames)[0]
        return masked(Features.of(0 * seen.values[:1]))


def masked(source: Source) -> Source:
    """The same with no place that is real."""
    nowhere: Any = np.zeros_like(source.mask)
    return source._replace(mask=nowhere)


def see_all(
    network: PictureNetwork | ONNXFeatures, pixels: Sequence[Pixels], frames: bool
) -> list[Features]:
    """What a network sees in pictures or clips."""
    whole = np.concatenate([each.values for each in pixels])
    rows = _places(network, whole)
    found, begin = [], 0
    for each in pixels:
        own = rows[begin : begin + len(each.values)]
        begin += len(each.values)
        found.append(Features.of(own.mean(1) if frames else own.reshape(-1, own.shape[-1])))
    return found


def _places(network: PictureNetwork | ONNXFeatures, whole: np.ndarray) -> np.ndarray:
    """(N, H, W, 3) to (N, S, C), in half precision."""
    if isinstance(network, ONNXFeatures):
        return np.asarray(network.features(whole), np.float16)
    parts = []
    for begin in range(0, len(whole), AT_ONCE):
        chosen = whole[begin : begin + AT_ONCE]
        # The last ones are filled up, so that no other shape is compiled.
        filled = np.pad(chosen, [(0, AT_ONCE - len(chosen)), (0, 0), (0, 0), (0, 0)])
        parts.append(np.asarray(_maps(network, filled), np.float16)[: len(chosen)])
    maps = np.concatenate(parts)
    return maps.reshape(len(maps), -1, maps.shape[-1])


@eqx.filter_jit
def _maps(network: PictureNetwork, pixels: np.ndarray) -> jax.Array:
    return jax.vmap(network)(jax.numpy.asarray(pixels, float))


def as_places(features: np.ndarray) -> Features:
    """(C,), (S, C) or (h, w, C) as places."""
    return Features.of(features.reshape(-1, features.shape[-1]))


def open_pixels(path: str | Path, side: int, frames: int) -> Pixels:
    """A picture, clip or folder of frames, each squeezed to a square."""
    return squeeze(read_frames(path, frames).pixels, side)


def squeeze(frames: np.ndarray, side: int) -> Pixels:
    """Frames (N, H, W, 3), each squeezed to a square."""
    return Pixels.of(np.stack([resize(frame, side) for frame in frames]))


def seeing(data: CaptionData, network: CaptionNetwork) -> See:
    """The pictures that options name, as what learns from them is given them."""
    if data.data.endswith(".npz"):
        return Given(data.data)
    frames, most = network.places == "frames", data.frames if network.clips else 1
    onnx = ONNXFeatures(data.onnx) if data.onnx else None
    folder = Folder(data.data, side_of(data, network, onnx), most)
    if onnx is not None:
        return Seen(folder, onnx, frames)
    if network.encoder == "efficientnet" and not network.fine_tune:
        return Seen(folder, EfficientNetLite0.pretrained(), frames)
    return folder


def side_of(data: CaptionData, network: CaptionNetwork, onnx: ONNXFeatures | None = None) -> int:
    """Pixels of a side of pictures from files: those asked for, or those that the network takes."""
    return data.side or (onnx and onnx.side) or SIDES[network.encoder]

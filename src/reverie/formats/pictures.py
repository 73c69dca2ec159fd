"""Pictures and short clips as pixels, from files of others.

What a file says of its size is checked before anything is decoded, and only formats that hold
nothing but pixels are opened. EPS, which is a program, is none of them, and neither is TIFF, whose
library writes what it finds odd to the terminal.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reverie.errors import InputError, excerpt, require
from reverie.formats.opening import counted, prefix_errors, read_bytes

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "PPM", "AVIF")
"""As Pillow calls them; a Pillow without one of them knows it as no picture."""
SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".apng", ".gif", ".webp", ".bmp", ".ppm", ".avif"))
"""Of the pictures in a folder."""
MOST_PIXELS = 100_000_000
"""Of a picture, and of all frames of a clip that are kept."""
LIMIT = "more than 100 million pixels"
FIRST = "its first of {:,} frames is used"
MOST_PLAYED = 2_000_000_000
"""Pixels of all frames of an animation, which have to be decoded one after the other."""
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""For an orientation of EXIF, Pillow's number for what undoes it."""
ORIENTATION = 0x0112


class Picture(NamedTuple):
    """The pixels (H, W, 3) of a picture in uint8, and `notes` that say what was left out."""

    pixels: np.ndarray
    notes: tuple[str, ...] = ()


class Frames(NamedTuple):
    """The pixels (N, H, W, 3) of a clip in uint8, and `notes` that say what was left out."""

    pixels: np.ndarray
    notes: tuple[str, ...] = ()


def read(path: str | Path) -> Picture:
    """The picture in a file, in RGB and turned as its EXIF data say.

    Transparent places are white, of 16 bits the upper 8 are kept, and of an animation the first
    frame.

    Raises InputError for a file that cannot be read, is no picture, is damaged or has more than
    100 million pixels.
    """
    with _opened(Path(path)) as image:
        count = _frame_count(image)
        pixels = _pixels(image)
    notes = (FIRST.format(count),) if count > 1 else ()
    return Picture(pixels, notes)


def read_frames(path: str | Path, most: int) -> Frames:
    """The frames of a clip: a folder of pictures in the order of the numbers in their names, an
    animation (GIF, WebP, PNG, AVIF), or a still picture as its only frame.

    Of more than `most` frames so many are kept, evenly from the first to the last.

    Raises InputError as `read` does, for a folder without pictures, for frames of different sizes
    and for more than 100 million pixels in all.
    """
    path = Path(path)
    return _read_folder(path, most) if path.is_dir() else _read_animation(path, most)


def resize(pixels: np.ndarray, size: int) -> np.ndarray:
    """The whole picture (H, W, 3) squeezed to (size, size, 3), bicubic and antialiased."""
    return _fit(pixels, size, (0, 0, pixels.shape[1], pixels.shape[0]))


def crop_resize(pixels: np.ndarray, size: int) -> np.ndarray:
    """The middle of a picture (H, W, 3), as wide as high, resized to (size, size, 3)."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    return _fit(pixels, size, (left, top, left + side, top + side))


def _fit(pixels: np.ndarray, size: int, box: tuple[float, float, float, float]) -> np.ndarray:
    module = require("PIL.Image", "pictures", "pillow")
    image = module.fromarray(np.ascontiguousarray(pixels, np.uint8))
    return np.array(image.resize((size, size), module.Resampling.BICUBIC, box))


def _read_folder(folder: Path, most: int) -> Frames:
    try:
        files = [p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")]
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror}; check the path") from error
    pictures = sorted((p for p in files if p.suffix.lower() in SUFFIXES), key=_natural)
    if not pictures:
        raise InputError(f"{folder} has no pictures in it: name a folder of .jpg or .png files")
    chosen, notes = _choose(len(pictures), most)
    if others := len(files) - len(pictures):
        notes += (f"{counted(others, 'file')} in it that are no pictures were left out",)
    return Frames(_stack(folder, [pictures[n] for n in chosen]), notes)


def _stack(folder: Path, paths: Sequence[Path]) -> np.ndarray:
    """The pictures, which must be of one size."""
    first = read(paths[0]).pixels
    with prefix_errors(folder):
        _check_sum(len(paths), first.shape[1], first.shape[0])
    frames = np.empty((len(paths), *first.shape), np.uint8)
    for n, path in enumerate(paths):
        frame = read(path).pixels
        if frame.shape != first.shape:
            raise InputError(
                f"{path} has {_size_of(frame)} pixels and {paths[0].name} has {_size_of(first)}: "
                "make the frames of a clip one size"
            )
        frames[n] = frame
    return frames


def _read_animation(path: Path, most: int) -> Frames:
    with _opened(path) as image:
        count = _frame_count(image)
        chosen, notes = _choose(count, most)
        _check_sum(len(chosen), *image.size)
        if count * image.width * image.height > MOST_PLAYED:
            raise InputError(
                f"its {count:,} frames are too many of {image.width} x {image.height} pixels: "
                "make it shorter or smaller"
            )
        frames = []
        for n in chosen:
            image.seek(n)
            _check_size(*image.size)
            frames.append(_pixels(image))
            if frames[-1].shape != frames[0].shape:
                raise InputError("its frames have different sizes: make them one size")
    return Frames(np.stack(frames), notes)


def _choose(count: int, most: int) -> tuple[list[int], tuple[str, ...]]:
    """Which frames are kept, and the note that says so."""
    if count <= most:
        return list(range(count)), ()
    if most == 1:
        return [0], (FIRST.format(count),)
    chosen = np.linspace(0, count - 1, most).round().astype(int).tolist()
    return chosen, (f"{most:,} of its {count:,} frames are used, evenly chosen",)


def _natural(path: Path) -> list[str | int]:
    """A key that puts frame 9 before frame 10."""
    return [int(p) if p.isdecimal() else p for p in re.split("([0-9]+)", path.name.lower())]


@contextmanager
def _opened(path: Path) -> Iterator[Image]:
    """The picture in a file, its size checked and nothing decoded yet; errors name the file."""
    module = require("PIL.Image", "pictures", "pillow")
    data = read_bytes(path)
    with prefix_errors(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, about data that are odd but can be read
        _check_size(*_webp_size(data))
        try:
            module.init()
            known = [name for name in FORMATS if name in module.OPEN]
            with module.open(io.BytesIO(data), formats=known) as image:
                _check_size(*image.size)
                yield image
        except InputError:
            raise
        except module.UnidentifiedImageError as error:
            what = "is no picture that can be read" if data else "is empty"
            raise InputError(f"the file {what}: use JPEG or PNG") from error
        except module.DecompressionBombError as error:  # by Pillow's own limit, the larger one
            raise InputError(f"it has {LIMIT}: make it smaller") from error
        except Exception as error:
            # A picture can be damaged in more ways than there are errors.
            raise InputError(
                f"it is a damaged picture ({excerpt(error, 80)}): make or fetch it again"
            ) from error


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP picture, for which Pillow takes memory on opening; else (1, 1)."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return 1, 1
    if data[12:16] == b"VP8X":
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    if data[12:16] == b"VP8L":
        bits = _little(data[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise InputError(f"its {width:,} x {height:,} pixels are {LIMIT}: make it smaller")


def _check_sum(count: int, width: int, height: int) -> None:
    if count * width * height > MOST_PIXELS:
        raise InputError(
            f"{counted(count, 'frame')} of {width:,} x {height:,} pixels are {LIMIT} in all: use "
            "fewer or smaller ones"
        )


def _size_of(pixels: np.ndarray) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"


def _frame_count(image: Image) -> int:
    """Of an animation; the second picture of a camera's file is no frame, but its preview."""
    return 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))


def _pixels(image: Image) -> np.ndarray:
    """The current frame in RGB (H, W, 3)."""
    image.load()
    turned = _turned(image)
    if turned.mode.startswith("I"):
        return np.repeat(_upper_bits(np.asarray(turned))[:, :, None], 3, 2)
    if turned.mode == "F":
        raise InputError("it has pixels of no known range: save it with 8 or 16 bits a channel")
    return np.array(_on_white(turned) if turned.has_transparency_data else turned.convert("RGB"))


def _turned(image: Image) -> Image:
    """The picture as its EXIF data say that it is held."""
    try:
        turn = image.getexif().get(ORIENTATION)
    except Exception:  # they are damaged, the picture need not be
        return image
    methods = require("PIL.Image", "pictures", "pillow").Transpose
    return image.transpose(methods(TURNS[turn])) if turn in TURNS else image


def _upper_bits(grey: np.ndarray) -> np.ndarray:
    """The upper 8 of 16 bits."""
    if grey.min() < 0 or grey.max() > 0xFFFF:
        raise InputError("it has more than 16 bits a channel: save it with 8 or 16")
    upper: np.ndarray = (grey.astype(np.int64) >> 8).astype(np.uint8)
    return upper


def _on_white(image: Image) -> Image:
    """A picture with transparent places, on white."""
    module = require("PIL.Image", "pictures", "pillow")
    over = image.convert("RGBA")
    paper = module.new("RGBA", over.size, (255, 255, 255, 255))
    found: Image = module.alpha_composite(paper, over).convert("RGB")
    return found

"""Drawings in the stroke-3 format of sketch-rnn (Ha and Eck 2017): .npz files."""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats import npz
from reverie.formats.object_arrays import read_arrays
from reverie.formats.opening import prefix_errors

LARGEST = 2 << 30
"""The largest file in bytes, unpacked; those of the Quick, Draw! collection have up to 0.2 GB."""


def read(path: Path) -> dict[str, list[Ink]]:
    """The drawings of an .npz file by part, such as "train", "valid" and "test".

    A drawing is an array (T, 3) of dx, dy and whether the pen is lifted after the point. A
    part is an array of such arrays, as in the public files, or one array `strokes` of all rows
    with the number of rows of each drawing in `lengths`; several parts of the second kind are
    called train_strokes, train_lengths and so on.

    Raises InputError for a file that cannot be read and for arrays that are not drawings.
    """
    try:
        with zipfile.ZipFile(path) as file, prefix_errors(path):
            if sum(member.file_size for member in file.infolist()) > LARGEST:
                raise InputError("it is larger than 2 GB unpacked: split it into smaller files")
            found = {
                name.removesuffix(".npy"): _member(file, name)
                for name in file.namelist()
                if name.endswith(".npy")
            }
            return _parts(found)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; check the path") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError(f"{path} is not an .npz file, or is damaged: fetch it again") from error


def write(parts: Mapping[str, Sequence[Ink]], path: str | Path) -> None:
    """Write drawings by part: `{part}_strokes`, all rows (T, 3), and `{part}_lengths`.

    Times and texts are not kept. Raises InputError where the file cannot be written.
    """
    arrays = {}
    for part, inks in parts.items():
        rows = [np.column_stack([_offsets(ink), ink.ends]) for ink in inks]
        arrays[f"{part}_strokes"] = np.concatenate([np.zeros((0, 3)), *rows])
        arrays[f"{part}_lengths"] = np.array([len(row) for row in rows], int)
    npz.write(arrays, path)


def _offsets(ink: Ink) -> np.ndarray:
    """dx and dy of each point, (N, 2); the first point is an offset from (0, 0)."""
    return np.diff(ink.points[:, :2], axis=0, prepend=np.zeros((1, 2)))


def _member(file: zipfile.ZipFile, name: str) -> np.ndarray | list[np.ndarray]:
    """A numeric array, or the numeric arrays in an array of objects."""
    with file.open(name) as member:
        try:
            version = np.lib.format.read_magic(member)
            read = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            kind = read(member)[2]
        except (ValueError, KeyError) as error:
            raise InputError(f"{name} in it is not an array: make it with numpy.savez") from error
        if kind.hasobject:
            return read_arrays(member)  # type: ignore[arg-type]
    with file.open(name) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _parts(found: dict[str, np.ndarray | list[np.ndarray]]) -> dict[str, list[Ink]]:
    parts = {name: value for name, value in found.items() if isinstance(value, list)}
    for name, rows in found.items():
        if name.endswith("strokes") and isinstance(rows, np.ndarray):
            lengths = found.get(name.removesuffix("strokes") + "lengths")
            parts[name.removesuffix("_strokes")] = _cut(name, rows, lengths)
    inks = {
        name: [_ink(f"drawing {n} of {name}", rows) for n, rows in enumerate(drawings, 1)]
        for name, drawings in parts.items()
    }
    if not any(inks.values()):
        raise InputError(
            "it holds no drawings: store them as 'strokes' (all rows of dx, dy, pen) and "
            "'lengths' (rows of each drawing)"
        )
    return inks


def _cut(
    name: str, rows: np.ndarray, lengths: np.ndarray | list[np.ndarray] | None
) -> list[np.ndarray]:
    counts = np.asarray(0 if lengths is None else lengths)
    whole = counts.ndim == 1 and counts.dtype.kind in "iu" and (counts > 0).all()
    if not whole or counts.sum() != len(rows):
        raise InputError(
            f"the rows of {name!r} need an array of lengths that sum to {len(rows)}: "
            "store how many rows each drawing has"
        )
    return np.split(rows, np.cumsum(counts)[:-1])


def _ink(name: str, rows: np.ndarray) -> Ink:
    if rows.ndim != 2 or rows.shape[1] != 3 or not len(rows):
        raise InputError(f"{name} has the shape {rows.shape}: give (T, 3), dx, dy and pen")
    with prefix_errors(name):
        return Ink.of_points(np.cumsum(rows[:, :2], axis=0, dtype=np.float64), rows[:, 2] > 0.5)

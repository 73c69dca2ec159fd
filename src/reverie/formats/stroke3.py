"""Drawings in the stroke-3 format of sketch-rnn (Ha and Eck 2017): .npz files."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from reverie.codecs.ink import Ink
from reverie.errors import InputError, excerpt
from reverie.formats import npz
from reverie.formats.object_arrays import read_arrays
from reverie.formats.opening import counted, prefix_errors

Drawings = list[np.ndarray]
"""Of dx, dy and pen, (T, 3) each."""
FEW, MOSTLY = 10, 0.8
"""From so many points on, a pen that is lifted after so large a part of them is told."""


def read(path: Path, tell: Callable[[str], None] = lambda note: None) -> dict[str, list[Ink]]:
    """The drawings of an .npz file by part, such as "train", "valid" and "test".

    A drawing is an array (T, 3) of dx, dy and whether the pen is lifted after the point. A
    part is an array of such arrays, as in the public files, one array (N, T, 3) of drawings of
    one length, or one array `strokes` of all rows with the number of rows of each drawing in
    `lengths`; several parts of the last kind are called train_strokes, train_lengths and so on.
    Drawings without points are left out; `tell` is told how many.

    Raises InputError for a file that cannot be read and for arrays that are not drawings.
    """
    members = npz.unpack(path)
    with prefix_errors(path):
        parts = _parts({name: _member(name, data) for name, data in members.items()})
        empty = sum(not drawing.size for drawings in parts.values() for drawing in drawings)
        inks = {name: _inks(name, drawings) for name, drawings in parts.items()}
        if not any(inks.values()):
            raise InputError(
                "it holds no drawings: store them as 'strokes' (all rows of dx, dy, pen) and "
                "'lengths' (rows of each drawing)"
            )
    if empty:
        tell(f"left out {counted(empty, 'drawing')} without points")
    return inks


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


def _member(name: str, data: bytes) -> np.ndarray | Drawings:
    """A plain array, or the numeric arrays in an array of objects."""
    member = io.BytesIO(data)
    head = npz.read_head(name, member)
    if head.element.hasobject:
        return read_arrays(member)
    return npz.read_body(name, head, data[member.tell() :])


def _parts(found: Mapping[str, np.ndarray | Drawings]) -> dict[str, Drawings]:
    parts: dict[str, Drawings] = {}
    for name, value in found.items():
        part = name.removesuffix("_strokes")
        if isinstance(value, list):
            parts[name] = value
        elif name.endswith("strokes"):
            parts[part] = _cut(name, value, found.get(name.removesuffix("strokes") + "lengths"))
        elif value.size and value.ndim in (2, 3) and value.shape[-1] in (3, 5):
            parts[name] = list(value) if value.ndim == 3 else [value]
    return parts


def _cut(name: str, rows: np.ndarray, lengths: np.ndarray | Drawings | None) -> Drawings:
    """The drawings in all rows (T, 3), or in rows of one or more lengths, (N, T, 3)."""
    if rows.ndim == 3 and lengths is None:
        return list(rows) if rows.size else []
    if not rows.ndim:
        raise InputError(f"{excerpt(name)} is a single number: store all rows of dx, dy, pen")
    counts = np.asarray(-1 if lengths is None or isinstance(lengths, list) else lengths)
    whole = counts.ndim == 1 and counts.dtype.kind in "iu" and bool((counts >= 0).all())
    if rows.ndim == 3 and whole and len(counts) == len(rows) and (counts <= rows.shape[1]).all():
        return [drawing[:count] for drawing, count in zip(rows, counts, strict=True)]
    # In Python's numbers, which do not overflow.
    if not whole or rows.ndim == 3 or sum(counts.tolist()) != len(rows):
        raise InputError(
            f"the rows of {excerpt(name)!r} need an array of lengths that sum to {len(rows)}: "
            "store how many rows each drawing has"
        )
    return np.split(rows, np.cumsum(counts.astype(np.int64))[:-1])


def _inks(part: str, drawings: Drawings) -> list[Ink]:
    """The inks of a part; drawings without points are left out."""
    named = [
        (f"drawing {n} of {excerpt(part)}", rows) for n, rows in enumerate(drawings, 1) if rows.size
    ]
    for name, rows in named:
        _check_form(name, rows)
    _check_pen(excerpt(part), [rows for _, rows in named])
    return [_ink(name, rows) for name, rows in named]


def _check_form(name: str, rows: np.ndarray) -> None:
    """InputError unless an array is (T, 3) and of numbers."""
    if rows.ndim == 2 and rows.shape[1] == 5:
        raise InputError(
            f"{name} has the shape {rows.shape}, which is stroke-5: store its columns 1, 2 and 4 "
            "(dx, dy, pen)"
        )
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise InputError(f"{name} has the shape {rows.shape}: give (T, 3), dx, dy and pen")
    if rows.dtype.kind not in "iuf":
        raise InputError(f"{name} is an array of {rows.dtype}: give numbers, dx, dy and pen")


def _check_pen(part: str, drawings: Drawings) -> None:
    """InputError where the third column does not say whether the pen is lifted.

    A pen in the first column, or one that is 1 where it is down, would be read as other strokes
    without a sound.
    """
    bits = [all(_is_bit(rows[:, column]) for rows in drawings) for column in range(3)]
    if not bits[2]:
        seems = f" (column {bits.index(True) + 1} seems to be the pen)" if any(bits) else ""
        raise InputError(
            f"the third column of {part} is not the pen, 0 or 1{seems}: put the columns in the "
            "order dx, dy, pen"
        )
    points = sum(map(len, drawings))
    lifted = sum(float((rows[:, 2] == 1).sum()) for rows in drawings)
    if points >= FEW and lifted > MOSTLY * points:
        raise InputError(
            f"the pen of {part} is lifted after {lifted / points:.0%} of its points: the third "
            "column must be 1 where a stroke ends and 0 elsewhere, so store 1 - pen"
        )


def _is_bit(column: np.ndarray) -> bool:
    """Whether a column is 0 or 1 as far as it is finite."""
    return bool(((column == 0) | (column == 1) | ~np.isfinite(column)).all())


def _ink(name: str, rows: np.ndarray) -> Ink:
    with prefix_errors(name), np.errstate(over="ignore", invalid="ignore"):
        return Ink.of_points(np.cumsum(rows[:, :2], axis=0, dtype=np.float64), rows[:, 2] > 0.5)

"""A sequence of inks in a few arrays, which loads quickly."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Self, overload

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats import npz


class InkRecord(NamedTuple):
    """One ink to be stored: its name, and `points` (N, 3) and `ends` (N,) as of an `Ink`."""

    name: str
    text: str
    points: npt.NDArray[np.floating]
    ends: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Inks(Sequence[Ink]):
    """L inks with names, constructed on access.

    The points of all inks, (N, 3) float32 with times, and the ends of strokes, (N,), are
    concatenated; `spans` (L, 2) has the begin and the end of each ink.
    """

    names: tuple[str, ...]
    texts: tuple[str, ...] = field(repr=False)
    spans: npt.NDArray[np.int64] = field(repr=False)
    points: npt.NDArray[np.float32] = field(repr=False)
    ends: npt.NDArray[np.bool_] = field(repr=False)

    @classmethod
    def from_records(cls, lines: Iterable[InkRecord]) -> Self:
        """The inks of records, in their order."""
        parts = list(lines)
        stops = np.cumsum([len(line.points) for line in parts], dtype=np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), stops])[:-1]
        points = [np.zeros((0, 3)), *(line.points for line in parts)]
        return cls(
            tuple(line.name for line in parts),
            tuple(line.text for line in parts),
            np.stack([starts, stops], 1),
            np.concatenate(points, dtype=np.float32),
            np.concatenate([np.zeros(0, bool), *(line.ends for line in parts)]),
        )

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Ink: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Ink | Self:
        """The ink at an index, or the inks of a slice."""
        if isinstance(index, slice):
            return self.select(range(*index.indices(len(self))))
        begin, end = self.spans[index]
        points = self.points[begin:end].astype(np.float64)
        return Ink.of_points(points, self.ends[begin:end], self.texts[index])

    def __iter__(self) -> Iterator[Ink]:
        return (self[index] for index in range(len(self)))

    def select(self, indices: Iterable[int]) -> Self:
        """Some of the inks; the arrays are shared."""
        which = list(indices)
        return replace(
            self,
            names=tuple(self.names[i] for i in which),
            texts=tuple(self.texts[i] for i in which),
            spans=self.spans[np.array(which, int)],
        )

    def lengths(self) -> npt.NDArray[np.int64]:
        """The number of points of each ink, (L,)."""
        return self.spans[:, 1] - self.spans[:, 0]

    def save(self, path: Path) -> None:
        """Write all arrays to one file."""
        arrays: dict[str, np.ndarray] = {
            "names": np.array(self.names, np.str_),
            "texts": np.array(self.texts, np.str_),
            "spans": self.spans,
            "points": self.points,
            "ends": self.ends,
        }
        npz.write(arrays, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The inks of a saved file; InputError for any other file."""
        saved = npz.read(path)
        try:
            names, texts = saved["names"].tolist(), saved["texts"].tolist()
            return cls(tuple(names), tuple(texts), saved["spans"], saved["points"], saved["ends"])
        except (KeyError, TypeError) as error:
            raise InputError(f"{path} is not a file of inks ({error}): make it again") from error

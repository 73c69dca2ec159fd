"""Lines of ink as examples, in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reverie.codecs.ink import Ink
from reverie.concepts import Example
from reverie.data.dataset import Dataset, Stored, keep_sizes
from reverie.errors import InputError
from reverie.padding import bucket_shapes
from reverie.training.sequences import SequenceReader

UNIT, SHAPES = 50, 5
"""Batches are padded to multiples of the first, in points, in so many shapes."""


class LineDataset(Dataset):
    """Lines of ink as examples, made by a function of one."""

    def __init__(self, example: Callable[[Ink], Example], inks: Sequence[Ink]):
        self.example, self.inks = example, inks

    def __len__(self) -> int:
        return len(self.inks)

    def __getitem__(self, n: int) -> Example:
        return self.example(self.inks[n])


def lines_reader(
    example: Callable[[Ink], Example],
    inks: Sequence[Ink],
    rows: int,
    longest: int | None = None,
    seed: int = 0,
) -> SequenceReader:
    """The examples of lines of at most `longest` points."""
    dataset: Dataset = Stored(LineDataset(example, inks))
    if longest is not None:
        why = f"lines have more than {longest} points"
        dataset = keep_sizes(dataset, lambda sizes: sizes[0] <= longest, why)
    if not len(dataset):
        raise InputError(f"no line has {longest} points or less: raise longest")
    shapes = bucket_shapes(dataset.all_sizes(), SHAPES, (UNIT, 0))
    return SequenceReader(dataset, rows, shapes, seed)

"""Piano rolls as examples: whole pieces to measure on, excerpts to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reverie.concepts import Example
from reverie.data.dataset import Dataset
from reverie.errors import InputError
from reverie.padding import bucket_shapes
from reverie.training.sequences import SequenceReader

UNIT, SHAPES = 16, 5
"""Batches are padded to multiples of so many frames, in so many shapes."""


class Excerpts(Dataset):
    """Pieces cut into stretches of `length` frames, each with the `context` frames before it.

    The context is read and does not count, so that each frame counts once and is predicted from
    what was before it, as when whole pieces are measured. `length` 0 leaves pieces whole.
    """

    def __init__(self, rolls: Sequence[np.ndarray], length: int = 0, context: int = 0):
        self.rolls, self.context = rolls, context
        self.spans = [
            (n, begin, min(begin + (length or len(roll)), len(roll)))
            for n, roll in enumerate(rolls)
            for begin in range(0, len(roll), length or max(1, len(roll)))
        ]

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, n: int) -> Example:
        piece, begin, end = self.spans[n]
        first = max(0, begin - self.context)
        frames = self.rolls[piece][first:end].astype(np.float32)
        weights: Any = (np.arange(first, end) >= begin).astype(np.float32)
        return Example(frames, weights=weights)

    def sizes(self, n: int) -> tuple[int, ...]:
        _, begin, end = self.spans[n]
        return end - max(0, begin - self.context), 0


def roll_reader(
    rolls: Sequence[np.ndarray], rows: int, *, length: int = 0, context: int = 0, seed: int = 0
) -> SequenceReader:
    """Excerpts of piano rolls, or whole ones, `rows` at a time. InputError without a frame."""
    dataset = Excerpts(rolls, length, context)
    if not len(dataset):
        raise InputError("the music has no frames: name other music")
    shapes = bucket_shapes(dataset.all_sizes(), SHAPES, (UNIT, 0))
    return SequenceReader(dataset, min(rows, len(dataset)), shapes, seed)

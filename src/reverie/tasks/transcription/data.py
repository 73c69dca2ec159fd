"""Traces and their texts, read in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from reverie.codecs.ink import Ink
from reverie.codecs.reading import Reading
from reverie.concepts import Example, SymbolSequence
from reverie.data.dataset import Dataset, Stored, Subset, pad_steps, steps_of
from reverie.data.ink.distortion import Distortion
from reverie.errors import InputError
from reverie.padding import bucket_shapes
from reverie.training.sequences import SequenceReader

UNIT, SHAPES = 10, 5
"""Batches are padded to multiples of the first, in elements, in so many shapes."""


class TraceDataset(Dataset):
    """Motions, and as targets their texts: `copies` distorted ones of each ink, or the inks for 0.

    The steps of a copy are a little longer or shorter, by chance.
    """

    dimensions = ("steps", "text")

    def __init__(self, codec: Reading, inks: Sequence[Ink], copies: int = 0, seed: int = 0):
        self.codec, self.inks, self.copies = codec, inks, copies
        rng = np.random.default_rng([seed, 3])
        # What chance decides is little, and drawn at once: a copy can be made again at any time.
        drawn = range(copies * len(inks))
        self.distortions = [
            (float(np.exp(rng.normal(0, 0.1))), Distortion.draw(rng)) for _ in drawn
        ]

    def __len__(self) -> int:
        return max(self.copies, 1) * len(self.inks)

    def __getitem__(self, n: int) -> Example:
        ink, motion = self.inks[n % len(self.inks)], self.codec.motion
        if self.copies:
            longer, distortion = self.distortions[n]
            motion = replace(motion, spacing=motion.spacing * longer)
            ink = distortion(ink)
        target = SymbolSequence.of(self.codec.alphabet.encode(ink.text, "skip"))
        return Example(motion.encode(ink), target=target)

    def measure(self, example: Example) -> tuple[int, ...]:
        return steps_of(example), example.target.memory_size

    def pad(self, example: Example, sizes: tuple[int, ...]) -> Example:
        return pad_steps(example, sizes[0])._replace(target=example.target.pad(*sizes))


def alignable(example: Example) -> bool:
    """Whether there is a text, and a step for each of its symbols.

    Between two that are the same, an alignment needs a blank.
    """
    text = example.target.values
    repeats = int(np.count_nonzero(text[1:] == text[:-1]))
    return 0 < len(text) + repeats <= steps_of(example)


def traces(
    codec: Reading, inks: Sequence[Ink], rows: int, copies: int = 0, seed: int = 0
) -> SequenceReader:
    """The examples of a `TraceDataset` whose text is not longer than the trace."""
    whole = Stored(TraceDataset(codec, inks, copies, seed))
    numbers = [n for n, example in enumerate(whole) if alignable(example)]
    if not numbers:
        raise InputError("no line is long enough for its text: look at the ink and its texts")
    dataset = Subset(whole, numbers, "traces are shorter than their texts")
    shapes = bucket_shapes(dataset.all_sizes(), SHAPES, (UNIT, 0))
    return SequenceReader(dataset, rows, shapes, seed)

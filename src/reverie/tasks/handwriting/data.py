"""Lines of ink as examples, in batches; their augmentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from reverie.codecs.ink import Ink
from reverie.concepts import Example
from reverie.data.dataset import Dataset, Stored, Wrapped, keep_sizes
from reverie.data.ink.distortion import Distortion
from reverie.errors import InputError
from reverie.padding import bucket_shapes
from reverie.tasks.handwriting.options import WritingData
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


class Version(NamedTuple):
    """A line as it is learned: its number, and how it is distorted."""

    line: int
    distortion: Distortion | None


class Versions(Wrapped):
    """Versions of the lines of a data set, in any number."""

    def __init__(self, lines: LineDataset, versions: Sequence[Version]):
        super().__init__(Stored(lines))
        self.lines, self.versions = lines, versions

    def __len__(self) -> int:
        return len(self.versions)

    def __getitem__(self, n: int) -> Example:
        line, distortion = self.versions[n]
        if distortion is None:
            return self.dataset[line]
        return self.lines.example(distortion(self.lines.inks[line]))

    def sizes(self, n: int) -> tuple[int, ...]:
        return self.dataset.sizes(self.versions[n].line)


def draw_versions(inks: Sequence[Ink], data: WritingData, seed: int) -> list[Version]:
    """What is learned in an epoch: each line in its copies, or once, and more often if it is rare.

    A line is repeated r times, r = max over its characters c of sqrt(repeat_rare / f(c)), at least
    1, with f(c) the fraction of the lines that have c; a fraction of r is a matter of chance.

    Reference: Gupta et al., LVIS (2019), repeat factor sampling.
    """
    if not (data.copies or data.repeat_rare):
        return [Version(line, None) for line in range(len(inks))]  # nothing is opened for it
    rng = np.random.default_rng([seed, 3])
    factors = repeat_factors([ink.text for ink in inks], data.repeat_rare)
    chances = rng.uniform(size=(len(inks), max(1, data.copies)))
    repeats = np.floor(factors[:, None] + chances).astype(int).sum(1)
    return [
        Version(line, Distortion.draw(rng, data.distortion) if data.copies else None)
        for line in np.repeat(np.arange(len(inks)), repeats).tolist()
    ]


def repeat_factors(texts: Sequence[str], rare: float) -> np.ndarray:
    """r of each text, (N,); see `draw_versions`."""
    lines = Counter(character for text in texts for character in set(text))
    factor = {c: max(1.0, (rare * len(texts) / count) ** 0.5) for c, count in lines.items()}
    return np.array([max(map(factor.__getitem__, text), default=1.0) for text in texts])


def lines_reader(
    example: Callable[[Ink], Example],
    inks: Sequence[Ink],
    rows: int,
    longest: int | None = None,
    seed: int = 0,
    versions: Sequence[Version] | None = None,
) -> SequenceReader:
    """The examples of lines of at most `longest` points, in these versions or each as it is."""
    lines = LineDataset(example, inks)
    dataset: Dataset = Stored(lines) if versions is None else Versions(lines, versions)
    if longest is not None:
        why = f"lines have more than {longest} points"
        dataset = keep_sizes(dataset, lambda sizes: sizes[0] <= longest, why)
    if not len(dataset):
        raise InputError(f"no line has {longest} points or less: raise longest")
    shapes = bucket_shapes(dataset.all_sizes(), SHAPES, (UNIT, 0))
    return SequenceReader(dataset, rows, shapes, seed)

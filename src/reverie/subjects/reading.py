"""Ink to be read: traces, with their texts as what is to be found. No jax before it trains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reverie.data.distortion import distorted
from reverie.data.hands import Hands, is_iam, open_files
from reverie.data.mistakes import Mistakes, mistakes
from reverie.errors import InputError
from reverie.media.ink import Ink
from reverie.media.motion import Motion
from reverie.media.reading import Reading
from reverie.padding import rooms
from reverie.recipes.parts.reading import ReadingMeasuring
from reverie.subjects import Dream, Measure, Scale, Verdict
from reverie.subjects.inks import open_ink, with_path

if TYPE_CHECKING:
    from reverie.recipes.parts.options import Learning
    from reverie.recipes.parts.reading import ReadingData, ReadingNetwork
    from reverie.storage import Loaded
    from reverie.training.objectives import Objective
    from reverie.training.sequences import SequenceReader

Measuring = ReadingMeasuring
medium_from = Reading.from_description

WATCHED, SHOWN = 320, 3
"""Lines that are measured during a run, and that are shown."""
UNIT, SHAPES = 10, 5
"""Batches are padded to multiples of the first, in elements, in so many shapes."""


def opened(config: Any, medium: Reading | None = None) -> ReadingStudy:
    """The lines that a config names; the alphabet is learned from them unless it is given."""
    hands = open_ink(config.data, config.training.seed)
    network: ReadingNetwork = config.network
    medium = medium or Reading.learn(hands.train, Motion(network.spacing, network.window))
    return ReadingStudy(hands, medium, config.data)


@dataclass(frozen=True)
class ReadingStudy:
    """Lines to learn from, to watch and to measure."""

    hands: Hands
    medium: Reading
    data: ReadingData
    references: str = ""

    @property
    def visible(self) -> frozenset[int]:
        return frozenset({self.medium.motion.width, self.medium.alphabet.size + 1})

    @cached_property
    def scale(self) -> Scale:
        watched = self._watched
        steps = float(watched.sizes.mean()) if watched else 1.0
        return Scale("step", "nats a line", steps, 2)

    def described(self) -> str:
        return self.hands.told()

    def reader(self, training: Learning) -> SequenceReader:
        return traces(
            self.medium, self.hands.train, training.lanes, self.data.copies, training.seed
        )

    def objective(self, training: Learning) -> Objective:
        from reverie.training.alignment import CTC

        return CTC()

    @cached_property
    def _watched(self) -> SequenceReader | None:
        lines = self.hands.valid[:WATCHED]
        return traces(self.medium, lines, min(16, len(lines))) if len(lines) else None

    def measure(self) -> Measure | None:
        from reverie.training.evaluation import mean_loss

        watched = self._watched
        return None if watched is None else lambda model: mean_loss(model, watched, _of_line)

    def dreamt(self, model: Any, seed: int) -> Dream | None:
        from reverie.dreams.readers import Reader

        lines = self.hands.valid[:WATCHED]
        if not len(lines):
            return None
        read = [found.text for found in Reader(model, self.medium).read(lines)]
        truths = [line.text for line in lines]
        pairs = list(zip(truths, read, strict=True))[:SHOWN]
        shown = "\n".join(f"{truth}\n  {text}" for truth, text in pairs)
        return Dream(shown, mistakes(truths, read).told())

    def concluded(self, model: Any, *, first: bool) -> Verdict | None:
        if not first:
            return None
        facts: dict[str, Any] = {"ink": self.hands.name}
        said = []
        for name, part in self.hands.measured():
            found = read_mistakes(model, self.medium, part)
            facts |= {f"{name}_characters": found.characters, f"{name}_words": found.words}
            said.append(f"{name}: {found.told()}, {len(part):,} lines")
        return Verdict(facts, "\n".join(said) or "There was no ink to measure the model on.")


def traces(
    medium: Reading, inks: Sequence[Ink], rows: int, copies: int = 0, seed: int = 0
) -> SequenceReader:
    """Motions and their texts; `copies` distorted ones of each ink, or where 0, the ink itself.

    The steps of a copy are a little longer or shorter, by chance. What cannot be read, since the
    text is longer than the trace, is left out.
    """
    from reverie.dreams.readers import told
    from reverie.training.sequences import SequenceReader

    rng = np.random.default_rng([seed, 3])
    letters = np.eye(medium.alphabet.size, dtype=np.float32)
    values, conditions = [], []
    for ink, copied in [(ink, n < copies) for n in range(max(copies, 1)) for ink in inks]:
        motion = _stretched(medium.motion, rng) if copied else medium.motion
        motions = motion.encode(distorted(ink, rng) if copied else ink)
        codes = medium.alphabet.encode(ink.text, "skip")
        # Between two letters that are the same, an alignment needs a blank.
        if len(codes) and len(codes) + np.count_nonzero(codes[1:] == codes[:-1]) <= len(motions):
            values.append(motions)
            conditions.append(told(letters[codes]))
    if not values:
        raise InputError("no line is long enough for its text: look at the ink and its texts")
    lengths = rooms(map(len, values), SHAPES, UNIT)
    return SequenceReader(values, rows, conditions, lengths, seed=seed)


def _stretched(motion: Motion, rng: np.random.Generator) -> Motion:
    return replace(motion, spacing=motion.spacing * float(np.exp(rng.normal(0, 0.1))))


def _of_line(model: Any, values: Any, mask: Any, condition: Any) -> Any:
    from reverie.transcriber import text_nats

    return text_nats(model(values, mask=mask), condition.memory, mask)


def read_mistakes(model: Any, medium: Reading, inks: Sequence[Ink]) -> Mistakes:
    """How much of inks a model reads wrongly."""
    from reverie.dreams.readers import Reader

    read = Reader(model, medium).read(inks)
    return mistakes([ink.text for ink in inks], [found.text for found in read])


def measured(loaded: Loaded, path: str | None, measuring: ReadingMeasuring) -> Iterator[str]:
    """The mistakes of a model on the watched and the test part of ink, or on all of a file."""
    data = loaded.config.data
    if path is not None and not is_iam(Path(path)):
        lines = open_files(Path(path), 0.0, 0.0).train
        found = read_mistakes(loaded.model, loaded.medium, lines)
        yield f"{path}: {found.told()}, {len(lines):,} lines"
        return
    hands = open_ink(with_path(data, path), loaded.config.training.seed)
    for name, part in hands.measured():
        found = read_mistakes(loaded.model, loaded.medium, part)
        yield f"{name}: {found.told()}, {len(part):,} lines"

"""Ink: lines of handwriting, with the text that they spell or without. No jax before it trains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from reverie.codecs.handwriting import Handwriting
from reverie.codecs.ink import Ink
from reverie.codecs.strokes import Strokes
from reverie.concepts import Condition, Example, Memory
from reverie.formats.braille import in_braille
from reverie.model import nll
from reverie.tasks.handwriting.data import (
    InkCorpus,
    is_iam,
    lines_reader,
    open_files,
    open_ink,
    with_path,
)
from reverie.tasks.handwriting.options import (
    InkEvaluationOptions,
)
from reverie.tasks.task import FinalMetrics, Measure, Preview, Unit

if TYPE_CHECKING:
    from reverie.storage import Loaded
    from reverie.training.objectives import Objective
    from reverie.training.options import TrainingOptions
    from reverie.training.sequences import SequenceReader

EvaluationOptions = InkEvaluationOptions

WATCHED = 256
"""Lines that are measured during a run."""
BIAS = 0.5
"""Of what is dreamt on the way."""
PREVIEW_POINTS = 600


class Conditional(NamedTuple):
    """Ink whose text is known to the network."""

    codec: Handwriting

    def example(self, ink: Ink) -> Example:
        """The text is a memory; what the alphabet lacks is left out."""
        letters: Any = self.codec.letters(ink.text, "skip")
        mask: Any = np.ones(len(letters), bool)
        source = Condition(memory=Memory(letters, letters, mask))
        return Example(self.codec.encode(ink), source=source)

    def preview(self, model: Any, seed: int, text: str) -> Ink:
        """A line that the model writes."""
        from reverie.samplers import keys_of
        from reverie.tasks.handwriting.generate import Writer

        return Writer(model, self.codec).write([text], keys_of(seed, 1), bias=BIAS)[0].ink


class Unconditional(NamedTuple):
    """Ink alone."""

    codec: Strokes

    def example(self, ink: Ink) -> Example:
        """Without a condition."""
        return Example(self.codec.encode(ink))

    def preview(self, model: Any, seed: int, text: str) -> Ink:
        """A scribble."""
        from reverie.samplers import keys_of
        from reverie.tasks.handwriting.generate import Scribbler

        return (
            Scribbler(model, self.codec).write(PREVIEW_POINTS, keys_of(seed, 1), bias=BIAS)[0].ink
        )


class LineMetrics(NamedTuple):
    """What is measured of lines, (N,) each."""

    nats: np.ndarray
    """-log p of each."""
    squares: np.ndarray
    """The sum over its points of the squared distance from the mean of the prediction."""
    points: np.ndarray

    def told(self) -> str:
        """In words."""
        return (
            f"{self.nats.mean():.1f} nats a line over {len(self.nats):,} lines, "
            f"{self.nats.sum() / self.points.sum():.3f} nats and a squared error of "
            f"{self.squares.sum() / self.points.sum():.3f} a point, normalised offsets"
        )


@dataclass(frozen=True)
class OpenInk:
    """Lines to learn from, to watch and to measure."""

    hands: InkCorpus
    told: Conditional | Unconditional
    longest: int

    @property
    def codec(self) -> Handwriting | Strokes:
        return self.told.codec

    @property
    def references(self) -> str:
        return ""

    @cached_property
    def scale(self) -> Unit:
        watched = self._watched
        points = watched.elements if watched else 1
        lines = len(watched.dataset) if watched else 1
        return Unit("point", "nats a line", points / lines, 1)

    def described(self) -> str:
        return self.hands.told()

    def reader(self, training: TrainingOptions) -> SequenceReader:
        return lines_reader(
            self.told.example, self.hands.parts.train, training.lanes, self.longest, training.seed
        )

    def objective(self, training: TrainingOptions) -> Objective:
        from reverie.training.build import build_objective

        return build_objective(training)

    @cached_property
    def _watched(self) -> SequenceReader | None:
        lines = self.hands.parts.valid[:WATCHED]
        return lines_reader(self.told.example, lines, min(16, len(lines))) if len(lines) else None

    def measure(self) -> Measure | None:
        from reverie.training.evaluation import mean_loss

        watched = self._watched
        return None if watched is None else lambda model: mean_loss(model, watched)

    def preview(self, model: Any, seed: int) -> Preview:
        source = self.hands.parts.valid if len(self.hands.parts.valid) else self.hands.parts.train
        text = source[0].text
        ink = self.told.preview(model, seed, text)
        return Preview(
            in_braille(ink), repr(text), lambda path: self.codec.render(ink, f"{path}.svg")
        )

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        if not first:
            return None
        facts: dict[str, Any] = {"ink": self.hands.name}
        said = []
        for name, part in self.hands.parts.measured():
            found = line_metrics(self.told, model, part)
            facts[f"{name}_nats_a_line"] = float(found.nats.mean())
            said.append(f"{name}: {found.told()}")
        return FinalMetrics(facts, "\n".join(said) or "There was no ink to measure the model on.")


def line_metrics(
    told: Conditional | Unconditional, model: Any, inks: Sequence[Ink], rows: int = 16
) -> LineMetrics:
    """The loss and the squared error of every line."""
    from reverie.training.evaluation import each_sequence

    reader = lines_reader(told.example, inks, min(rows, len(inks)))
    nats, squares = each_sequence(_of_line, model, reader)
    return LineMetrics(nats, squares, reader.lengths)


def _of_line(model: Any, example: Example) -> Any:
    values, mask, condition = example.values, example.mask, example.source
    assert mask is not None
    read = model.unroll(values, model.start(condition), condition, mask=mask)
    means = read.distribution.parts[0].mean()
    squares = jnp.where(mask[:, None], jnp.square(values[0] - means), 0)
    return nll(read.distribution, values, mask).sum(), squares.sum()


def measured_lines(
    told: Conditional | Unconditional,
    loaded: Loaded,
    path: str | None,
    options: InkEvaluationOptions,
) -> Iterator[str]:
    """The measures of a model on the watched and on the test part of ink, or on all of a file."""
    data = loaded.config.data
    if path is not None and not is_iam(Path(path)):
        hands = open_files(Path(path), 0.0, 0.0)
        yield f"{path}: {line_metrics(told, loaded.model, hands.parts.train, options.rows).told()}"
        return
    hands = open_ink(with_path(data, path), loaded.config.training.seed)
    for name, part in hands.parts.measured():
        yield f"{name}: {line_metrics(told, loaded.model, part, options.rows).told()}"

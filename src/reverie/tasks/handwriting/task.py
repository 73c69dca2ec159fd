"""Ink: lines of handwriting, with the text that they spell or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from reverie.codecs.handwriting import Handwriting
from reverie.codecs.ink import Ink
from reverie.codecs.strokes import Strokes
from reverie.concepts import Condition, Example, Memory
from reverie.data.ink.corpus import InkCorpus, open_ink, parts_to_measure
from reverie.data.split import Split
from reverie.formats import svg
from reverie.formats.braille import to_braille
from reverie.model import SequenceModel, nll
from reverie.samplers import keys_of
from reverie.storage import Loaded
from reverie.tasks.handwriting.build import pen_model, window_model
from reverie.tasks.handwriting.data import draw_versions, lines_reader
from reverie.tasks.handwriting.generate import Scribbler, Writer
from reverie.tasks.handwriting.options import InkEvaluationOptions, WritingData
from reverie.tasks.handwriting.picture import picture
from reverie.tasks.handwriting.write import scribble, write
from reverie.tasks.task import (
    FinalMetrics,
    Given,
    Measure,
    OpenTask,
    Output,
    Perform,
    Preview,
    Task,
    Unit,
)
from reverie.training.evaluation import each_sequence, loss_on
from reverie.training.objectives import Objective, build_objective
from reverie.training.options import TrainingOptions
from reverie.training.sequences import SequenceReader

VALIDATED = 256
"""Lines that are measured during a run."""
BIAS = 0.5
"""Of the previews."""
PREVIEW_POINTS = 600


class Conditional(NamedTuple):
    """Ink whose text is known to the network."""

    codec: Handwriting

    def example(self, ink: Ink) -> Example:
        """The text is a memory; what the alphabet lacks is left out."""
        letters: Any = self.codec.encode_text(ink.text, "skip")
        mask: Any = np.ones(len(letters), bool)
        source = Condition(memory=Memory(letters, letters, mask))
        return Example(self.codec.encode(ink), source=source)

    def preview(self, model: Any, seed: int, text: str) -> Ink:
        """A line that the model writes."""
        return Writer(model, self.codec).write([text], keys_of(seed, 1), bias=BIAS)[0].ink


class Unconditional(NamedTuple):
    """Ink alone."""

    codec: Strokes

    def example(self, ink: Ink) -> Example:
        """Without a condition."""
        return Example(self.codec.encode(ink))

    def preview(self, model: Any, seed: int, text: str) -> Ink:
        """A scribble."""
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

    def summary(self) -> str:
        """In words."""
        return (
            f"{self.nats.mean():.1f} nats a line over {len(self.nats):,} lines, "
            f"{self.nats.sum() / self.points.sum():.3f} nats and a squared error of "
            f"{self.squares.sum() / self.points.sum():.3f} a point, normalised offsets"
        )


@dataclass(frozen=True)
class OpenInk(OpenTask):
    """Lines to learn from, to watch and to measure."""

    corpus: InkCorpus
    variant: Conditional | Unconditional
    data: WritingData

    @property
    def codec(self) -> Handwriting | Strokes:
        return self.variant.codec

    @cached_property
    def unit(self) -> Unit:
        validation = self._validation_reader
        points = validation.elements if validation else 1
        lines = len(validation.dataset) if validation else 1
        return Unit("point", "nats a line", points / lines, 1)

    def summary(self) -> str:
        return self.corpus.summary()

    def contents(self) -> Split[Any]:
        return self.corpus.contents()

    def reader(self, training: TrainingOptions) -> SequenceReader:
        return lines_reader(
            self.variant.example,
            self.corpus.parts.train,
            training.lanes,
            self.data.longest,
            training.seed,
            versions=draw_versions(self.corpus.parts.train, self.data, training.seed),
        )

    def objective(self, training: TrainingOptions) -> Objective:
        return build_objective(training)

    @cached_property
    def _validation_reader(self) -> SequenceReader | None:
        lines = self.corpus.parts.valid[:VALIDATED]
        return (
            lines_reader(self.variant.example, lines, min(16, len(lines))) if len(lines) else None
        )

    def measure(self) -> Measure | None:
        return loss_on(self._validation_reader)

    def preview(self, model: Any, seed: int) -> Preview:
        source = (
            self.corpus.parts.valid if len(self.corpus.parts.valid) else self.corpus.parts.train
        )
        text = source[0].text
        ink = self.variant.preview(model, seed, text)
        return Preview(to_braille(ink), repr(text), lambda path: svg.write(ink, f"{path}.svg"))

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        if not first:
            return None
        facts: dict[str, Any] = {"ink": self.corpus.name}
        said = []
        for name, part in self.corpus.parts.measured():
            found = line_metrics(self.variant, model, part)
            facts[f"{name}_nats_a_line"] = float(found.nats.mean())
            said.append(f"{name}: {found.summary()}")
        return FinalMetrics(facts, "\n".join(said) or "There was no ink to measure the model on.")


def line_metrics(
    variant: Conditional | Unconditional, model: Any, inks: Sequence[Ink], rows: int = 16
) -> LineMetrics:
    """The loss and the squared error of every line."""
    reader = lines_reader(variant.example, inks, min(rows, len(inks)))
    nats, squares = each_sequence(_of_line, model, reader)
    return LineMetrics(nats, squares, reader.lengths)


def _of_line(model: Any, example: Example) -> Any:
    values, mask, condition = example.values, example.mask, example.source
    assert mask is not None
    read = model.unroll(values, model.start(condition), condition, mask=mask)
    means = read.distribution.parts[0].mean()
    squares = jnp.where(mask[:, None], jnp.square(values[0] - means), 0)
    return nll(read.distribution, values, mask).sum(), squares.sum()


def evaluate(variant: Conditional | Unconditional, loaded: Loaded, given: Given) -> Output:
    """The measures of a model on the validation and test parts of ink, or on all of a file."""
    path, rows = given.values.get("path"), given.group(InkEvaluationOptions).rows
    if path in (None, "pen"):
        given.check_own_data(loaded)
    for name, part in parts_to_measure(path, loaded.config):
        yield f"{name}: {line_metrics(variant, loaded.model, part, rows).summary()}\n"


class ConditionalTask(Task):
    """Learning to write a text by hand."""

    def codec_from(self, description: Any) -> Handwriting:
        return Handwriting.from_description(description)

    def build(self, config: Any, codec: Handwriting, *, rng: np.random.Generator) -> SequenceModel:
        return window_model(config.network, codec.size, rng=rng)

    def open(self, config: Any, codec: Handwriting | None = None) -> OpenInk:
        corpus = open_ink(config.data, config.training.seed)
        if codec is not None:
            # One scale for all parts: that of the lines to learn from.
            corpus = corpus._replace(parts=corpus.parts.map(codec.rescaling(corpus.parts.train)))
        variant = Conditional(codec or Handwriting.learn(corpus.parts.train))
        return OpenInk(corpus, variant, config.data)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"write": write, "picture": picture, "evaluate": self.evaluate}

    def evaluate(self, loaded: Loaded, given: Given) -> Output:
        """The measures of a model, each line given its text."""
        return evaluate(Conditional(loaded.codec), loaded, given)


class UnconditionalTask(Task):
    """Learning to scribble."""

    def codec_from(self, description: Any) -> Strokes:
        return Strokes.from_description(description)

    def build(self, config: Any, codec: Strokes, *, rng: np.random.Generator) -> SequenceModel:
        return pen_model(config.network, rng=rng)

    def open(self, config: Any, codec: Strokes | None = None) -> OpenInk:
        corpus = open_ink(config.data, config.training.seed)
        variant = Unconditional(codec or Strokes.learn(corpus.parts.train))
        return OpenInk(corpus, variant, config.data)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"scribble": scribble, "evaluate": self.evaluate}

    def evaluate(self, loaded: Loaded, given: Given) -> Output:
        """The measures of a model."""
        return evaluate(Unconditional(loaded.codec), loaded, given)


CONDITIONAL, UNCONDITIONAL = ConditionalTask(), UnconditionalTask()

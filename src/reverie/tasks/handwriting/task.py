"""Ink: lines of handwriting, with the text that they spell or without. No jax before it trains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from reverie.codecs.handwriting import Handwriting
from reverie.codecs.ink import Ink
from reverie.codecs.strokes import Strokes
from reverie.errors import InputError
from reverie.formats import svg
from reverie.formats.braille import to_braille
from reverie.padding import bucket_sizes
from reverie.settings import change_group
from reverie.tasks.handwriting.data import InkSplits, is_iam, open_files, open_iam, open_pen
from reverie.tasks.handwriting.options import (
    InkData,
    InkEvaluationOptions,
    PenNetwork,
    WindowNetwork,
)
from reverie.tasks.task import FinalMetrics, Measure, Preview, Unit

if TYPE_CHECKING:
    from reverie.concepts import Condition
    from reverie.storage import Loaded
    from reverie.training.objectives import Objective
    from reverie.training.options import TrainingOptions
    from reverie.training.sequences import SequenceReader

EvaluationOptions = InkEvaluationOptions

WATCHED = 256
"""Lines that are measured during a run."""
UNIT, SHAPES = 50, 5
"""Batches are padded to multiples of the first, in points, in so many shapes."""
BIAS = 0.5
"""Of what is dreamt on the way."""
PREVIEW_POINTS = 600


def open_ink(data: InkData, seed: int = 0) -> InkSplits:
    """The ink that options name. InputError where it is missing or broken."""
    if data.data == "pen":
        parts = (data.valid_part, data.test_part)
        return open_pen(data.text, data.lines, data.hands, seed, *parts)
    path = Path(data.data)
    if is_iam(path):
        return open_iam(path, clean=data.split == "clean")
    return open_files(path, data.valid_part, data.test_part)


def visible_widths(network: PenNetwork) -> frozenset[int]:
    """Those of a step, of the numbers of the next one, and of the window's."""
    window = {3 * network.gaussians} if isinstance(network, WindowNetwork) else set()
    return frozenset({3, 6 * network.components + 1} | window)


class Conditional(NamedTuple):
    """Ink whose text is known to the network."""

    codec: Handwriting

    def condition(self, ink: Ink) -> Condition:
        """The text as a memory; what the alphabet lacks is left out."""
        from reverie.concepts import Condition, Memory

        letters: Any = self.codec.encode_text(ink.text, "skip")
        mask: Any = np.ones(len(letters), bool)
        return Condition(memory=Memory(letters, letters, mask))

    def preview(self, model: Any, seed: int, text: str) -> Ink:
        """A line that the model writes."""
        from reverie.keys import keys_of
        from reverie.tasks.handwriting.generate import Writer

        return Writer(model, self.codec).write([text], keys_of(seed, 1), bias=BIAS)[0].ink


class Unconditional(NamedTuple):
    """Ink alone."""

    codec: Strokes

    def condition(self, ink: Ink) -> Condition:
        """None."""
        from reverie.concepts import Condition

        return Condition()

    def preview(self, model: Any, seed: int, text: str) -> Ink:
        """A scribble."""
        from reverie.keys import keys_of
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

    def summary(self) -> str:
        """In words."""
        return (
            f"{self.nats.mean():.1f} nats a line over {len(self.nats):,} lines, "
            f"{self.nats.sum() / self.points.sum():.3f} nats and a squared error of "
            f"{self.squares.sum() / self.points.sum():.3f} a point, normalised offsets"
        )


@dataclass(frozen=True)
class OpenInk:
    """Lines to learn from, to watch and to measure."""

    hands: InkSplits
    told: Conditional | Unconditional
    longest: int
    visible: frozenset[int]

    @property
    def codec(self) -> Handwriting | Strokes:
        return self.told.codec

    @property
    def references(self) -> str:
        return ""

    @cached_property
    def scale(self) -> Unit:
        watched = self._watched
        points = int(watched.sizes.sum()) if watched else 1
        lines = len(watched.sizes) if watched else 1
        return Unit("point", "nats a line", points / lines, 1)

    def described(self) -> str:
        return self.hands.summary()

    def reader(self, training: TrainingOptions) -> SequenceReader:
        return lines_reader(
            self.told, self.hands.train, training.lanes, self.longest, training.seed
        )

    def objective(self, training: TrainingOptions) -> Objective:
        from reverie.training.build import build_objective

        return build_objective(training)

    @cached_property
    def _watched(self) -> SequenceReader | None:
        lines = self.hands.valid[:WATCHED]
        return lines_reader(self.told, lines, min(16, len(lines))) if len(lines) else None

    def measure(self) -> Measure | None:
        from reverie.training.evaluation import mean_loss

        watched = self._watched
        return None if watched is None else lambda model: mean_loss(model, watched)

    def preview(self, model: Any, seed: int) -> Preview:
        source = self.hands.valid if len(self.hands.valid) else self.hands.train
        text = source[0].text
        ink = self.told.preview(model, seed, text)
        return Preview(to_braille(ink), repr(text), lambda path: svg.write(ink, f"{path}.svg"))

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        if not first:
            return None
        facts: dict[str, Any] = {"ink": self.hands.name}
        said = []
        for name, part in self.hands.evaluate():
            found = line_metrics(self.told, model, part)
            facts[f"{name}_nats_a_line"] = float(found.nats.mean())
            said.append(f"{name}: {found.summary()}")
        return FinalMetrics(facts, "\n".join(said) or "There was no ink to measure the model on.")


def lines_reader(
    told: Conditional | Unconditional,
    inks: Sequence[Ink],
    rows: int,
    longest: int | None = None,
    seed: int = 0,
) -> SequenceReader:
    """Lines of at most `longest` points, and their conditions."""
    from reverie.training.sequences import SequenceReader

    pairs = [(told.codec.encode(ink), told.condition(ink)) for ink in inks]
    kept = [pair for pair in pairs if longest is None or len(pair[0][0]) <= longest]
    if not kept:
        raise InputError(f"no line has {longest} points or less: raise longest")
    values, conditions = zip(*kept, strict=True)
    lengths = bucket_sizes((len(v[0]) for v in values), SHAPES, UNIT)
    return SequenceReader(values, rows, conditions, lengths, seed=seed)


def line_metrics(
    told: Conditional | Unconditional, model: Any, inks: Sequence[Ink], rows: int = 16
) -> LineMetrics:
    """The loss and the squared error of every line."""
    from reverie.training.evaluation import each_sequence

    reader = lines_reader(told, inks, min(rows, len(inks)))
    nats, squares = each_sequence(_of_line, model, reader)
    return LineMetrics(nats, squares, reader.sizes)


def _of_line(model: Any, values: Any, mask: Any, condition: Any) -> Any:
    import jax.numpy as jnp

    from reverie.model import nll

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
        yield f"{path}: {line_metrics(told, loaded.model, hands.train, options.rows).summary()}"
        return
    hands = open_ink(with_path(data, path), loaded.config.training.seed)
    for name, part in hands.evaluate():
        yield f"{name}: {line_metrics(told, loaded.model, part, options.rows).summary()}"


D = TypeVar("D", bound=InkData)


def with_path(data: D, path: str | None) -> D:
    """The options, with the data in another place."""
    return data if path is None else change_group(data, {"data": path})

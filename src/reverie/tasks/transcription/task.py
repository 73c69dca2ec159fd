"""Ink to be read: traces, with their texts as what is to be found. No jax before it trains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reverie.codecs.ink import Ink
from reverie.codecs.motion import Motion
from reverie.codecs.reading import Reading
from reverie.metrics.edit_distance import ErrorRates, edit_distance
from reverie.tasks.handwriting.data import InkSplits, is_iam, open_files
from reverie.tasks.handwriting.task import open_ink, with_path
from reverie.tasks.task import FinalMetrics, Measure, Preview, Unit
from reverie.tasks.transcription.data import traces
from reverie.tasks.transcription.options import TranscriptionEvaluationOptions

if TYPE_CHECKING:
    from reverie.storage import Loaded
    from reverie.tasks.transcription.options import ReadingData, ReadingNetwork
    from reverie.training.objectives import Objective
    from reverie.training.options import TrainingOptions
    from reverie.training.sequences import SequenceReader

EvaluationOptions = TranscriptionEvaluationOptions
codec_from = Reading.from_description

WATCHED, SHOWN = 320, 3
"""Lines that are measured during a run, and that are shown."""


def open_task(config: Any, codec: Reading | None = None) -> OpenTraces:
    """The lines that a config names; the alphabet is learned from them unless it is given."""
    hands = open_ink(config.data, config.training.seed)
    network: ReadingNetwork = config.network
    codec = codec or Reading.learn(hands.train, Motion(network.spacing, network.window))
    return OpenTraces(hands, codec, config.data)


@dataclass(frozen=True)
class OpenTraces:
    """Lines to learn from, to watch and to measure."""

    hands: InkSplits
    codec: Reading
    data: ReadingData
    references: str = ""

    @property
    def visible(self) -> frozenset[int]:
        return frozenset({self.codec.motion.width, self.codec.alphabet.size + 1})

    @cached_property
    def scale(self) -> Unit:
        watched = self._watched
        steps = float(watched.sizes.mean()) if watched else 1.0
        return Unit("step", "nats a line", steps, 2)

    def described(self) -> str:
        return self.hands.summary()

    def reader(self, training: TrainingOptions) -> SequenceReader:
        return traces(self.codec, self.hands.train, training.lanes, self.data.copies, training.seed)

    def objective(self, training: TrainingOptions) -> Objective:
        from reverie.training.ctc import CTC

        return CTC()

    @cached_property
    def _watched(self) -> SequenceReader | None:
        lines = self.hands.valid[:WATCHED]
        return traces(self.codec, lines, min(16, len(lines))) if len(lines) else None

    def measure(self) -> Measure | None:
        from reverie.training.evaluation import mean_loss

        watched = self._watched
        return None if watched is None else lambda model: mean_loss(model, watched, _of_line)

    def preview(self, model: Any, seed: int) -> Preview | None:
        from reverie.tasks.transcription.generate import Recogniser

        lines = self.hands.valid[:WATCHED]
        if not len(lines):
            return None
        read = [found.text for found in Recogniser(model, self.codec).read(lines)]
        truths = [line.text for line in lines]
        pairs = list(zip(truths, read, strict=True))[:SHOWN]
        shown = "\n".join(f"{truth}\n  {text}" for truth, text in pairs)
        return Preview(shown, edit_distance(truths, read).summary())

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        if not first:
            return None
        facts: dict[str, Any] = {"ink": self.hands.name}
        said = []
        for name, part in self.hands.evaluate():
            found = read_mistakes(model, self.codec, part)
            facts |= {f"{name}_characters": found.characters, f"{name}_words": found.words}
            said.append(f"{name}: {found.summary()}, {len(part):,} lines")
        return FinalMetrics(facts, "\n".join(said) or "There was no ink to measure the model on.")


def _of_line(model: Any, values: Any, mask: Any, condition: Any) -> Any:
    from reverie.ctc import text_nats

    return text_nats(model(values, mask=mask), condition.memory, mask)


def read_mistakes(model: Any, codec: Reading, inks: Sequence[Ink]) -> ErrorRates:
    """How much of inks a model reads wrongly."""
    from reverie.tasks.transcription.generate import Recogniser

    read = Recogniser(model, codec).read(inks)
    return edit_distance([ink.text for ink in inks], [found.text for found in read])


def evaluate(
    loaded: Loaded, path: str | None, options: TranscriptionEvaluationOptions
) -> Iterator[str]:
    """The mistakes of a model on the watched and the test part of ink, or on all of a file."""
    data = loaded.config.data
    if path is not None and not is_iam(Path(path)):
        lines = open_files(Path(path), 0.0, 0.0).train
        found = read_mistakes(loaded.model, loaded.codec, lines)
        yield f"{path}: {found.summary()}, {len(lines):,} lines"
        return
    hands = open_ink(with_path(data, path), loaded.config.training.seed)
    for name, part in hands.evaluate():
        found = read_mistakes(loaded.model, loaded.codec, part)
        yield f"{name}: {found.summary()}, {len(part):,} lines"

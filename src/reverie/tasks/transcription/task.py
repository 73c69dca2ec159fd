"""Transcription: traces of handwriting, and the texts that are to be found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reverie.codecs.ink import Ink
from reverie.codecs.level import is_dot
from reverie.codecs.motion import Motion
from reverie.codecs.reading import Reading
from reverie.ctc import CTCModel, example_nats
from reverie.data.ink.corpus import InkCorpus, open_ink, parts_to_measure
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.formats.ink_files import read_files
from reverie.metrics.edit_distance import ErrorRates, edit_distance
from reverie.storage import Loaded
from reverie.tasks.task import (
    FinalMetrics,
    Given,
    Measure,
    OpenTask,
    Output,
    Perform,
    Preview,
    Remark,
    Task,
    Unit,
)
from reverie.tasks.transcription.build import ctc_model
from reverie.tasks.transcription.data import traces
from reverie.tasks.transcription.generate import Recogniser
from reverie.tasks.transcription.lines import split_lines
from reverie.tasks.transcription.options import ReadingData, ReadingNetwork
from reverie.training.ctc import CTC
from reverie.training.evaluation import loss_on
from reverie.training.objectives import Objective
from reverie.training.options import TrainingOptions
from reverie.training.sequences import SequenceReader

VALIDATED, SHOWN = 320, 3
"""Lines that are measured during a run, and that are shown."""


@dataclass(frozen=True)
class OpenTraces(OpenTask):
    """Lines to learn from, to watch and to measure."""

    corpus: InkCorpus
    codec: Reading
    data: ReadingData

    @cached_property
    def unit(self) -> Unit:
        validation = self._validation_reader
        steps = float(validation.lengths.mean()) if validation else 1.0
        return Unit("step", "nats a line", steps, 2)

    def summary(self) -> str:
        return self.corpus.summary()

    def contents(self) -> Split[Any]:
        return self.corpus.contents()

    def reader(self, training: TrainingOptions) -> SequenceReader:
        return traces(
            self.codec, self.corpus.parts.train, training.lanes, self.data.copies, training.seed
        )

    def objective(self, training: TrainingOptions) -> Objective:
        return CTC()

    @cached_property
    def _validation_reader(self) -> SequenceReader | None:
        lines = self.corpus.parts.valid[:VALIDATED]
        return traces(self.codec, lines, min(16, len(lines))) if len(lines) else None

    def measure(self) -> Measure | None:
        return loss_on(self._validation_reader, example_nats)

    def preview(self, model: Any, seed: int) -> Preview | None:
        lines = self.corpus.parts.valid[:VALIDATED]
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
        facts: dict[str, Any] = {"ink": self.corpus.name}
        said = []
        for name, part in self.corpus.parts.measured():
            found = read_mistakes(model, self.codec, part)
            facts |= {f"{name}_characters": found.characters, f"{name}_words": found.words}
            said.append(f"{name}: {found.summary()}, {len(part):,} lines")
        return FinalMetrics(facts, "\n".join(said) or "There was no ink to measure the model on.")


def read_mistakes(model: Any, codec: Reading, inks: Sequence[Ink]) -> ErrorRates:
    """How much of inks a model reads wrongly."""
    read = Recogniser(model, codec).read(inks)
    return edit_distance([ink.text for ink in inks], [found.text for found in read])


def read(loaded: Loaded, given: Given) -> Output:
    """The text of each line of the traces. InputError where there are only dots."""
    files = [(name, read_files(name)) for name in given.values["files"]]
    for name, file in files:
        yield from (Remark(f"{name}: {note}") for note in file.notes)
    lines = [line for _, file in files for ink in file.inks for line in split_lines(ink)]
    if all(is_dot(line) for line in lines):
        raise InputError("the ink is a single dot: there is nothing to read")
    for found in Recogniser(loaded.model, loaded.codec).read(lines):
        yield f"{found.text}\n"


def evaluate(loaded: Loaded, given: Given) -> Output:
    """The error rates of a model on its validation and test parts, or on all of a file."""
    path = given.values.get("path")
    if path in (None, "pen"):
        given.check_own_data(loaded)
    for name, part in parts_to_measure(path, loaded.config):
        found = read_mistakes(loaded.model, loaded.codec, part)
        yield f"{name}: {found.summary()}, {len(part):,} lines\n"


class TranscriptionTask(Task):
    """Learning to read handwriting."""

    def codec_from(self, description: Any) -> Reading:
        return Reading.from_description(description)

    def build(self, config: Any, codec: Reading, *, rng: np.random.Generator) -> CTCModel:
        return ctc_model(config.network, codec.motion.width, codec.alphabet.size, rng=rng)

    def open(self, config: Any, codec: Reading | None = None) -> OpenTraces:
        corpus = open_ink(config.data, config.training.seed)
        network: ReadingNetwork = config.network
        codec = codec or Reading.learn(corpus.parts.train, Motion(network.spacing, network.window))
        return OpenTraces(corpus, codec, config.data)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"read": read, "evaluate": evaluate}


TASK = TranscriptionTask()

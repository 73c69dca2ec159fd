"""Chorales: music in voices, of which any part is learned given the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reverie.codecs.voices import VoiceGrid, Voices
from reverie.concepts import Example
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.model import SequenceModel
from reverie.storage import Loaded
from reverie.tasks.chorales.build import voice_model
from reverie.tasks.chorales.compose import compose, empty, finish
from reverie.tasks.chorales.data import (
    Scores,
    VoiceDataset,
    grids_of,
    open_scores,
    voice_reader,
)
from reverie.tasks.chorales.generate import Composer
from reverie.tasks.chorales.options import (
    ChoraleData,
    ChoraleEvaluationOptions,
    ComposeOptions,
)
from reverie.tasks.music.output import text_of
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
from reverie.training.evaluation import loss_on, mean_loss, sequence_nats
from reverie.training.objectives import Objective, build_objective
from reverie.training.options import TrainingOptions
from reverie.training.sequences import SequenceReader

ROWS, SHOWN = 8, 2
"""Pieces that are measured side by side, and bars of the sample in the panel."""


@dataclass(frozen=True)
class OpenChorales(OpenTask):
    """Pieces to learn from, to watch and to measure."""

    scores: Scores
    codec: Voices
    data: ChoraleData

    @property
    def unit(self) -> Unit:
        return Unit("symbol", "nats a step", float(self.codec.voices))

    def summary(self) -> str:
        return self.scores.summary()

    @cached_property
    def grids(self) -> Split[list[VoiceGrid]]:
        """The pieces step by step."""
        return self.scores.parts.map(lambda part: grids_of(self.codec, part))

    def contents(self) -> Split[Any]:
        return self.grids.map(lambda part: [grid.symbols for grid in part])

    def reader(self, training: TrainingOptions) -> SequenceReader:
        dataset = VoiceDataset(
            self.codec, self.grids.train, keys=self.data.keys, longest=self.data.longest
        )
        return voice_reader(dataset, training.lanes, training.seed)

    def objective(self, training: TrainingOptions) -> Objective:
        return build_objective(training)

    @cached_property
    def _validation_reader(self) -> SequenceReader | None:
        valid = self.grids.valid
        return voice_reader(VoiceDataset(self.codec, valid), ROWS) if valid else None

    def measure(self) -> Measure | None:
        return loss_on(self._validation_reader)

    def preview(self, model: Any, seed: int) -> Preview:
        frame = empty(ComposeOptions(bars=SHOWN), self.codec)
        (drawn,) = Composer(model, self.codec).compose(frame.grid, frame.given, seed=seed)
        made = finish(self.codec, frame, drawn, seed)
        return Preview(text_of(made.tune), made.remark)

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        part = self.grids.held_out
        if not first:
            return None
        facts: dict[str, Any] = {"music": self.scores.name}
        if not part:
            return FinalMetrics(facts, "There was no music to measure the model on.")
        found = measure_voices(model, self.codec, part)
        return FinalMetrics(facts | found, describe(found))


def measure_voices(model: SequenceModel, codec: Voices, grids: list[Any]) -> dict[str, float]:
    """Nats a step where nothing is known, and those of the other voices given the first."""
    reader = voice_reader(VoiceDataset(codec, grids), ROWS)
    free = mean_loss(model, reader)
    beneath = mean_loss(model, reader, _beneath_the_melody)
    return {"test_nats": free * codec.voices, "test_nats_beneath": beneath * codec.voices}


def _beneath_the_melody(model: SequenceModel, example: Example) -> Any:
    source = example.source
    melody = np.arange(source.symbols.shape[-1]) == 0
    others: Any = np.tile(~melody, len(source.mask)).astype(np.float32)
    known = source._replace(given=melody & source.mask[:, None])
    return sequence_nats(model, example._replace(source=known, weights=others))


def describe(found: Mapping[str, float]) -> str:
    """The measures, for people."""
    return (
        f"{found['test_nats']:.3f} nats a step of all voices, {found['test_nats_beneath']:.3f} of "
        "those beneath a given melody"
    )


def evaluate(loaded: Loaded, given: Given) -> Output:
    """The measures of a model on its own music."""
    options = given.group(ChoraleEvaluationOptions)
    given.check_own_data(loaded)
    parts = open_scores(loaded.config.data).parts
    part = parts.held_out if options.part == "test" else parts.valid
    if not part:
        raise InputError("there is no music to measure the model on")
    codec = loaded.codec
    yield describe(measure_voices(loaded.model, codec, grids_of(codec, part))) + "\n"


class ChoraleTask(Task):
    """Learning to draw the voices of a piece."""

    def codec_from(self, description: Any) -> Voices:
        return Voices.from_description(description)

    def build(self, config: Any, codec: Voices, *, rng: np.random.Generator) -> SequenceModel:
        return voice_model(config.network, codec, rng=rng)

    def open(self, config: Any, codec: Voices | None = None) -> OpenChorales:
        data: ChoraleData = config.data
        scores = open_scores(data)
        tunes = [score.tune for part in scores.parts for score in part]
        return OpenChorales(scores, codec or Voices.learn(tunes, data.voices, data.step), data)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"compose": compose, "evaluate": evaluate}


TASK = ChoraleTask()

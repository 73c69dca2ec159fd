"""Music: piano rolls, of which the next frame is learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reverie.codecs.piano_roll import PianoRoll
from reverie.data.music.pieces import RollCollection
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.model import SequenceModel
from reverie.samplers import Sample, keys_of
from reverie.storage import Loaded
from reverie.tasks.music.build import roll_model
from reverie.tasks.music.compose import compose, draw_pieces
from reverie.tasks.music.data import open_music
from reverie.tasks.music.excerpts import roll_reader
from reverie.tasks.music.measure import ROWS, measure_rolls, roll_nats
from reverie.tasks.music.options import MusicEvaluationOptions, MusicLearning
from reverie.tasks.music.output import text_of
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
from reverie.training.contrastive import ContrastiveDivergence
from reverie.training.evaluation import loss_on
from reverie.training.objectives import Objective, build_objective
from reverie.training.sequences import SequenceReader

SHOWN = 16
"""Frames of the sample in the panel."""


@dataclass(frozen=True)
class OpenMusic(OpenTask):
    """Pieces to learn from, to watch and to measure."""

    pieces: RollCollection
    codec: PianoRoll
    rbm: bool = False

    @property
    def unit(self) -> Unit:
        return Unit("frame", "nats a frame", 1.0)

    def summary(self) -> str:
        return self.pieces.summary()

    def contents(self) -> Split[Any]:
        return self.pieces.parts

    def reader(self, training: MusicLearning) -> SequenceReader:
        return roll_reader(
            self.pieces.parts.train,
            training.lanes,
            length=training.length,
            context=training.context,
            seed=training.seed,
        )

    def objective(self, training: MusicLearning) -> Objective:
        return ContrastiveDivergence(training.gibbs) if self.rbm else build_objective(training)

    @cached_property
    def _validation_reader(self) -> SequenceReader | None:
        valid = self.pieces.parts.valid
        return roll_reader(valid, ROWS) if valid else None

    def measure(self) -> Measure | None:
        return loss_on(self._validation_reader, roll_nats)

    def preview(self, model: Any, seed: int) -> Preview:
        keys = keys_of(seed, 1)
        (made,) = draw_pieces(model, self.codec, Sample(), SHOWN, keys, 100.0)
        return Preview(text_of(made.tune), made.remark)

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        if not first:
            return None
        part = self.pieces.parts.held_out
        facts: dict[str, Any] = {"music": self.pieces.name}
        if not part:
            return FinalMetrics(facts, "There was no music to measure the model on.")
        found = measure_rolls(model, part)
        facts |= {f"test_{name}": value for name, value in found._asdict().items()}
        return FinalMetrics(facts, f"{self.pieces.name}: {found.summary()}")


def evaluate(loaded: Loaded, given: Given) -> Output:
    """The measures of a model on its own music."""
    options = given.group(MusicEvaluationOptions)
    given.check_own_data(loaded)
    pieces = open_music(loaded.config.data)
    yield from map(Remark, pieces.notes)
    part = getattr(pieces.parts, options.part)
    if not part:
        raise InputError(f"{pieces.name} has no {options.part} part to measure the model on")
    yield f"{pieces.name}, {options.part}: {measure_rolls(loaded.model, part).summary()}\n"


class MusicTask(Task):
    """Learning to predict the next frame of a piano roll."""

    def codec_from(self, description: Any) -> PianoRoll:
        return PianoRoll.from_description(description)

    def build(self, config: Any, codec: PianoRoll, *, rng: np.random.Generator) -> SequenceModel:
        return roll_model(config.network, rng=rng)

    def open(self, config: Any, codec: PianoRoll | None = None) -> OpenMusic:
        pieces = open_music(config.data)
        return OpenMusic(pieces, codec or pieces.codec, config.network.notes == "rbm")

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"compose": compose, "evaluate": evaluate}


TASK = MusicTask()

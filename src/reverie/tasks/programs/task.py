"""Learning to execute: the answer to an exercise, character by character, after reading it once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from reverie.codecs.characters import Characters
from reverie.data.split import Split
from reverie.inspection.saving import save_figure
from reverie.model import SequenceModel
from reverie.storage import Loaded
from reverie.tasks.programs.accuracy import ROWS, accuracy_table, measure_accuracy
from reverie.tasks.programs.data import (
    codec_of,
    exercise_dataset,
    exercise_reader,
    held_out,
    kind_of,
    training_exercises,
)
from reverie.tasks.programs.execute import answer, execute, spelled
from reverie.tasks.programs.exercises import Difficulty, Exercise, ExerciseKind
from reverie.tasks.programs.heat import heat_picture
from reverie.tasks.programs.options import ProgramData, ProgramEvaluationOptions
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
from reverie.tasks.text.build import symbol_model
from reverie.training.evaluation import loss_on
from reverie.training.generated import GeneratedReader
from reverie.training.objectives import Objective, build_objective
from reverie.training.options import TrainingOptions
from reverie.training.sequences import SequenceReader

COMPARED, VALIDATED, TESTED = 64, 256, 1000
"""Exercises by which a training is known again, that are watched, and that are for the test."""


@dataclass(frozen=True)
class OpenPrograms(OpenTask):
    """Exercises of one kind, written when they are needed."""

    data: ProgramData
    kind: ExerciseKind
    codec: Characters

    @property
    def unit(self) -> Unit:
        return Unit("character", "bits a character", 1 / math.log(2))

    @property
    def target(self) -> Difficulty:
        """How hard exercises become."""
        return Difficulty(self.data.length, self.data.nesting)

    def summary(self) -> str:
        data = self.data
        most = f" and {data.nesting} operations" if data.kind == "programs" else ""
        return (
            f"{data.kind}: numbers of up to {data.length} digits{most}, curriculum "
            f"{data.curriculum}\nwritten by chance, without an end; {VALIDATED:,} of the hardest "
            f"to watch, {TESTED:,} for the test, none of which is learned from"
        )

    @cached_property
    def parts(self) -> Split[list[Exercise]]:
        """The first that are learned from, and all of the others."""
        draw = training_exercises(self.data)
        first = [draw(np.random.default_rng(n), 0) for n in range(COMPARED)]
        valid = held_out(self.kind, "valid", self.target, VALIDATED)
        return Split(first, valid, held_out(self.kind, "test", self.target, TESTED))

    def contents(self) -> Split[Any]:
        return self.parts.map(lambda part: ["".join(exercise) for exercise in part])

    def reader(self, training: TrainingOptions) -> GeneratedReader:
        return exercise_reader(self.data, training.lanes, training.seed)

    def objective(self, training: TrainingOptions) -> Objective:
        return build_objective(training)

    def measure(self) -> Measure | None:
        return loss_on(SequenceReader(exercise_dataset(self.codec, self.parts.valid), ROWS))

    def preview(self, model: Any, seed: int) -> Preview:
        exercise = self.parts.valid[seed % VALIDATED]
        written = spelled(answer(model, self.codec, exercise.question))
        found = measure_accuracy(model, self.codec, self.parts.valid)
        return Preview(f"{exercise.question}{written}   (right: {exercise.answer})", found.format())

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        if not first:
            return None
        found = measure_accuracy(model, self.codec, self.parts.test)
        facts = {f"test_{name}": value for name, value in found._asdict().items()}
        return FinalMetrics(facts, f"test: {found.format()}")


def evaluate(loaded: Loaded, given: Given) -> Output:
    """The accuracies by length and nesting, as a table and as a picture."""
    data, options = loaded.config.data, given.group(ProgramEvaluationOptions)
    length, nesting = options.length or data.length, options.nesting or data.nesting
    kind = kind_of(replace(data, length=length, nesting=nesting))
    target = Difficulty(length, nesting)
    table = accuracy_table(loaded.model, kind, loaded.codec, target, options.count, options.seed)
    yield from (f"{line}\n" for line in table.lines())
    yield f"the hardest: {table.cells[-1][-1].format()}\n"
    if options.out:
        save_figure(heat_picture({"": table}), options.out)
        yield Remark(f"drawn to {options.out}")


class ProgramTask(Task):
    """Learning to write what a program prints."""

    def codec_from(self, description: Any) -> Characters:
        return Characters.from_description(description)

    def build(self, config: Any, codec: Characters, *, rng: np.random.Generator) -> SequenceModel:
        return symbol_model(config.network, codec.size, rng=rng)

    def open(self, config: Any, codec: Characters | None = None) -> OpenPrograms:
        kind = kind_of(config.data)
        return OpenPrograms(config.data, kind, codec or codec_of(kind))

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"execute": execute, "evaluate": evaluate}


TASK = ProgramTask()

"""Algorithms: problems made on the fly, whose answers can be computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reverie.data.split import Split
from reverie.errors import InputError
from reverie.model import SequenceModel
from reverie.storage import Loaded
from reverie.tasks.algorithms.build import algorithm_model, exceeds
from reverie.tasks.algorithms.data import OfSizes, fixed_reader, problem_reader
from reverie.tasks.algorithms.inspect import inspect
from reverie.tasks.algorithms.measure import (
    footing,
    heading,
    round_actions,
    row,
    sizes_from,
    sizes_to,
    solve,
    table,
)
from reverie.tasks.algorithms.options import AlgorithmData, AlgorithmEvaluationOptions
from reverie.tasks.algorithms.problems import Problem, make_problem, problem_from
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
from reverie.training.evaluation import loss_on
from reverie.training.generated import GeneratedReader
from reverie.training.objectives import Objective, build_objective
from reverie.training.options import TrainingOptions

WATCHED, ROWS = 100, 20
"""Problems that are solved during a run, so many of them side by side."""
WATCHED_SEED = 2**32
"""Theirs: no training has it."""
SHOWN = 10
"""Problems that a run is known by."""


@dataclass(frozen=True)
class OpenAlgorithm(OpenTask):
    """Problems to learn from, and others to measure on."""

    codec: Problem
    data: AlgorithmData

    @property
    def unit(self) -> Unit:
        return Unit("step", "bits a step", 1 / float(np.log(2)))

    @property
    def _draw(self) -> OfSizes:
        return OfSizes(self.codec, self.data.smallest, self.data.largest)

    def summary(self) -> str:
        return (
            f"{self.codec.name}: {self.codec.about}; sizes from {self.data.smallest} to "
            f"{self.data.largest}, made on the fly"
        )

    def contents(self) -> Split[Any]:
        # The first ones stand for all: they tell whether the same are still made.
        learned, watched, tested = (
            fixed_reader(self._draw, SHOWN, SHOWN, seed).dataset for seed in (0, WATCHED_SEED, 1)
        )
        return Split(*([example.values for example in part] for part in (learned, watched, tested)))

    def reader(self, training: TrainingOptions) -> GeneratedReader:
        return problem_reader(self._draw, training.lanes, training.seed)

    def objective(self, training: TrainingOptions) -> Objective:
        return build_objective(training)

    @cached_property
    def _watched(self) -> Any:
        return fixed_reader(self._draw, WATCHED, ROWS, WATCHED_SEED)

    def measure(self) -> Measure | None:
        return loss_on(self._watched)

    def preview(self, model: Any, seed: int) -> Preview | None:
        found = solve(model, self.codec, self.data.largest, count=ROWS, seed=seed)
        return Preview(
            f"size {found.size}: {found.bits:.2f} bits an answer, {found.exact:.0%} exact"
        )

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        if not first:
            return None
        sizes = [self.data.largest, 2 * self.data.largest]
        found = [solve(model, self.codec, size, count=WATCHED, seed=1) for size in sizes]
        facts: dict[str, Any] = {"problem": self.codec.name}
        for name, each in zip(("test", "twice"), found, strict=True):
            facts |= {f"{name}_{field}": value for field, value in each._asdict().items()}
        return FinalMetrics(facts, table(found, self.data.largest))


def evaluate(loaded: Loaded, given: Given) -> Output:
    """A table of problems by size."""
    options, learned = given.group(AlgorithmEvaluationOptions), loaded.config.data.largest
    problem: Problem = loaded.codec
    model = round_actions(loaded.model) if options.rounded else loaded.model
    sizes = sizes_from(given.values.get("sizes", ())) or sizes_to(learned * options.beyond)
    beyond = [size for size in sizes if exceeds(loaded.config.network, problem, size)]
    if beyond:
        yield Remark(
            f"(problems of size {min(beyond)} or more do not fit the memory, which has "
            f"{loaded.config.network.places} places)"
        )
    yield f"{heading()}\n"
    for size in sizes:
        found = solve(model, problem, size, count=options.count, seed=options.seed)
        yield f"{row(found, learned)}\n"
    yield f"{footing(learned)}\n"


class AlgorithmTask(Task):
    """Learning to solve problems of every size."""

    def codec_from(self, description: Any) -> Problem:
        return problem_from(description)

    def build(self, config: Any, codec: Problem, *, rng: np.random.Generator) -> SequenceModel:
        return algorithm_model(config.network, codec, rng=rng)

    def open(self, config: Any, codec: Problem | None = None) -> OpenAlgorithm:
        if config.data.smallest > config.data.largest:
            raise InputError("smallest is above largest: lower it, or raise largest")
        problem = codec or make_problem(config.data.problem, config.data.width)
        network, largest = config.network, config.data.largest
        if exceeds(network, problem, largest):
            raise InputError(
                f"{problem.name} of size {largest} fills {problem.kept(largest)} places, and the "
                f"memory has {network.places}: raise places, or lower largest"
            )
        return OpenAlgorithm(problem, config.data)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"evaluate": evaluate, "inspect": inspect}


TASK = AlgorithmTask()

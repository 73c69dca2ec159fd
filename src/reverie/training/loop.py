"""The loop of training: update, measure, keep the best, remember, and survive accidents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
import optax

from reverie.data.lanes import Lanes, Position
from reverie.errors import InputError
from reverie.model import SequenceModel
from reverie.training.batches import Batch, BatchReader, LaneReader
from reverie.training.budgets import Budget, Spent, Steps
from reverie.training.checkpoint import Checkpoints, Course
from reverie.training.evaluation import evaluate
from reverie.training.events import Evaluated, Event, Finished, Notice, Progressed
from reverie.training.mesh import (
    BY_ROW,
    SHARED,
    gather,
    global_mesh,
    is_main_process,
    local_copy,
    place,
)
from reverie.training.objectives import Objective, TeacherForcing
from reverie.training.optimisers import adam
from reverie.training.parametrisations import Direct, Parametrisation
from reverie.training.schedules import Cosine
from reverie.training.update import Learner, Measured, Rate, Signals, Update
from reverie.trees import first_not_finite

ASKED = 2.0
"""A progress that only a wish to stop can reach."""

Measure = Callable[[SequenceModel], float]


@dataclass(frozen=True)
class Plan:
    """How to train, apart from what: everything that does not change during a run."""

    budget: Budget
    evaluations: int = 20
    """How many times the validation loss is measured, evenly over the budget."""
    patience: int = 0
    """Stop after so many evaluations without a better one; 0 is never."""
    report_seconds: float = 1.0
    checkpoint_seconds: float = 20.0
    seed: int = 0


def train(
    parametrisation: Parametrisation,
    reader: BatchReader,
    plan: Plan,
    *,
    rate: Rate,
    optimiser: optax.GradientTransformation | None = None,
    objective: Objective | None = None,
    clip_norm: float = 1.0,
    averaging: float = 0.0,
    measure: Measure | None = None,
    checkpoints: Checkpoints | None = None,
    resume: bool = False,
    changed_data: bool = False,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Trains until the budget is spent, patience is lost or `stopping()`; tells what happens.

    The rate is a function of the fraction of the budget spent. `measure` gives nats per
    element of a model on validation data; the best model is in the last event, `Finished`.
    With `checkpoints` the run can be resumed: under a budget of steps or epochs it then
    goes on bit for bit as if it had never stopped (on a CPU); with `changed_data` it begins the
    epoch again, since its place in them means nothing. `clip_norm` and `averaging`
    (the decay of a running mean of the weights, which is then what is evaluated) are off at 0.
    Raises InputError where the data are too short, the rows do not divide among the devices,
    a checkpoint does not fit, or the loss stays non-finite whatever the rate.
    """
    mesh = global_mesh()
    if reader.rows % mesh.size:
        raise InputError(
            f"{reader.rows} lanes cannot be divided among {mesh.size} devices: "
            f"use a multiple of {mesh.size}"
        )
    update = Update(
        objective or TeacherForcing(),
        optimiser or adam(),
        rate,
        mesh,
        reader.elements,
        reader.beginning,
        clip_norm,
        averaging,
    )
    reader = reader.shard(jax.process_index(), jax.process_count())
    run = _Run(update, reader, plan, measure, checkpoints, stopping)
    run.begin(parametrisation, resume, changed_data)
    return run.events()


def fit(
    model: SequenceModel,
    values: np.ndarray,
    *,
    budget: Budget = Steps(500),
    lanes: int = 16,
    length: int = 64,
    rate: float = 3e-3,
    validation: np.ndarray | None = None,
    seed: int = 0,
) -> SequenceModel:
    """The model trained on one long sequence (N,) with Adam and a cosine schedule: the short way.

    With `validation` elements the best model by their loss is returned, else the last.
    """
    reader = LaneReader(Lanes(np.asarray(values), lanes, length, seed))
    measure = None if validation is None else lambda m: evaluate(m, validation)
    events = train(
        Direct(model), reader, Plan(budget, seed=seed), rate=Cosine(rate), measure=measure
    )
    *_, end = events
    assert isinstance(end, Finished)
    trained: SequenceModel = end.model
    return trained


class _Run:
    """A run under way: the learner on the devices, the course on the host."""

    def __init__(
        self,
        update: Update,
        reader: BatchReader,
        plan: Plan,
        measure: Measure | None,
        checkpoints: Checkpoints | None,
        stopping: Callable[[], bool],
    ):
        self.update, self.reader, self.plan = update, reader, plan
        self.measure, self.checkpoints, self.stopping = measure, checkpoints, stopping
        self.step = jax.jit(update.__call__)
        self.key = place(update.mesh, jax.random.key_data(jax.random.key(plan.seed)), SHARED)
        self.course = Course()
        self.best: Any = None
        self.safe: list[tuple[Learner, Course]] = []
        self.strikes = self.fault = 0
        self.notices: list[str] = []

    def begin(self, parametrisation: Parametrisation, resume: bool, changed_data: bool) -> None:
        """The state to start from: fresh, or that of the last checkpoint that can be read."""
        shards = jax.process_count()
        rows = self.update.mesh.size and self.reader.rows // shards
        key = jax.random.fold_in(jax.random.key(self.plan.seed), 0)
        learner = self.update.begin(parametrisation, rows, key)
        if resume and self.checkpoints is not None:
            whole = self.update.begin(parametrisation, self.reader.rows, key)
            found = self.checkpoints.load(whole, parametrisation.realise())
            self.notices += found.notices
            self.course, self.best = found.course, found.best
            if changed_data:
                self.course = replace(self.course, position=Position(self.course.position.epoch))
            mine = slice(rows * jax.process_index(), rows * (jax.process_index() + 1))
            learner = found.learner._replace(
                kept=jax.tree.map(lambda a: a[mine], found.learner.kept)
            )
        self.learner = Learner(
            *(
                place(self.update.mesh, part, spec)
                for part, spec in zip(learner, self.update.specs(), strict=True)
            )
        )
        self.began = time.perf_counter() - self.course.seconds
        self.saved = time.perf_counter()

    @property
    def spent(self) -> Spent:
        return Spent(
            self.course.step, self.reader.epochs(self.course.position), self.course.seconds
        )

    def events(self) -> Iterator[Event]:
        """Everything, until the end."""
        window = _Window(self.spent)
        for text in self.notices:
            yield Notice(self.spent, text)
        if self.checkpoints is not None and self.course.step == 0:
            self.save()  # so that there is something to return to from the first moment
        reason = self._over(self.plan.budget.progress(self.spent))
        while reason is None:
            before = (self.learner, self.course)
            measured = self.advance()
            if not np.isfinite(measured.loss) or not np.isfinite(measured.gradient_norm):
                yield Notice(self.spent, self.rewind(*before))
                continue
            self.remember(*before)
            window.add(measured, self.spent)
            signals = Signals(*measured.signals.tolist())
            reason = self._over(signals.after)
            if reason or self.spent.seconds - window.since.seconds >= self.plan.report_seconds:
                yield window.event(self.spent, signals.after, self.reader)
                window = _Window(self.spent)
            if reason != "interrupted" and self._due(signals.after):
                yield self.evaluate(signals.after)
                reason = reason or self._impatient()
            if signals.save >= 1:
                self.save()
        yield self.finish(reason)

    def _over(self, progress: float) -> Any:
        if progress >= ASKED:
            return "interrupted"
        return "budget" if progress >= 1 - 1e-9 else None

    def _due(self, progress: float) -> bool:
        """Is it time for the next of the evaluations that are spread over the budget?"""
        reached = progress * self.plan.evaluations + 1e-6
        return self.measure is not None and reached >= self.course.evaluations + 1

    def _impatient(self) -> Any:
        return "patience" if 0 < self.plan.patience <= self.course.stale else None

    def advance(self) -> Measured:
        """One update: the learner and the course move on."""
        batch, following = self.reader.at(self.course.position)
        arguments = self._arguments(batch, following)
        self.learner, measured = self.step(self.learner, *arguments)
        measured = jax.tree.map(np.asarray, local_copy(measured))
        self.course = replace(
            self.course,
            step=self.course.step + 1,
            position=following,
            seconds=time.perf_counter() - self.began,
        )
        return measured

    def _arguments(self, batch: Batch, following: Position) -> tuple[Any, ...]:
        """What an update takes beside the learner, on the mesh."""
        mesh, now = self.update.mesh, time.perf_counter()
        seconds = now - self.began
        spent = replace(self.spent, seconds=seconds)
        next_spent = Spent(spent.step + 1, self.reader.epochs(following), seconds)
        budget = self.plan.budget
        after = ASKED if self.stopping() else min(budget.progress(next_spent), 1.0)
        save = self.checkpoints is not None and now - self.saved >= self.plan.checkpoint_seconds
        signals = np.array([Signals(budget.progress(spent), after, save)], np.float32)
        signals = np.repeat(signals, jax.local_device_count(), 0)
        rows = place(mesh, (batch.examples, signals), BY_ROW)
        shared = place(
            mesh, (np.array(batch.is_first), np.array(self.course.scale, np.float32)), SHARED
        )
        return rows[0], shared[0], rows[1], shared[1], jax.random.wrap_key_data(self.key)

    def remember(self, learner: Learner, course: Course) -> None:
        """Keeps a state that is known to be good, now and then, and the one before it."""
        if not self.safe or course.step >= self.safe[-1][1].step + 50:
            self.safe = [*self.safe[-1:], (learner, course)]
        if course.step > self.fault:
            self.strikes = 0

    def rewind(self, learner: Learner, course: Course) -> str:
        """Back to a good state with half the rate; says where the fault was seen."""
        where = self._culprit(learner, course)
        self.strikes += 1
        self.fault = max(self.fault, course.step)
        if self.strikes > 10 or not self.safe:
            raise InputError(
                f"the loss is not finite at step {course.step + 1} ({where}) and halving the "
                "rate did not help: look at the data, or start with a smaller rate"
            )
        scale = course.scale / 2
        self.learner, good = self.safe[-1 if self.strikes == 1 else 0]
        seconds = time.perf_counter() - self.began
        self.course = replace(good, scale=scale, seconds=seconds)
        return (
            f"step {course.step + 1}: the loss is not finite, first in {where}; "
            f"rewound to step {good.step}, rate now {scale:g} of its schedule"
        )

    def _culprit(self, learner: Learner, course: Course) -> str:
        """The first tensor that is not finite, in the order in which they are computed."""
        batch, following = self.reader.at(course.position)
        loss, gradient = jax.jit(self.update.gradient)(learner, *self._arguments(batch, following))
        named = {
            "weight": local_copy(learner.parametrisation),
            "state": gather(learner.kept),
            "loss": local_copy(loss),
            "gradient of": local_copy(gradient),
        }
        for kind, tree in named.items():
            name = first_not_finite(tree)
            if name is not None:
                return f"{kind} {name}".strip()
        return "the update"

    def evaluate(self, progress: float) -> Evaluated:
        """Measures the model on validation data and keeps it if it is the best."""
        assert self.measure is not None
        model = self.model()
        nats = self.measure(model)
        best = np.isfinite(nats) and (self.course.best is None or nats < self.course.best)
        if best:
            self.best = model
        done = max(self.course.evaluations + 1, int(progress * self.plan.evaluations + 1e-6))
        self.course = replace(
            self.course,
            evaluations=done,
            best=float(nats) if best else self.course.best,
            stale=0 if best else self.course.stale + 1,
            seconds=time.perf_counter() - self.began,
        )
        return Evaluated(self.spent, float(nats), bool(best), model)

    def finish(self, reason: Any) -> Finished:
        """The end. What was asked to stop is saved as it stands and only then measured."""
        if self.checkpoints is not None:
            self.save()
        model, nats = (self.model(), None) if self.best is None else (self.best, self.course.best)
        if reason == "interrupted" and self.measure:
            last = self.evaluate(0.0)
            model, nats = (last.model, last.nats) if last.best else (model, nats)
        return Finished(self.spent, reason, nats, model)

    def model(self) -> SequenceModel:
        """The model as it is evaluated: without noise, averaged where averaging is on."""
        source = self.learner.parametrisation
        if self.learner.average is not None:
            source = self.learner.average
        model: SequenceModel = local_copy(source).realise()
        return model

    def save(self) -> None:
        """A checkpoint, written by the first process; all must call."""
        assert self.checkpoints is not None
        learner = gather(self.learner)
        if is_main_process():
            self.checkpoints.save(learner, self.course, self.best)
        self.saved = time.perf_counter()


class _Window:
    """Sums over the updates since the last report."""

    def __init__(self, since: Spent):
        self.since = since
        self.loss = self.norm = self.rate = 0.0
        self.count = 0

    def add(self, measured: Measured, spent: Spent) -> None:
        self.loss += float(measured.loss)
        self.norm += float(measured.gradient_norm)
        self.rate = float(measured.rate)
        self.count += 1

    def event(self, spent: Spent, progress: float, reader: BatchReader) -> Progressed:
        seconds = max(spent.seconds - self.since.seconds, 1e-9)
        elements = (spent.epoch - self.since.epoch) * reader.elements
        count = max(self.count, 1)
        return Progressed(
            spent,
            min(progress, 1.0),
            self.loss / count,
            self.norm / count,
            self.rate,
            elements / seconds,
        )

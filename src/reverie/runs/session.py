"""A training from the first look at the data to the last line: what `reverie train` does."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from types import FrameType
from typing import Any

import jax
import numpy as np

from reverie.cli.panel import Watched, panel_for
from reverie.files import make_directory
from reverie.recipes import recipe, warm_start
from reverie.runs.log import Log
from reverie.runs.run import Run
from reverie.storage import load, save
from reverie.tasks.task import OpenTask, Preview
from reverie.training.build import build_budget, build_optimiser, build_parametrisation, build_rate
from reverie.training.checkpoint import Checkpoints
from reverie.training.events import Evaluated, Event, Finished
from reverie.training.loop import Plan, train
from reverie.training.mesh import first, join


def train_run(run: Run, *, resume: bool) -> int:
    """Trains and tells; returns the exit status."""
    join()
    training = run.config.training
    earlier = warm_start(run.recipe, run.config, load(run.earlier)) if run.earlier else None
    system = recipe(run.recipe)
    study = system.subject().open_task(run.config, earlier and earlier.codec)
    rng = np.random.default_rng(training.seed)
    model = earlier.model if earlier else system.build(run.config, study.codec, rng=rng)
    if first() and not resume:
        run.begin()
    with Interrupts() as interrupts:
        events = begun(run, study, model, resume, interrupts)
        end = watched(run, study, model, events) if first() else _drained(events)
    conclude(run, study, end)
    return 0


def begun(
    run: Run, study: OpenTask, model: Any, resume: bool, interrupts: Interrupts
) -> Iterator[Event]:
    """The events of the training."""
    training = run.config.training
    return train(
        build_parametrisation(training, model),
        study.reader(training),
        Plan(build_budget(training), training.evaluations, training.patience, seed=training.seed),
        rate=build_rate(training),
        optimiser=build_optimiser(training),
        objective=study.objective(training),
        clip_norm=training.clip_norm,
        averaging=training.averaging,
        measure=study.measure(),
        checkpoints=Checkpoints(run.checkpoints),
        resume=resume,
        stopping=interrupts.asked,
    )


def watched(run: Run, study: OpenTask, model: Any, events: Iterator[Event]) -> Finished:
    """Shows and logs what happens, to the end."""
    print(study.described())
    watch = Watched(title_of(run, model), study.scale, study.references)
    panel, log = panel_for(sys.stdout), Log(run.log)
    log.write("begun", recipe=run.recipe, **asdict(run.config), parameters=parameters(model))
    try:
        for event in events:
            watch.see(event)
            if isinstance(event, Evaluated):
                watch.preview = study.preview(event.model, run.config.training.seed)
                remember(run, watch.preview, event.spent.step, log)
            panel.show(watch, event)
            log.event(event)
            if isinstance(event, Finished):
                return event
    finally:
        log.close()
    raise AssertionError("a training ends with Finished")


def remember(run: Run, preview: Preview | None, step: int, log: Log) -> None:
    """Writes down what was dreamt after so many updates."""
    if preview is None:
        return
    log.write("dreamt", text=preview.shown, novelty=preview.note)
    if preview.keep is not None:
        preview.keep(make_directory(run.previews) / f"{step:08d}")


def _drained(events: Iterator[Event]) -> Finished:
    """What a process does that has nothing to show."""
    *_, end = events
    assert isinstance(end, Finished)
    return end


def title_of(run: Run, model: Any) -> str:
    """The first line of the panel."""
    network = run.config.network
    return (
        f"{run.recipe.replace('_', '-')}: {network.layers} x {network.hidden} {network.cell}, "
        f"{parameters(model):,} weights, into {run.folder}"
    )


def parameters(model: Any) -> int:
    """How many weights a model has."""
    return sum(leaf.size for leaf in jax.tree.leaves(model))


def conclude(run: Run, study: OpenTask, end: Finished) -> None:
    """Measures the best model, saves it, and says what to do next."""
    verdict = study.finish(end.model, first=first())
    if verdict is None:
        return
    facts = {
        "steps": end.spent.step,
        "epochs": end.spent.epoch,
        "seconds": end.spent.seconds,
        "ended": end.reason,
        "valid_nats": end.nats,
        "parameters": parameters(end.model),
        **verdict.facts,
    }
    save(
        run.model,
        end.model,
        recipe=run.recipe,
        config=run.config,
        codec=study.codec,
        facts=facts,
    )
    print(verdict.told)
    print(f"The model is {run.model} ({run.model.stat().st_size / 1e6:.1f} MB). To go on:")
    for command in recipe(run.recipe).ABOUT.next_commands(str(run.model)):
        print(f"  {command}")


class Interrupts:
    """Ctrl-C once asks the training to stop; twice leaves at once."""

    def __enter__(self) -> Interrupts:
        self._count = 0
        try:
            self._before = signal.signal(signal.SIGINT, self._heard)
        except ValueError:  # not the main thread: whoever runs it decides
            self._before = None
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def asked(self) -> bool:
        """Was it pressed?"""
        return self._count > 0

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count > 1:
            raise KeyboardInterrupt
        if first():
            print("stopping: measures and saves (Ctrl-C again leaves at once)", file=sys.stderr)

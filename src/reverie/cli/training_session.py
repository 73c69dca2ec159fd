"""A training from the first look at the text to the last line: what `reverie train` does."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from types import FrameType
from typing import Any

import jax
import numpy as np

from reverie.cli.drawing import Drawing
from reverie.cli.dreams import Dreamer
from reverie.cli.log import Log
from reverie.cli.panel import Watched, panel_for
from reverie.cli.runs import Run
from reverie.cli.texts import Baselines, Texts, baselines, described, measures, open_texts
from reverie.data.lanes import Lanes
from reverie.data.novelty import longest_copy
from reverie.model import SequenceModel
from reverie.recipes import recipe
from reverie.recipes.parts.regime import (
    budget_of,
    objective_of,
    optimiser_of,
    parametrisation_of,
    rate_of,
)
from reverie.storage import Loaded, save
from reverie.training.batches import LaneReader
from reverie.training.checkpoint import Checkpoints
from reverie.training.evaluation import evaluate
from reverie.training.events import Evaluated, Event, Finished
from reverie.training.loop import Measure, Plan, train
from reverie.training.mesh import first, join

DREAM = 240
"""Symbols of the sample in the panel."""
WATCHED = 100_000
"""Symbols of the validation text that are measured during a run: it has other things to do."""
SEARCHED = 2_000_000
"""Symbols of the training text that are searched for copies."""


def train_run(run: Run, *, resume: bool) -> int:
    """Trains and tells; returns the exit status."""
    join()
    texts = open_texts(run.config.data)
    model = recipe(run.recipe).build(
        run.config, texts.medium.size, rng=np.random.default_rng(run.config.training.seed)
    )
    if first() and not resume:
        run.begin()
    with Interrupts() as interrupts:
        events = begun(run, texts, model, resume, interrupts)
        end = watched(run, texts, model, events) if first() else _drained(events)
    conclude(run, texts, end)
    return 0


def begun(
    run: Run, texts: Texts, model: SequenceModel, resume: bool, interrupts: Interrupts
) -> Iterator[Event]:
    """The events of the training."""
    training = run.config.training
    values = texts.split.train.values
    return train(
        parametrisation_of(training, model),
        LaneReader(Lanes(values, training.lanes, training.length, training.seed)),
        Plan(budget_of(training), training.evaluations, training.patience, seed=training.seed),
        rate=rate_of(training),
        optimiser=optimiser_of(training, texts.medium.size),
        objective=objective_of(training),
        clip_norm=training.clip_norm,
        averaging=training.averaging,
        restarts=training.restarts,
        measure=measure_of(texts.split.valid.values[:WATCHED]),
        checkpoints=Checkpoints(run.checkpoints),
        resume=resume,
        stopping=interrupts.asked,
    )


def measure_of(values: Any) -> Measure | None:
    """Nats per symbol of a model on held-out values, shared by the processes; none without any."""
    if not len(values):
        return None
    share = (jax.process_index(), jax.process_count())
    return lambda model: evaluate(model, values, share=share)


def watched(run: Run, texts: Texts, model: SequenceModel, events: Iterator[Event]) -> Finished:
    """Shows and logs what happens, to the end."""
    held = texts.split.valid if len(texts.split.valid) else texts.split.train
    unit = run.config.data.unit.removesuffix("s")
    print(described(texts, run.config.data.unit))
    watch = Watched(title_of(run, model), unit, baselines(texts, held))
    panel, log = panel_for(sys.stdout), Log(run.log)
    log.write("begun", recipe=run.recipe, **asdict(run.config), parameters=parameters(model))
    try:
        for event in events:
            watch.see(event)
            if isinstance(event, Evaluated):
                watch.dream, watch.novelty = dreamt(run, texts, event.model)
                log.write("dreamt", text=watch.dream, novelty=watch.novelty)
            panel.show(watch, event)
            log.event(event)
            if isinstance(event, Finished):
                return event
    finally:
        log.close()
    raise AssertionError("a training ends with Finished")


def _drained(events: Iterator[Event]) -> Finished:
    """What a process does that has nothing to show."""
    *_, end = events
    assert isinstance(end, Finished)
    return end


def title_of(run: Run, model: SequenceModel) -> str:
    """The first line of the panel."""
    network = run.config.network
    return (
        f"{run.recipe.replace('_', '-')}: {network.layers} x {network.hidden} {network.cell}, "
        f"{parameters(model):,} weights, into {run.folder}"
    )


def parameters(model: SequenceModel) -> int:
    """How many weights a model has."""
    return sum(leaf.size for leaf in jax.tree.leaves(model))


def dreamt(run: Run, texts: Texts, model: SequenceModel) -> tuple[str, str]:
    """A sample, always from the same seed, and how much of it is copied."""
    loaded = Loaded(model, texts.medium, run.recipe, run.config, {})
    pieces = Dreamer(loaded, Drawing(), run.config.training.seed).texts(1, DREAM)
    text = "".join(piece for (piece,) in pieces)
    values = texts.medium.encode(text, "replace")
    copy = longest_copy(values, np.asarray(texts.split.train.values[-SEARCHED:], np.int32))
    span = texts.medium.decode(np.asarray(copy.span)) if copy.length else ""
    return text, f"longest span copied from the text: {copy.length} of {len(values)} ({span!r})"


def conclude(run: Run, texts: Texts, end: Finished) -> None:
    """Measures the best model on the test, saves it, and says what to do next."""
    part = texts.split.test if len(texts.split.test) else texts.split.valid
    measure = measure_of(part.values)
    nats = measure(end.model) if measure else None
    if not first():
        return
    known = baselines(texts, part) if measure else None
    facts = {
        "steps": end.spent.step,
        "epochs": end.spent.epoch,
        "seconds": end.spent.seconds,
        "ended": end.reason,
        "valid_nats": end.nats,
        "test_nats": nats,
        "text": texts.source.name,
        "parameters": parameters(end.model),
    }
    save(
        run.model,
        end.model,
        recipe=run.recipe,
        config=run.config,
        medium=texts.medium,
        facts=facts,
    )
    print(_verdict(run, texts, part.values, nats, known))
    print(f"The model is {run.model} ({run.model.stat().st_size / 1e6:.1f} MB). To go on:")
    print(f"  reverie sample {run.model}\n  reverie evaluate {run.model} --dynamic")


def _verdict(
    run: Run, texts: Texts, values: Any, nats: float | None, known: Baselines | None
) -> str:
    if nats is None or known is None:
        return "There was no text to measure the model on."
    unit = run.config.data.unit
    characters = len(texts.medium.decode(values))
    return (
        f"test: {measures(nats, unit, len(values), characters)}\n"
        f"(frequencies {known.unigram:.4f} bits, 5-grams {known.ngram:.4f} bits)"
    )


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

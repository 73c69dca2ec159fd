"""A training from the first look at the data to the saved model, as events. Nothing is printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict
from typing import Any

import equinox as eqx
import jax
import numpy as np

from reverie.errors import InputError
from reverie.files import WriteError, make_directory
from reverie.layers import TooManyWeightsError, Undrawn
from reverie.loading import load
from reverie.recipes import Recipe, recipe
from reverie.runs.events import Opened, Previewed, RunEvent, Saved
from reverie.runs.fingerprint import fingerprint
from reverie.runs.log import Log
from reverie.runs.run import DataNote, Run
from reverie.runtime import has_bfloat16, physical_memory
from reverie.storage import Loaded, save
from reverie.tasks.task import FinalMetrics, OpenTask, Preview
from reverie.training.build import build_budget, build_optimiser, build_parametrisation, build_rate
from reverie.training.checkpoint import Checkpoints
from reverie.training.events import Evaluated, Event, Finished
from reverie.training.loop import Plan, train
from reverie.training.mesh import is_main_process, join

BYTES = 16
"""For a weight in training, at the least: itself, its gradient, its momentum and its best value."""
ARRAYS = 10_000
"""Of weights: no program with more of them is ever compiled."""


def never() -> bool:
    """Does not ask a training to stop."""
    return False


def start(
    run: Run,
    *,
    resume: bool = False,
    changed_data: bool = False,
    stopping: Callable[[], bool] = never,
) -> Iterator[RunEvent]:
    """Trains, measures and saves; each process of a training calls it.

    A training that `stopping` asks to end is measured and saved too. One that is resumed before it
    made a checkpoint begins anew. The data of a run that is resumed must be those it was begun
    with, unless `changed_data` says that others are meant: then the symbols stay, and the epoch
    begins again.

    Raises InputError for data that cannot be used, for a folder that is in use, unless the run is
    resumed, for one in which another process trains, and where nothing more can be written.
    """
    join()
    with ExitStack() as stack:
        log = None
        if resume and is_main_process():
            log = stack.enter_context(closing(run.resume()))
        anew = resume and not Checkpoints(run.checkpoints).paths()
        system, training = recipe(run.recipe), run.config.training
        earlier = _earlier(run, system)
        data = system.task.load().open(run.config, _codec(run, system, earlier, changed_data))
        model = earlier.model if earlier else _build(run, system, data.codec)
        reader = data.reader(training)
        if is_main_process():
            note = _note(run, data, changed_data)
            if log is None:
                run, log = run.begin(note)
                stack.enter_context(closing(log))
            else:
                run = run.go_on(note, other_data=anew or changed_data)
        yield _describe_data(run, data, model, reader, anew)
        events = _train(run, data, model, reader, resume and not anew, changed_data, stopping)
        try:
            yield from _finish(run, system, data, model, events, log)
        except WriteError as error:
            raise InputError(
                f"cannot write {error.path}: {error.reason}; when that is mended, go on with "
                f"reverie train --resume {run.folder}"
            ) from error


def _earlier(run: Run, system: Recipe) -> Loaded | None:
    """The model that the training begins with, as one of its recipe."""
    if run.earlier is None:
        return None
    return system.task.load().warm_start(run.config, load(run.earlier))


def _codec(run: Run, system: Recipe, earlier: Loaded | None, changed: bool) -> Any | None:
    """The codec to read the data with, where it is not to be learned from them."""
    if run.data is not None and (changed or run.data.changed):
        return system.task.load().codec_from(run.data.codec)
    return earlier and earlier.codec


def _note(run: Run, data: OpenTask, changed: bool) -> DataNote:
    """What to remember of the data."""
    codec = json.loads(json.dumps(data.codec.describe()))  # as it will come back from the file
    hashes = {name: fingerprint(part) for name, part in data.contents()._asdict().items()}
    return DataNote(hashes, codec, changed or (run.data is not None and run.data.changed))


def _build(run: Run, system: Recipe, codec: Any) -> Any:
    """The model that is trained. InputError where this machine cannot hold it."""
    memory = physical_memory()
    if memory is not None:
        most = memory // BYTES
        try:
            none = Undrawn(arrays=ARRAYS, numbers=most)
            eqx.filter_eval_shape(system.build, run.config, codec, rng=none)
        except TooManyWeightsError as error:
            raise InputError(
                f"a model of these options has more than {most:,} weights, or {ARRAYS:,} arrays of "
                f"them, which cannot be trained in the {memory / 2**30:.1f} GB of this machine: "
                "choose smaller numbers for the network"
            ) from error
    return system.build(run.config, codec, rng=np.random.default_rng(run.config.training.seed))


def _describe_data(run: Run, data: OpenTask, model: Any, reader: Any, anew: bool) -> Opened:
    title = (
        f"{run.recipe.replace('_', '-')}: {run.config.network.summary()}, "
        f"{parameters(model):,} weights, into {run.folder}"
    )
    begins = "there is no checkpoint yet: the run begins anew" if anew else ""
    slow = run.config.training.precision == "bfloat16" and not can_round()
    rounding = "this processor has no products in bfloat16: single precision is faster" * slow
    said = [data.summary(), reader.report.text, begins, rounding]
    summary = "\n".join(filter(None, said))
    return Opened(
        title, run.folder, summary, data.unit, data.references if is_main_process() else ""
    )


def _train(
    run: Run,
    data: OpenTask,
    model: Any,
    reader: Any,
    resume: bool,
    changed_data: bool,
    stopping: Callable[[], bool],
) -> Iterator[Event]:
    """The events of the training itself."""
    training = run.config.training
    return train(
        build_parametrisation(training, model),
        reader,
        Plan(build_budget(training), training.evaluations, training.patience, seed=training.seed),
        rate=build_rate(training),
        optimiser=build_optimiser(training),
        objective=data.objective(training),
        clip_norm=training.clip_norm,
        averaging=training.averaging,
        measure=data.measure(),
        checkpoints=Checkpoints(run.checkpoints),
        resume=resume,
        changed_data=changed_data,
        stopping=stopping,
    )


def _finish(
    run: Run, system: Recipe, data: OpenTask, model: Any, events: Iterator[Event], log: Log | None
) -> Iterator[RunEvent]:
    """The events to the end of the training, and the saved model behind them."""
    for event in events if log is None else _record(run, data, model, events, log):
        yield event
        if isinstance(event, Finished):
            end = event
    metrics = data.finish(end.model, first=is_main_process())
    if metrics is not None:
        yield _save(run, system, data, end, metrics)


def _record(
    run: Run, data: OpenTask, model: Any, events: Iterator[Event], log: Log
) -> Iterator[Event | Previewed]:
    """The same events, logged, and a preview after each validation."""
    log.write("begun", recipe=run.recipe, **asdict(run.config), parameters=parameters(model))
    for event in events:
        log.event(event)
        yield event
        if isinstance(event, Evaluated):
            preview = data.preview(event.model, run.config.training.seed)
            if preview is not None:
                _keep(run, preview, event.spent.step, log)
                yield Previewed(event.spent, preview)


def _keep(run: Run, preview: Preview, step: int, log: Log) -> None:
    """Writes down what the model made after so many updates."""
    log.write("previewed", text=preview.text, note=preview.note)
    if preview.save is not None:
        preview.save(make_directory(run.previews) / f"{step:08d}")


def _save(run: Run, system: Recipe, data: OpenTask, end: Finished, metrics: FinalMetrics) -> Saved:
    """Saves the best model with its measures."""
    facts = {
        "steps": end.spent.step,
        "epochs": end.spent.epoch,
        "seconds": end.spent.seconds,
        "ended": end.reason,
        "valid_nats": end.nats,
        "parameters": parameters(end.model),
        **metrics.facts,
    }
    save(run.model, end.model, recipe=run.recipe, config=run.config, codec=data.codec, facts=facts)
    return Saved(run.model, metrics, system.about.next_commands(str(run.model)))


def can_round() -> bool:
    """Whether what multiplies here has products in bfloat16."""
    return jax.default_backend() != "cpu" or has_bfloat16()


def parameters(model: Any) -> int:
    """How many weights a model has."""
    return sum(leaf.size for leaf in jax.tree.leaves(model))

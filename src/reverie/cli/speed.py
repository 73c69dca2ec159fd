"""The measurements of `reverie bench`: symbols a second in training and in generation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from reverie.cli.options import BenchOptions
from reverie.data.lanes import Lanes
from reverie.rollout import stream
from reverie.samplers import Sample
from reverie.tasks.text.build import symbol_model
from reverie.training.batches import LaneReader
from reverie.training.budgets import Minutes
from reverie.training.build import build_optimiser, build_parametrisation, build_rate
from reverie.training.events import Progressed
from reverie.training.loop import Plan, train


def speeds(config: Any, bench: BenchOptions) -> Iterator[tuple[str, float]]:
    """What is measured and its symbols a second, as each comes."""
    model = symbol_model(config.network, bench.size, rng=np.random.default_rng(0))
    yield (
        f"training, {bench.lanes} lanes of {bench.length}",
        training_speed(model, config, bench),
    )
    for count in (1, bench.count):
        said = "1 sequence" if count == 1 else f"{count} sequences"
        yield f"generation, {said}", generation_speed(model, count, bench.seconds)


def training_speed(model: Any, config: Any, bench: BenchOptions) -> float:
    """Symbols a second of whole updates: the median of the reports behind the first."""
    values = np.random.default_rng(0).integers(0, bench.size, bench.lanes * bench.length * 64)
    training = config.training
    events = train(
        build_parametrisation(training, model),
        LaneReader(Lanes(values, bench.lanes, bench.length)),
        Plan(Minutes(2 * bench.seconds / 60), report_seconds=bench.seconds / 8),
        rate=build_rate(training),
        optimiser=build_optimiser(training),
        clip_norm=training.clip_norm,
    )
    speeds = [e.elements_per_second for e in events if isinstance(e, Progressed)]
    return float(np.median(speeds[1:] or speeds))


def generation_speed(model: Any, count: int, seconds: float) -> float:
    """Symbols a second over all sequences."""
    key = jax.random.key(0)
    keys = key if count == 1 else jax.random.split(key, count)
    pieces = stream(model, Sample(jnp.zeros(())), key=keys, chunk=256)
    np.asarray(next(pieces).values)  # compiles
    begin, done = time.perf_counter(), 0
    for piece in pieces:
        done += np.asarray(piece.values).size
        if time.perf_counter() - begin > seconds:
            break
    return done / (time.perf_counter() - begin)

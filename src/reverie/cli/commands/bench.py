"""Measure this machine: characters a second in training and in generation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from reverie.cli.parsing import Parser
from reverie.recipes import recipe
from reverie.settings import Options, change, change_group, option, settings_of


@dataclass(frozen=True)
class BenchOptions(Options):
    """What is measured."""

    size: int = option(65, "symbols of the alphabet", least=2)
    lanes: int = option(32, "sequences in training", least=1)
    length: int = option(64, "symbols between updates", least=1)
    count: int = option(64, "sequences generated at once, beside one alone", least=1)
    seconds: float = option(5.0, "for each measurement", above=0)


def run(argv: list[str]) -> int:
    """Prints a line a measurement."""
    defaults = recipe("characters").Config()
    parser = Parser("bench", "[options]", "How fast this machine trains and generates.")
    parser.add_options("measurement", BenchOptions())
    parser.add_options("network", defaults.network)
    given = parser.parsed(argv)
    bench, network = change_group(BenchOptions(), given), change_group(defaults.network, given)
    config = change(
        defaults,
        {setting.name: setting.value for setting in settings_of(network)}
        | {"lanes": bench.lanes, "length": bench.length, "processes": 1},
    )

    from reverie.runtime import prepare

    prepare()
    import numpy as np

    from reverie.tasks.text.build import symbol_model

    model = symbol_model(network, bench.size, rng=np.random.default_rng(0))
    print(f"{network.layers} x {network.hidden} {network.cell}, {bench.size} symbols")
    said = f"{bench.lanes} lanes of {bench.length}"
    print(f"training, {said:<22}{training_speed(model, config, bench):>12,.0f} symbols a second")
    for count in (1, bench.count):
        said = "1 sequence" if count == 1 else f"{count} sequences"
        speed = generation_speed(model, count, bench.seconds)
        print(f"generation, {said:<20}{speed:>12,.0f} symbols a second", flush=True)
    return 0


def training_speed(model: Any, config: Any, bench: BenchOptions) -> float:
    """Symbols a second of whole updates: the median of the reports behind the first."""
    import numpy as np

    from reverie.data.lanes import Lanes
    from reverie.training.batches import LaneReader
    from reverie.training.budgets import Minutes
    from reverie.training.build import build_optimiser, build_parametrisation, build_rate
    from reverie.training.events import Progressed
    from reverie.training.loop import Plan, train

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
    import jax
    import jax.numpy as jnp
    import numpy as np

    from reverie.rollout import stream
    from reverie.samplers import Sample

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

"""Measuring two things in turn on a machine that others may use."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

from reverie.runtime import keep_freed_memory, prepare, use_wide_vectors

REVERIE = [sys.executable, "-m", "reverie"]
"""The command, as this interpreter has it."""


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def repeat(step: Callable[..., tuple[Any, Any]], learner: Any, *rest: Any) -> Callable[[], None]:
    """An update again and again, each of what the one before it left."""
    hold = {"learner": learner}

    def work() -> None:
        hold["learner"], measured = step(hold["learner"], *rest)
        measured.loss.block_until_ready()

    return work


def best(works: Mapping[str, Callable[[], object]], rounds: int = 7) -> dict[str, float]:
    """The best time of each, after one call to warm up; they take turns, so load hits all alike."""
    for work in works.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds(work))
    return {name: min(found) for name, found in times.items()}


def as_reverie_does() -> None:
    """What the command `reverie` arranges, where jax is imported but not used yet."""
    prepare()
    use_wide_vectors()


def elsewhere(beginning: Callable[[], object] | None = None) -> ProcessPoolExecutor:
    """A process of its own for the other side: no setting or thread is shared."""
    return ProcessPoolExecutor(1, get_context("spawn"), beginning)


def load() -> str:
    """What the machine was doing."""
    return f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores"


class Race(NamedTuple):
    """One thing that both sides do; each takes `what` and the rounds, and gives seconds."""

    title: str
    own: Callable[[Any, int], float]
    theirs: Callable[[Any, int], float]
    what: Any
    rows: int
    """How many it does at once."""


def run_races(what: str, races: Iterable[Race], rounds: int, digits: int = 0) -> None:
    """Prints how many of `what` each side does a second: Reverie, PyTorch as its users run it and
    with the C library told to keep freed memory, and the ratio to the faster of these."""
    print(f"{what} a second, the best of {rounds} ({load()})")
    print(f"{'':<28}{'Reverie':>10}{'PyTorch':>10}{'kept':>10}{'ratio':>8}")
    with (
        elsewhere(as_reverie_does) as ours,
        elsewhere() as plain,
        elsewhere(keep_freed_memory) as kept,
    ):
        for race in races:
            own = ours.submit(race.own, race.what, rounds).result()
            sides = [side.submit(race.theirs, race.what, rounds).result() for side in (plain, kept)]
            speeds = "".join(f"{race.rows / each:>10,.{digits}f}" for each in (own, *sides))
            print(f"{race.title:<28}{speeds}{min(sides) / own:>8.2f}", flush=True)
    print(load())

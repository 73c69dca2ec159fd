"""Measuring two things in turn on a machine that others may use."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from reverie.runtime import prepare, use_wide_vectors

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

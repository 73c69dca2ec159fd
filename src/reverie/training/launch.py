"""Several processes on one machine, each with its share of the cores, as one command. No jax here.

A supervisor starts the same command once a process, with the environment that
`training.mesh.join` reads, and watches. The first process talks to the terminal. If any
process dies the others are ended: no one waits for a partner that will not come.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from reverie.errors import InputError
from reverie.training.environment import COORDINATOR, PROCESSES, RANK

Worker = subprocess.Popen[bytes]
PATIENCE = 20.0
"""Seconds that the others get to end after the first has."""


def launch(command: Sequence[str], processes: int) -> int:
    """Runs `command` as so many processes and returns the first one's exit status.

    Ctrl-C reaches them all. Raises InputError, once all have ended, where a process other
    than the first died or was killed.
    """
    address = f"127.0.0.1:{_free_port()}"
    with _interrupts_left_to_the_workers():
        workers = [_start(command, address, processes, rank) for rank in range(processes)]
        try:
            failed = _watch(workers)
        finally:
            _end(workers)
    status = workers[0].returncode
    if failed is None or (failed == 0 and status > 0):
        return status
    raise InputError(
        f"process {failed + 1} of {processes} died ({_cause(workers[failed].returncode)}), so the "
        "training was ended; go on from the last checkpoint with --resume, or train with "
        "--processes 1"
    )


def shares(cores: Sequence[int], processes: int) -> list[list[int]]:
    """The cores of each process: runs of equal length, at least one core each."""
    each = max(1, len(cores) // processes)
    return [
        [cores[(rank * each + core) % len(cores)] for core in range(each)]
        for rank in range(processes)
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(command: Sequence[str], address: str, processes: int, rank: int) -> Worker:
    environment = os.environ | {
        COORDINATOR: address,
        PROCESSES: str(processes),
        RANK: str(rank),
    }
    quiet = None if rank == 0 else subprocess.DEVNULL
    return subprocess.Popen(
        list(command),
        env=environment,
        stdout=quiet,
        stdin=None if rank == 0 else quiet,
        preexec_fn=_pinning(processes, rank),
    )


def _pinning(processes: int, rank: int) -> Callable[[], None] | None:
    """Keeps a process to its own cores, so that the thread pools do not fight over them."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    mine = shares(sorted(os.sched_getaffinity(0)), processes)[rank]
    return lambda: os.sched_setaffinity(0, mine)


def _watch(workers: Sequence[Worker]) -> int | None:
    """Waits for all to end well; the rank of the first that did not, else None."""
    deadline: float | None = None
    while True:
        codes = [worker.poll() for worker in workers]
        for rank, code in enumerate(codes):
            if code not in (None, 0):
                return rank
        if all(code == 0 for code in codes):
            return None
        if any(code == 0 for code in codes):
            # The end is near for all: collectives keep them within one update of each other.
            deadline = deadline or time.monotonic() + PATIENCE
            if time.monotonic() > deadline:
                return next(rank for rank, code in enumerate(codes) if code is None)
        time.sleep(0.05)


def _end(workers: Sequence[Worker]) -> None:
    """Ends whoever still runs: politely, then not."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        for worker in workers:
            if worker.poll() is None:
                with suppress(OSError):
                    worker.send_signal(ask)
        with suppress(subprocess.TimeoutExpired):
            for worker in workers:
                worker.wait(3)
            return


def _cause(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit status {code}"
    return f"signal {signal.Signals(-code).name}"


class _interrupts_left_to_the_workers:
    """While they run, Ctrl-C is theirs: they stop, evaluate and save."""

    def __enter__(self) -> None:
        self.before = signal.getsignal(signal.SIGINT)
        with suppress(ValueError):
            signal.signal(signal.SIGINT, lambda *_: None)

    def __exit__(self, *_: object) -> None:
        with suppress(ValueError):
            signal.signal(signal.SIGINT, self.before)


def this_command() -> list[str]:
    """The command line that runs this program again."""
    return [sys.executable, "-m", "reverie", *sys.argv[1:]]

"""Several processes on one machine, each with its share of the cores, as one command. No jax here.

A supervisor starts the same command once a process, with the environment that
`training.mesh.join` reads, and watches. The first process talks to the terminal; what another says
is told only if that is the one that fails. If any process dies the others are ended: no one waits
for a partner that will not come.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import IO, Any, NamedTuple

from reverie.errors import InputError
from reverie.training.environment import COORDINATOR, PROCESSES, RANK


class Worker(NamedTuple):
    """One of the processes."""

    process: subprocess.Popen[bytes]
    said: IO[bytes] | None
    """What it wrote to standard error, unless that is the terminal."""

    def running(self) -> bool:
        """Is it still there?"""
        return self.process.poll() is None

    def signal(self, number: int) -> None:
        """Sends it a signal, if it is still there."""
        if self.running():
            with suppress(OSError):
                self.process.send_signal(number)

    def cause(self) -> str:
        """Why it ended: in its own words, if it had any."""
        code = self.process.returncode
        if self.said is not None:
            self.said.seek(0)
            for line in self.said.read().decode(errors="replace").splitlines():
                if line.startswith("reverie: "):
                    return line.removeprefix("reverie: ")
        if code is None or code >= 0:
            return f"exit status {code}"
        return f"signal {signal.Signals(-code).name}"


PATIENCE = 20.0
"""Seconds that the others get to end after the first has."""
GRACE = 2.0
"""Seconds that the first gets to end after another has failed."""
ASKING = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
"""Ctrl-C; what ends a process politely; what a terminal that is closed sends."""
PR_SET_PDEATHSIG = 1
"""The name that Linux has for the signal on the death of the parent."""


def launch(command: Sequence[str], processes: int) -> int:
    """Runs `command` as so many processes and returns the first one's exit status.

    Signals that ask to end are handed on to them, and Ctrl-C twice ends them; the status is then
    128 + the number of the signal, unless they ended well. Raises InputError, once all have ended,
    where a process died or was killed.
    """
    address = f"127.0.0.1:{_free_port()}"
    workers: list[Worker] = []
    with ExitStack() as files, _Signals(workers) as signals:
        try:
            for rank in range(processes):
                said = files.enter_context(tempfile.TemporaryFile()) if rank else None
                workers.append(_start(command, address, processes, rank, said))
            signals.hand_on()
            failed = _watch(workers, signals)
        finally:
            _end(workers)
        status = workers[0].process.returncode
        if signals.ended(None if failed is None else workers[failed].process.returncode):
            return 128 + signals.asked
        if failed is None or (failed == 0 and status > 0):
            return status
        raise InputError(
            f"process {failed + 1} of {processes} died ({workers[failed].cause()}), so the "
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


def _start(
    command: Sequence[str], address: str, processes: int, rank: int, said: IO[bytes] | None
) -> Worker:
    environment = os.environ | {
        COORDINATOR: address,
        PROCESSES: str(processes),
        RANK: str(rank),
    }
    quiet = None if rank == 0 else subprocess.DEVNULL
    process = subprocess.Popen(
        list(command),
        env=environment,
        stdin=quiet,
        stdout=quiet,
        stderr=said,
        preexec_fn=_preparing(processes, rank),
    )
    return Worker(process, said)


def _preparing(processes: int, rank: int) -> Callable[[], None] | None:
    """What a new process does first, where the system can.

    It keeps to its own cores, so that the thread pools do not fight over them, and it ends with
    the supervisor, so that none goes on alone when that is killed.
    """
    if not sys.platform.startswith("linux"):
        return None
    mine = shares(sorted(os.sched_getaffinity(0)), processes)[rank]
    prctl = ctypes.CDLL(None).prctl

    def prepare() -> None:
        os.sched_setaffinity(0, mine)
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return prepare


def _watch(workers: Sequence[Worker], signals: _Signals) -> int | None:
    """Waits for all to end well; the rank of the first that did not, else None."""
    deadline: float | None = None
    while not signals.leaving:
        codes = [worker.process.poll() for worker in workers]
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
    return 0


def _end(workers: Sequence[Worker]) -> None:
    """Ends whoever still runs; the first may say what it has to say, the others at once."""
    for worker in workers[1:]:
        worker.signal(signal.SIGKILL)
    for worker in workers[:1]:
        with suppress(subprocess.TimeoutExpired):
            worker.process.wait(GRACE)
        worker.signal(signal.SIGKILL)
    for worker in workers:
        worker.process.wait()


class _Signals:
    """Hands on to the workers what asks this process to end.

    A terminal sends Ctrl-C to all of them by itself. So they are handed SIGTERM for it, which asks
    the same, but does not count as the second Ctrl-C.
    """

    def __init__(self, workers: Sequence[Worker]) -> None:
        self.workers = workers
        self.asked = 0
        """The signal that came first."""
        self.leaving = False
        """Ctrl-C was pressed twice."""
        self._pressed = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        for number in ASKING:
            # A command under nohup outlives its terminal.
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                with suppress(ValueError):  # not the main thread
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _hear(self, number: int, frame: object) -> None:
        self.asked = self.asked or number
        self._pressed += number == signal.SIGINT
        self.leaving = self._pressed > 1
        self.hand_on()

    def hand_on(self) -> None:
        """Asks the workers to end, if anything asked this process."""
        if self.asked and os.name == "posix":
            for worker in self.workers:
                worker.signal(signal.SIGTERM if self.asked == signal.SIGINT else self.asked)

    def ended(self, code: int | None) -> bool:
        """Whether that is why a worker ended with a status, or was ended before it had one."""
        statuses = {status for number in ASKING for status in (128 + number, -number)}
        return bool(self.asked) and (self.leaving or code in statuses)


def this_command() -> list[str]:
    """The command line that runs this program again."""
    return [sys.executable, "-m", "reverie", *sys.argv[1:]]

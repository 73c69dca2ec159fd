"""Ctrl-C and the signals that ask a training to end. No jax here."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from reverie.cli import forget
from reverie.training.environment import RANK, is_worker
from reverie.training.launch import ASKING


class Interrupts:
    """Ctrl-C asks a training to measure, save and stop; a second one leaves at once.

    SIGTERM and SIGHUP ask the same, however often they come: a supervisor and a terminal may both
    send them. Before `begin` there is nothing to save, and the first of any of them leaves at once.
    Leaving ends the process there and then, with the exit status 128 + the number of the signal.

    An exception would not do: raised while Python is called from elsewhere (jax is imported, a
    program is compiled), it is printed and forgotten. A handler would not do either, since it waits
    until such a call returns. So a thread listens for the signals.
    """

    def __init__(self) -> None:
        self._asked = False
        self._pressed = 0
        self._advice: str | None = None
        self._says = os.environ.get(RANK, "0") == "0"
        self._restore: list[Callable[[], Any]] = []

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is not threading.main_thread():
            return self  # whoever runs the main thread decides
        heard, told = os.pipe()
        os.set_blocking(told, False)
        before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        self._restore = [lambda: signal.set_wakeup_fd(before), lambda: os.close(told)]
        for number in ASKING:
            # A command under nohup outlives its terminal.
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                self._take(number)
        threading.Thread(target=self._listen, args=(heard,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        while self._restore:
            self._restore.pop(0)()

    def begin(self, advice: str, *, says: bool = True) -> None:
        """From now on there is something to save; `advice` is how to go on after leaving at once.

        `says` is whether this process talks to the user.
        """
        self._says, self._advice = says, advice

    def requested(self) -> bool:
        """Was the training asked to stop?"""
        return self._asked

    def _take(self, number: int) -> None:
        before = signal.signal(number, lambda *_: None)  # the thread hears it
        self._restore.insert(0, lambda: signal.signal(number, before or signal.SIG_DFL))

    def _listen(self, heard: int) -> None:
        with open(heard, "rb", buffering=0) as signals:
            while number := signals.read(1):
                self._hear(number[0])

    def _hear(self, number: int) -> None:
        if number not in ASKING:
            return
        self._pressed += number == signal.SIGINT
        if self._advice is None or self._pressed > 1:
            self._leave(number)
        if number == getattr(signal, "SIGHUP", None):
            forget(sys.stdout)
            forget(sys.stderr)
        elif not self._asked:
            self._say("stopping: measures and saves (Ctrl-C again leaves at once)")
        self._asked = True

    def _leave(self, number: int) -> None:
        self._say("reverie: interrupted" + (f"; {self._advice}" if self._advice else ""))
        if is_worker() and self._says:
            time.sleep(0.2)  # the first process leaves last: others would complain of its absence
        os._exit(128 + number)

    def _say(self, sentence: str) -> None:
        """Tells the user; not by `print`, which waits for whoever is printing."""
        if self._says:
            with suppress(OSError):
                os.write(2, f"{sentence}\n".encode(errors="replace"))

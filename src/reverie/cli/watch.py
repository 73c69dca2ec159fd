"""Trains with a live panel: shows the events of a run and stops it on Ctrl-C."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from reverie.cli.panel import Watched, panel_for
from reverie.runs.events import Opened, RunEvent, Saved
from reverie.runs.run import Run
from reverie.runs.session import start
from reverie.training.events import Finished
from reverie.training.mesh import is_main_process


def watch(run: Run, *, resume: bool) -> int:
    """Trains and shows what happens; returns the exit status."""
    interrupts, screen = Interrupts(), Screen()
    try:
        for event in start(run, resume=resume, stopping=interrupts.requested):
            if isinstance(event, Opened):
                interrupts.begin()
            if isinstance(event, Finished):
                interrupts.end()
            if is_main_process():
                screen.show(event)
    finally:
        interrupts.end()
    return 0


class Screen:
    """Shows a run: what was opened, the panel, and what came of it."""

    def __init__(self) -> None:
        self.panel = panel_for(sys.stdout)
        self.watched: Watched | None = None

    def show(self, event: RunEvent) -> None:
        """Shows an event."""
        match event:
            case Opened():
                print(event.summary, flush=True)
                self.watched = Watched(event.title, event.unit, event.references)
            case Saved():
                print(event.metrics.text)
                megabytes = event.path.stat().st_size / 1e6
                print(f"The model is {event.path} ({megabytes:.1f} MB). To go on:")
                for command in event.next_commands:
                    print(f"  {command}")
            case _:
                assert self.watched is not None
                self.watched.see(event)
                self.panel.show(self.watched, event)


class Interrupts:
    """Ctrl-C once asks the training to stop; twice leaves at once."""

    def __init__(self) -> None:
        self._count = 0
        self._before: signal.Handlers | int | object | None = None

    def begin(self) -> None:
        """Takes Ctrl-C over."""
        try:
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        except ValueError:  # not the main thread: whoever runs it decides
            self._before = None

    def end(self) -> None:
        """Gives Ctrl-C back."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]
            self._before = None

    def requested(self) -> bool:
        """Was it pressed?"""
        return self._count > 0

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count > 1:
            raise KeyboardInterrupt
        if is_main_process():
            print("stopping: measures and saves (Ctrl-C again leaves at once)", file=sys.stderr)

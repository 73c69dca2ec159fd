"""Trains with a live panel: shows the events of a run and stops it when it is asked to."""

from __future__ import annotations

import sys

from reverie.cli import forget
from reverie.cli.interrupts import Interrupts
from reverie.cli.panel import Watched, panel_for
from reverie.errors import InputError
from reverie.runs.events import Opened, RunEvent, Saved
from reverie.runs.run import Run
from reverie.runs.session import start
from reverie.training.mesh import is_main_process


def watch(
    run: Run, interrupts: Interrupts, *, resume: bool = False, changed_data: bool = False
) -> int:
    """Trains and shows what happens; returns the exit status."""
    screen = Screen()
    events = start(run, resume=resume, changed_data=changed_data, stopping=interrupts.requested)
    for event in events:
        if isinstance(event, Opened):
            advice = f"to go on: reverie train --resume {event.folder}"
            interrupts.begin(advice, says=is_main_process())
            screen.advice = advice
        if is_main_process():
            screen.show(event)
    return 0


class Screen:
    """Shows a run: what was opened, the panel, and what came of it."""

    def __init__(self) -> None:
        self.panel = panel_for(sys.stdout)
        self.watched: Watched | None = None
        self.advice = ""

    def show(self, event: RunEvent) -> None:
        """Shows an event. InputError, with the advice, where standard output takes no more."""
        try:
            self._show(event)
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.filename is not None:
                raise
            forget(sys.stdout)
            raise InputError(
                f"cannot write to standard output: {error.strerror or error}; {self.advice}"
            ) from error

    def _show(self, event: RunEvent) -> None:
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

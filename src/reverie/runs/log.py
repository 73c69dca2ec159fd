"""The log of a run: one JSON object a line, appended as things happen."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reverie.errors import InputError
from reverie.files import WriteError, lock
from reverie.training.events import Event

PATIENCE = 3.0
"""Seconds that a process which is just ending gets to let the log go."""


class Log:
    """Appends to RUN/log.jsonl; a resumed run goes on in the same file.

    One process at a time has the log of a run, and with it the run; the lock ends with the process,
    however it ends. Raises InputError where another has it, WriteError where the system refuses.
    """

    def __init__(self, path: Path):
        self._path = path
        try:
            self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115, it lives with the run
        except OSError as error:
            raise WriteError(path, error.strerror or str(error)) from error
        deadline = time.monotonic() + PATIENCE
        while not lock(self._file):
            if time.monotonic() > deadline:
                self._file.close()
                raise InputError(
                    f"another process trains in {path.parent}: wait until it ends, or stop it"
                )
            time.sleep(0.05)

    def event(self, event: Event) -> None:
        """What happened, without the model."""
        said = event._asdict()
        said.pop("model", None)
        self.write(type(event).__name__.lower(), **asdict(said.pop("spent")), **said)

    def write(self, kind: str, **fields: Any) -> None:
        """One line; numbers that JSON has no word for become null."""
        try:
            self._file.write(json.dumps({"event": kind, **_plain(fields)}, allow_nan=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise WriteError(self._path, error.strerror or str(error)) from error

    def close(self) -> None:
        """Ends it."""
        with suppress(OSError):  # what could not be written cannot be written now
            self._file.close()


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    infinite = (float("inf"), float("-inf"))
    return {
        name: None if isinstance(v, float) and (v != v or v in infinite) else v
        for name, v in fields.items()
    }

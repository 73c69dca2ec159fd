"""The log of a run: one JSON object a line, appended as things happen."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reverie.training.events import Event


class Log:
    """Appends to RUN/log.jsonl; a resumed run goes on in the same file."""

    def __init__(self, path: Path):
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115, it lives as long as the run

    def event(self, event: Event) -> None:
        """What happened, without the model."""
        said = event._asdict()
        said.pop("model", None)
        self.write(type(event).__name__.lower(), **asdict(said.pop("spent")), **said)

    def write(self, kind: str, **fields: Any) -> None:
        """One line; numbers that JSON has no word for become null."""
        self._file.write(json.dumps({"event": kind, **_plain(fields)}, allow_nan=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Ends it."""
        self._file.close()


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    infinite = (float("inf"), float("-inf"))
    return {
        name: None if isinstance(v, float) and (v != v or v in infinite) else v
        for name, v in fields.items()
    }

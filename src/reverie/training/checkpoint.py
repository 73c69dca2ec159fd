"""Checkpoints: all that a run must remember, written whole or not at all, the last two kept."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import safetensors
import safetensors.numpy

from reverie.data.lanes import Position
from reverie.errors import InputError, excerpt
from reverie.files import make_directory, replace_file
from reverie.training.update import Learner
from reverie.trees import Arrays, digest, named_arrays, with_arrays


@dataclass(frozen=True)
class Course:
    """Where a run stands, beside the learner."""

    step: int = 0
    position: Position = field(default_factory=Position)
    """In the data, of the next batch."""
    seconds: float = 0.0
    scale: float = 1.0
    """What accidents have left of the rate."""
    evaluations: int = 0
    best: float | None = None
    """The lowest validation loss, in nats per element."""
    stale: int = 0
    """Evaluations since then."""


class Found(NamedTuple):
    """What a checkpoint held, and what to tell about the ones that could not be read."""

    learner: Learner
    course: Course
    best: Any | None
    notices: list[str]


class Checkpoints:
    """The checkpoints of one run, in a folder of their own."""

    def __init__(self, folder: str | Path, keep: int = 2):
        self.folder, self.keep = Path(folder), keep

    def save(self, learner: Learner, course: Course, best: Any | None) -> Path:
        """Writes a checkpoint and drops the oldest; InputError where the system refuses."""
        make_directory(self.folder)
        arrays = {f"learner.{n}": a for n, a in named_arrays(learner).items()}
        if best is not None:
            arrays |= {f"best.{n}": a for n, a in named_arrays(best).items()}
        about = {"course": asdict(course), "digest": digest(arrays)}
        path = self.folder / f"{course.step:010d}.safetensors"
        with replace_file(path, "wb") as file:
            file.write(safetensors.numpy.save(arrays, {"reverie": json.dumps(about)}))
        for old in self.paths()[: -self.keep]:
            old.unlink(missing_ok=True)
        return path

    def paths(self) -> list[Path]:
        """Oldest first."""
        return sorted(self.folder.glob("*.safetensors"))

    def load(self, learner: Learner, model: Any) -> Found:
        """The newest checkpoint that is intact, in the shapes of `learner` and `model`.

        A damaged one is passed over with a notice. Raises InputError where there is none,
        or where it is of a model or optimiser of another kind or size.
        """
        notices: list[str] = []
        for path in reversed(self.paths()):
            try:
                arrays, about = read(path)
            except DamagedError as error:
                notices.append(f"{error}; the checkpoint before it is used")
                continue
            course = about["course"]
            course["position"] = Position(*course["position"])
            kept = _under("best.", arrays)
            return Found(
                with_arrays(learner, _under("learner.", arrays), str(path)),
                Course(**course),
                with_arrays(model, kept, str(path)) if kept else None,
                notices,
            )
        damaged = f" ({'; '.join(notices)})" if notices else ""
        raise InputError(f"there is no checkpoint to resume from in {self.folder}{damaged}")


class DamagedError(Exception):
    """A checkpoint that is not what was written."""


UNREADABLE = OSError, KeyError, TypeError, ValueError, RecursionError, safetensors.SafetensorError
"""What a file that is no checkpoint leads to."""


def read(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """The arrays of a checkpoint and what it says about them; DamagedError unless intact."""
    try:
        with safetensors.safe_open(path, "numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            about: dict[str, Any] = json.loads((file.metadata() or {})["reverie"])
            said = about["digest"]
    except UNREADABLE as error:
        raise DamagedError(f"{path} cannot be read ({excerpt(error)})") from error
    if digest(arrays) != said:
        raise DamagedError(f"{path} was changed since it was written")
    return arrays, about


def _under(prefix: str, arrays: Arrays) -> Arrays:
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}

"""A recipe: one published system as data. No jax here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reverie.tasks.task import TaskSpec

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class About:
    """A description of a system: what it is, where it was published, and how well it does."""

    title: str
    description: str
    """One sentence."""
    paper: str
    published: str
    """The published number."""
    ours: str
    """Our number, or "not yet measured"."""
    command: str
    """The command that prints our number."""
    example: str = "reverie sample {model}\nreverie evaluate {model} --dynamic"
    """What to do with a trained model, one command a line."""

    def next_commands(self, model: str) -> list[str]:
        """The example with the file of a model in it, one command each."""
        return self.example.format(model=model).splitlines()


@dataclass(frozen=True)
class Recipe:
    """A published system: its description, its options and its kind of data."""

    about: About
    Config: Any
    """A frozen dataclass of the groups `network`, `data` and `training`."""
    task: TaskSpec
    warm_starts: tuple[str, ...] = ()
    """The other recipes whose models a training may begin with."""

    def build(self, config: Any, codec: Any, *, rng: np.random.Generator) -> Any:
        """The untrained model of what the codec encodes."""
        return self.task.load().build(config, codec, rng=rng)

"""What happens in a run: the events of the training, and what comes before and after. No jax."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from reverie.tasks.task import FinalMetrics, Preview, Unit
from reverie.training.budgets import Spent
from reverie.training.events import Event


class Opened(NamedTuple):
    """The data are open and the model is built; the training begins."""

    title: str
    """The recipe, the size of the network and the folder, in one line."""
    folder: Path
    """Where the run is kept."""
    summary: str
    """The data in a few lines."""
    unit: Unit
    references: str
    """What is reached without a network; empty in all processes but the first."""


class Previewed(NamedTuple):
    """The model made something after a validation."""

    spent: Spent
    preview: Preview


class Saved(NamedTuple):
    """The model is measured and saved; the run is over."""

    path: Path
    metrics: FinalMetrics
    next_commands: list[str]
    """What to do with the model, one command each."""


RunEvent = Opened | Event | Previewed | Saved

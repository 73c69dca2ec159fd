"""Subjects: the kinds of data that one can train on, each opened, measured and told in its way.

A recipe says which is its own. The trainer, the panel and the commands know this page only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from reverie.storage import Loaded
    from reverie.training.batches import BatchReader
    from reverie.training.objectives import Objective

Measure = Callable[[Any], float]
"""Nats per element of a model on data that it does not learn from."""


class Unit(NamedTuple):
    """How a loss in nats per element is told to people."""

    element: str
    """What one is called: character, point."""
    measure: str
    """As in "1.9 bits a character"."""
    factor: float
    """Of that measure, in one nat per element."""
    digits: int = 3

    def of(self, nats: float) -> float:
        """The number that people read."""
        return nats * self.factor

    def told(self, nats: float, digits: int | None = None) -> str:
        """The number and what it is a number of."""
        return f"{self.of(nats):.{self.digits if digits is None else digits}f} {self.measure}"


class Preview(NamedTuple):
    """What a model made while it was learning."""

    shown: str
    """In lines of text, whatever it is."""
    note: str = ""
    """What there is to say about it."""
    keep: Callable[[Path], None] | None = None
    """Writes it to a file of that name, to which it adds the suffix."""


class FinalMetrics(NamedTuple):
    """What a training came to."""

    facts: dict[str, Any]
    """Numbers that go into the model's file."""
    told: str


class OpenTask(Protocol):
    """The data of one training, open."""

    @property
    def codec(self) -> Any:
        """What stands between them and arrays; it goes into the model's file."""

    @property
    def scale(self) -> Unit: ...

    @property
    def references(self) -> str:
        """What is known without a network, in a line; may be empty."""

    def described(self) -> str:
        """What was found, in a line or two."""

    def reader(self, training: Any) -> BatchReader: ...

    def objective(self, training: Any) -> Objective: ...

    def measure(self) -> Measure | None:
        """What is watched while it learns; none without data for it."""

    def preview(self, model: Any, seed: int) -> Preview | None:
        """Something that the model makes, always from the same seed."""

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        """The measures of a trained model; all processes call, only the first tells."""


class Task(Protocol):
    """A kind of data: a module of this package. It imports jax only when it must."""

    EvaluationOptions: Any
    """The options of a measurement, a group."""

    def codec_from(self, description: Any) -> Any:
        """The medium that its `describe` described."""

    def open_task(self, config: Any, codec: Any | None = None) -> OpenTask:
        """The data that a config names; with a medium, read by that one and not by its own.

        Raises InputError for data that are missing, unreadable or too few.
        """

    def evaluate(self, loaded: Loaded, path: str | None, options: Any) -> Iterator[str]:
        """What is to be said about a model on data, or on those it was trained on, in lines."""

"""What happens during training, for whoever watches: a panel, a log, a test. No jax here."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from reverie.training.budgets import Spent


class Progressed(NamedTuple):
    """Some updates were made. Loss and gradient norm are means since the last such event."""

    spent: Spent
    progress: float
    """Of the budget, 0 to 1."""
    loss: float
    """Nats per element, under the objective and its noise."""
    gradient_norm: float
    """Before clipping."""
    rate: float
    elements_per_second: float


class Evaluated(NamedTuple):
    """The model was measured on data it does not learn from, without noise."""

    spent: Spent
    nats: float
    """Per element."""
    best: bool
    model: Any


class Notice(NamedTuple):
    """Something the user should know."""

    spent: Spent
    text: str


class Finished(NamedTuple):
    """The end, with the best model seen, or the last where nothing was evaluated."""

    spent: Spent
    reason: Literal["budget", "patience", "interrupted"]
    nats: float | None
    model: Any


Event = Progressed | Evaluated | Notice | Finished

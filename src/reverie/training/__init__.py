"""Learning: from a model and a stream of batches to a model that knows them.

Names are imported when they are first used, so that budgets, events and the launcher can be
had without jax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reverie.lazy import import_lazily

if TYPE_CHECKING:
    from reverie.training.budgets import Epochs as Epochs
    from reverie.training.budgets import Minutes as Minutes
    from reverie.training.budgets import Steps as Steps
    from reverie.training.evaluation import evaluate as evaluate
    from reverie.training.loop import Plan as Plan
    from reverie.training.loop import fit as fit
    from reverie.training.loop import train as train

__getattr__ = import_lazily(
    __name__,
    {
        "Epochs": "budgets",
        "Minutes": "budgets",
        "Steps": "budgets",
        "evaluate": "evaluation",
        "Plan": "loop",
        "fit": "loop",
        "train": "loop",
    },
)

"""Adding two numbers: the first digits of the sum are written first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reverie.recipes.programs import LEARNING, NETWORK
from reverie.recipes.recipe import About, Recipe
from reverie.tasks.programs.options import PAPER, PROGRAMS, ProgramData
from reverie.tasks.text.options import Network
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class Config:
    """A layer that reads `print(398345+425098)` and writes the sum.

    Departures: one layer of 256 units in place of two of 400, Muon in place of gradient descent,
    and a curriculum of our own: by the paper's combined one it learns little in as many batches.
    """

    network: Network = NETWORK
    data: ProgramData = ProgramData(
        kind="addition", length=9, nesting=1, curriculum="growing", level_epochs=8
    )
    training: TrainingOptions = replace(LEARNING, minutes=30.0)


RECIPE = Recipe(
    about=About(
        title="Addition",
        description="Learns to add two numbers, character by character.",
        paper=PAPER,
        published="99 % of characters given the true ones before (9 digits, combined curriculum)",
        ours="curriculum growing: 100.00 % of characters and of 1,000 whole answers; combined: "
        "44 % of characters",
        command="reverie train addition",
        example="reverie execute --model {model} 'print(398345+425098)'\nreverie evaluate {model}",
    ),
    Config=Config,
    task=PROGRAMS,
)

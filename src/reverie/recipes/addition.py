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
    """A layer that reads `print(39834+42509)` and writes the sum.

    Departures: one layer of 256 units in place of two of 400, Muon, a curriculum of our own, and 5
    digits: each digit takes longer than the one before.
    """

    network: Network = NETWORK
    data: ProgramData = ProgramData(
        kind="addition", length=5, nesting=1, curriculum="growing", level_epochs=8
    )
    training: TrainingOptions = replace(LEARNING, minutes=15.0)


RECIPE = Recipe(
    about=About(
        title="Addition",
        description="Learns to add two numbers, character by character.",
        paper=PAPER,
        published="99 % of characters given the true ones before (9 digits, combined curriculum)",
        ours="4 digits: 100 % of whole answers, 5 digits: 95 %, 6 digits: 18 %; 9 digits at once: "
        "44 % of characters",
        command="reverie train addition",
        example="reverie execute --model {model} 'print(39834+42509)'\nreverie evaluate {model}",
    ),
    Config=Config,
    task=PROGRAMS,
)

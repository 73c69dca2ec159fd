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
    """Two layers that read `print(398345+425098)` and write the sum."""

    network: Network = NETWORK
    data: ProgramData = ProgramData(kind="addition", length=9, nesting=1, level_epochs=15)
    training: TrainingOptions = replace(LEARNING, minutes=180.0)


RECIPE = Recipe(
    about=About(
        title="Addition",
        description="Learns to add two numbers, character by character.",
        paper=PAPER,
        published="99 % of characters given the true ones before (9 digits, combined curriculum)",
        ours="3 digits: 56 % exact after 1,500 updates; 9 digits: 44 % of characters and no answer "
        "exact after 11,000",
        command="reverie train addition",
        example="reverie execute --model {model} 'print(398345+425098)'\nreverie evaluate {model}",
    ),
    Config=Config,
    task=PROGRAMS,
)

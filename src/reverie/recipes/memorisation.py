"""Copying a number that was read once, as it is, inverted or twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reverie.recipes.programs import LEARNING
from reverie.recipes.recipe import About, Recipe
from reverie.tasks.programs.options import PAPER, PROGRAMS, ProgramData
from reverie.tasks.text.options import Network
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class Config:
    """Two layers that read a number and write it again."""

    network: Network = Network(layers=2, hidden=128)
    data: ProgramData = ProgramData(kind="memorisation", length=15, nesting=1)
    training: TrainingOptions = replace(LEARNING, minutes=10.0, rate=0.02)


RECIPE = Recipe(
    about=About(
        title="Memorisation",
        description="Learns to copy a number that it has read.",
        paper=PAPER,
        published="a figure: inverting and doubling what is read both help",
        ours="8 digits, neither inverted nor doubled: 100 % of whole answers after 1,400 batches",
        command="reverie train memorisation --length 8 --level-epochs 1 --steps 1400",
        example="reverie execute --model {model} 398345\nreverie evaluate {model}",
    ),
    Config=Config,
    task=PROGRAMS,
)

"""Handwriting of a given text: Graves's synthesis network, with its window over the text."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.handwriting.options import CONDITIONAL, LEARNING, WindowNetwork, WritingData
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class Config:
    """The paper's network at half its width, trained by Muon in an hour or two of a CPU.

    Departures: Muon in place of rmsprop, no weight noise, averaged weights; lines of more than
    1200 points are not learned from.
    """

    network: WindowNetwork = WindowNetwork(hidden=200)
    data: WritingData = WritingData()
    training: TrainingOptions = LEARNING


RECIPE = Recipe(
    about=About(
        title="Handwriting",
        description="Learns to write any text by hand, from lines of strokes and their texts.",
        paper="Graves, Generating sequences with recurrent neural networks (2013), section 5",
        published="-1096.9 nats a line of IAM-OnDB; -1128.2 with adaptive weight noise (3 x 400)",
        ours="-1112.5 nats a line (3 x 320, recurrent dropout, 7 minutes of a GPU)",
        command="reverie evaluate src/reverie/models/handwriting.reverie IAM-ONDB",
        example="reverie write 'hello world' --model {model} -o hello.svg\n"
        "reverie evaluate {model}",
    ),
    Config=Config,
    task=CONDITIONAL,
)

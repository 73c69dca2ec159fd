"""Handwriting without a text: Graves's prediction network, which scribbles."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.handwriting.options import LEARNING, UNCONDITIONAL, PenNetwork, WritingData
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class Config:
    """The paper's network at half its width, trained by Muon in an hour or two of a CPU.

    Departures: Muon in place of rmsprop, no weight noise, averaged weights; lines of more than
    1200 points are not learned from.
    """

    network: PenNetwork = PenNetwork(hidden=200)
    data: WritingData = WritingData()
    training: TrainingOptions = LEARNING


RECIPE = Recipe(
    about=About(
        title="Handwriting, prediction",
        description="Learns to predict pen strokes without a text, and generates them.",
        paper="Graves, Generating sequences with recurrent neural networks (2013), section 4",
        published="-1041.0 nats a line of IAM-OnDB; -1057.7 with adaptive weight noise (3 x 400)",
        ours="-1013.3 nats a line (3 x 200, fewer lines to learn from, 55 minutes of one core)",
        command="reverie train handwriting-prediction --data IAM-ONDB --minutes 55",
        example="reverie scribble --model {model} -o scribble.svg\nreverie evaluate {model}",
    ),
    Config=Config,
    task=UNCONDITIONAL,
)

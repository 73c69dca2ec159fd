"""Reading handwriting: recurrent layers in both directions, and an alignment (CTC)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.handwriting.options import LEARNING
from reverie.tasks.transcription.options import TRANSCRIPTION, ReadingData, ReadingNetwork
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class Config:
    """Two layers that learn in under an hour of one core.

    Departures: four numbers a step in place of 25 features, and steps of equal length.
    """

    network: ReadingNetwork = ReadingNetwork()
    data: ReadingData = ReadingData()
    training: TrainingOptions = replace(LEARNING, minutes=45.0, lanes=32)


RECIPE = Recipe(
    about=About(
        title="Reading handwriting",
        description="Learns to transcribe lines of pen strokes, without a dictionary.",
        paper="Graves and others, A novel connectionist system for unconstrained handwriting "
        "recognition (2009)",
        published="20.3 % of the words of IAM-OnDB wrong, with a dictionary and a language model",
        ours="5.6 % of the characters and 24.5 % of the words of the test wrong, with neither; 45 "
        "minutes of one core",
        command="reverie evaluate src/reverie/models/reading.reverie IAM-ONDB",
        example="reverie read TRACE --model {model}\nreverie evaluate {model}",
    ),
    Config=Config,
    task=TRANSCRIPTION,
)

"""Reading handwriting: recurrent layers in both directions, and an alignment (CTC)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reverie.recipes.recipe import About
from reverie.tasks.handwriting.options import LEARNING
from reverie.tasks.transcription.options import ReadingData, ReadingNetwork
from reverie.training.options import TrainingOptions

if TYPE_CHECKING:
    import numpy as np

    from reverie.codecs.reading import Reading
    from reverie.ctc import CTCModel
    from reverie.tasks.task import Task

ABOUT = About(
    title="Reading handwriting",
    description="Learns to read lines of strokes, with no dictionary and no language model.",
    paper="Graves and others, A novel connectionist system for unconstrained handwriting "
    "recognition (2009)",
    published="20.3 % of the words of IAM-OnDB wrong, with a dictionary and a language model",
    ours="5.6 % of the characters and 24.5 % of the words of the test wrong, with neither; 45 "
    "minutes of one core",
    command="reverie evaluate src/reverie/models/reading.reverie IAM-ONDB",
    use="read",
    example="reverie read TRACE --model {model}\nreverie evaluate {model}",
)


@dataclass(frozen=True)
class Config:
    """Two layers that learn in under an hour of one core.

    Departures: four numbers a step in place of 25 features, and steps of equal length.
    """

    network: ReadingNetwork = ReadingNetwork()
    data: ReadingData = ReadingData()
    training: TrainingOptions = replace(LEARNING, minutes=45.0, lanes=32)


def subject() -> Task:
    """What it learns."""
    from reverie.tasks.transcription import task as reading

    return reading


def build(config: Config, codec: Reading, *, rng: np.random.Generator) -> CTCModel:
    """The untrained model that reads the medium's motions."""
    from reverie.tasks.transcription.build import ctc_model

    return ctc_model(config.network, codec.motion.width, codec.alphabet.size, rng=rng)

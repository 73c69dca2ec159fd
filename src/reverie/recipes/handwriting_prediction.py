"""Handwriting without a text: Graves's prediction network, which scribbles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reverie.recipes.recipe import About
from reverie.tasks.handwriting.options import LEARNING, InkData, PenNetwork
from reverie.training.options import TrainingOptions

if TYPE_CHECKING:
    import numpy as np

    from reverie.codecs.strokes import Strokes
    from reverie.model import SequenceModel
    from reverie.tasks.task import Task

ABOUT = About(
    title="Handwriting, prediction",
    description="Learns where a pen goes next, from strokes alone, and scribbles.",
    paper="Graves, Generating sequences with recurrent neural networks (2013), section 4",
    published="-1041.0 nats a line of IAM-OnDB; -1057.7 with adaptive weight noise (3 x 400)",
    ours="-1013.3 nats a line (3 x 200, fewer lines to learn from, 55 minutes of one core)",
    command="reverie train handwriting-prediction --data IAM-ONDB --minutes 55",
    use="scribble",
    example="reverie scribble --model {model} -o scribble.svg\nreverie evaluate {model}",
)


@dataclass(frozen=True)
class Config:
    """The paper's network at half its width, trained by Muon in an hour or two of a CPU.

    Departures: Muon in place of rmsprop, no weight noise, averaged weights; lines of more than
    1200 points are not learned from.
    """

    network: PenNetwork = PenNetwork(hidden=200)
    data: InkData = InkData()
    training: TrainingOptions = LEARNING


def subject() -> Task:
    """What it learns."""
    from reverie.tasks.handwriting import unconditional as untold_ink

    return untold_ink


def build(config: Config, codec: Strokes, *, rng: np.random.Generator) -> SequenceModel:
    """The untrained model of strokes."""
    from reverie.tasks.handwriting.build import pen_model

    return pen_model(config.network, rng=rng)

"""Reading handwriting: recurrent layers in both directions, and an alignment (CTC)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reverie.recipes.parts.about import About
from reverie.recipes.parts.ink import LEARNING
from reverie.recipes.parts.options import Learning
from reverie.recipes.parts.reading import ReadingData, ReadingNetwork

if TYPE_CHECKING:
    import numpy as np

    from reverie.media.reading import Reading
    from reverie.subjects import Subject
    from reverie.transcriber import Transcriber

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
    training: Learning = replace(LEARNING, minutes=45.0, lanes=32)


def subject() -> Subject:
    """What it learns."""
    from reverie.subjects import reading

    return reading


def build(config: Config, medium: Reading, *, rng: np.random.Generator) -> Transcriber:
    """The untrained model that reads the medium's motions."""
    from reverie.recipes.parts.assembly import transcriber

    return transcriber(config.network, medium.motion.width, medium.alphabet.size, rng=rng)

"""Passages of plays with genre, play or speaker: written on request, and told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reverie.recipes.parts.about import About
from reverie.recipes.parts.labelled import (
    ADOPTED,
    EXAMPLE,
    LEARNING,
    PAPER,
    LabelledNetwork,
    PlayData,
)
from reverie.recipes.parts.options import Learning

if TYPE_CHECKING:
    import numpy as np

    from reverie.media.labelled import Labelled
    from reverie.model import SequenceModel
    from reverie.storage import Loaded
    from reverie.subjects import Subject

ABOUT = About(
    title="Plays",
    description="Writes passages of plays by genre, play or speaker, and tells what it reads.",
    paper=PAPER,
    published="none on these plays",
    ours="not yet measured",
    command="reverie train plays",
    use="classify",
    example=EXAMPLE,
)
ADOPTS = ADOPTED


@dataclass(frozen=True)
class Config:
    """One layer that is told the labels at every step.

    Departures: one layer of 320 units in place of two of 1024, Muon in place of RMSprop.
    """

    network: LabelledNetwork = LabelledNetwork(hidden=320, dropout_out=0.1)
    data: PlayData = PlayData()
    training: Learning = LEARNING


def subject() -> Subject:
    """What it learns."""
    from reverie.subjects import labelled

    return labelled


def build(config: Config, medium: Labelled, *, rng: np.random.Generator) -> SequenceModel:
    """The untrained model of the medium's symbols, given labels."""
    from reverie.recipes.parts.conditional import labelled_model

    return labelled_model(config.network, medium.size, medium.labels.size, rng=rng)


def adopted(config: Config, earlier: Loaded) -> Loaded:
    """A model of texts, told the labels of these data from now on."""
    from reverie.subjects.labelled import adopted

    return adopted(config, earlier)

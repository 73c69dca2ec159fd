"""Texts with labels, such as reviews and their ratings: written on request, and classified."""

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
    ReviewData,
)
from reverie.recipes.parts.options import Learning

if TYPE_CHECKING:
    import numpy as np

    from reverie.media.labelled import Labelled
    from reverie.model import SequenceModel
    from reverie.storage import Loaded
    from reverie.subjects import Subject

ABOUT = About(
    title="Reviews",
    description="Learns texts that come with labels, writes them on request and classifies them.",
    paper=PAPER,
    published="beer reviews of BeerAdvocate, other data than ours",
    ours="not yet measured",
    command="reverie train reviews --data TABLE.csv",
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
    data: ReviewData = ReviewData()
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

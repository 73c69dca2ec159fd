"""Captions of clips: frames, and attention that chooses among them."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.captions import LEARNING
from reverie.recipes.recipe import About, Recipe
from reverie.tasks.captions.options import (
    CAPTIONS,
    CaptionData,
    CaptionLearning,
    CaptionNetwork,
    check_captions,
)


@dataclass(frozen=True)
class Config:
    """A small network for clips that are made on the fly, or for one's own.

    Departures: attention chooses among the places of each frame, not among whole frames (`places
    frames`); a small convolutional network that is learned and sees two frames at once, in place of
    GoogLeNet and of convolutions over time; Muon in place of Adadelta.
    """

    network: CaptionNetwork = CaptionNetwork(
        places="both",
        motion=True,
        channels=16,
        hidden=128,
        width=128,
        embedding=64,
        dropout=0.0,
    )
    data: CaptionData = CaptionData(data="clips")
    training: CaptionLearning = LEARNING

    def __post_init__(self) -> None:
        check_captions(self.network, self.data, self.training)


RECIPE = Recipe(
    about=About(
        title="Captions of clips",
        description="Learns to tell what happens in clips, looking at their frames.",
        paper="Yao et al., Describing videos by exploiting temporal structure (2015)",
        published="BLEU-4 41.9 on Youtube2Text with GoogLeNet and 3-D convolutions",
        ours="made clips after six minutes of one core: 99.6 % exact, 99.4 % with new pairs; after "
        "20 minutes all of 2,000",
        command="reverie train video-captions",
        example="reverie caption CLIP --model {model}\nreverie evaluate {model}",
    ),
    Config=Config,
    task=CAPTIONS,
)

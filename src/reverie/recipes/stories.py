"""Answers from written stories: a memory network that looks through them hop by hop."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.stories.options import (
    EXAMPLE,
    LEARNING,
    PAPER,
    STORIES,
    StoryData,
    StoryLearning,
    StoryNetwork,
    check_learning,
)


@dataclass(frozen=True)
class Config:
    """A memory network that learns from stories that are written on the way.

    Departures: Adam in place of gradient descent, stories without an end, answers of several words.
    """

    network: StoryNetwork = StoryNetwork()
    data: StoryData = StoryData()
    training: StoryLearning = LEARNING

    def __post_init__(self) -> None:
        check_learning(self.network, self.training)


RECIPE = Recipe(
    about=About(
        title="Stories",
        description="Learns to answer questions about short stories, written by chance.",
        paper=PAPER,
        published="mean error 12.4 % on bAbI, another simulator (recipe babi)",
        ours="not yet measured",
        command="reverie train stories",
        example=EXAMPLE,
    ),
    Config=Config,
    task=STORIES,
    warm_starts=("babi", "entity_network"),
)

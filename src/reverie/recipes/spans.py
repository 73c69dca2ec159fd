"""Answers that stand in a passage: match-LSTM with an answer pointer."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.spans.options import EXAMPLE, LEARNING, PAPER, SPANS, SpanData, SpanNetwork
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class Config:
    """A reader of both texts, match attention, and a pointer to both ends: the boundary model.

    Departures: GRUs of 48 units in place of LSTMs of 150, a reader from both ends, own word
    vectors unless others are named, marks of words that both texts have, and words that are
    forgotten, so that a thousand questions teach something.
    """

    network: SpanNetwork = SpanNetwork()
    data: SpanData = SpanData()
    training: TrainingOptions = LEARNING


RECIPE = Recipe(
    about=About(
        title="Answers in a passage",
        description="Learns to point at the answer to a question in a passage.",
        paper=PAPER,
        published="exact match 64.7, F1 73.7 on SQuAD 1.1, of 87,599 questions to learn from",
        ours="exact match 23.9, F1 35.6 on XQuAD, of 902 questions to learn from",
        command="reverie train spans --data xquad.en.json.gz --epochs 15",
        example=EXAMPLE,
    ),
    Config=Config,
    task=SPANS,
)

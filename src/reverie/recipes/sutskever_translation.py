"""Translation without attention: Sutskever's deep encoder and decoder, small."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.translation.options import (
    LEARNING,
    TRANSLATION,
    PairData,
    PairLearning,
    TranslationNetwork,
    checked_goal,
)


@dataclass(frozen=True)
class Config:
    """Two layers in place of four, and pieces of words in place of words.

    Further departures: a narrow layer before the softmax, dropout, Muon in place of SGD.
    """

    network: TranslationNetwork = TranslationNetwork(
        cell="lstm", layers=2, encoder="backward", attention="none", bridge="part"
    )
    data: PairData = PairData(data="reverse")
    training: PairLearning = LEARNING

    def __post_init__(self) -> None:
        checked_goal(self.network, self.training)


RECIPE = Recipe(
    about=About(
        title="Translation without attention",
        description="Learns to translate sequences through one vector, reading the source "
        "backwards.",
        paper="Sutskever, Vinyals and Le, Sequence to sequence learning with neural "
        "networks (2014)",
        published="30.6 BLEU with one model on WMT'14, English to French; not on Multi30k",
        ours="16.7 BLEU on Multi30k after 1,000 updates; with attention, after as many, 32.2",
        command="reverie train sutskever-translation --source SOURCES --target TARGETS",
        example="reverie translate {model} 'TEXT'\nreverie evaluate {model}",
    ),
    Config=Config,
    task=TRANSLATION,
)

"""Translation with attention: Bahdanau's encoder and decoder, small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reverie.recipes.recipe import About
from reverie.tasks.translation.options import (
    LEARNING,
    PairData,
    PairLearning,
    TranslationNetwork,
    checked_goal,
)

if TYPE_CHECKING:
    import numpy as np

    from reverie.codecs.pair import Pair
    from reverie.model import SequenceModel
    from reverie.tasks.task import Task

ABOUT = About(
    title="Translation",
    description="Learns to turn one sequence into another from pairs of lines, with attention.",
    paper="Bahdanau, Cho and Bengio, Neural machine translation by jointly learning to align and "
    "translate (2014)",
    published="small models of this kind: 38.1 BLEU on Multi30k, English to German (test 2016)",
    ours="38.8 BLEU on the same, 39.1 with beam 10 (3.2 M weights, 68 minutes of one CPU core)",
    command="reverie train translation --source SOURCES --target TARGETS",
    use="translate",
    example="reverie translate {model} 'TEXT'\nreverie evaluate {model}",
)


@dataclass(frozen=True)
class Config:
    """A small network for tens of thousands of pairs.

    Departures: pieces of words in place of words, tanh in place of maxout, dropout.
    """

    network: TranslationNetwork = TranslationNetwork()
    data: PairData = PairData(data="reverse")
    training: PairLearning = LEARNING

    def __post_init__(self) -> None:
        checked_goal(self.network, self.training)


def subject() -> Task:
    """What it learns."""
    from reverie.tasks.translation import task as pairs

    return pairs


def build(config: Any, codec: Pair, *, rng: np.random.Generator) -> SequenceModel:
    """The untrained model of the target's symbols, given those of the source."""
    from reverie.tasks.translation.build import translator

    return translator(
        config.network, codec.source.size, codec.target.size, codec.copy_table(), rng=rng
    )

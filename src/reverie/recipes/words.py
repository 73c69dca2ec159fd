"""A word model with embeddings and dropout: Zaremba's medium LSTM."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.text.options import TEXT, Data, Network
from reverie.training.options import LaneTrainingOptions


@dataclass(frozen=True)
class Config:
    """The medium network of the paper, trained with Adam.

    Departure: one dropout mask a sequence and not one a step, and Adam in place of SGD.
    """

    network: Network = Network(
        cell="lstm",
        layers=2,
        hidden=650,
        embedding=650,
        dropout_in=0.5,
        dropout_out=0.5,
        forget_bias=0.0,
    )
    data: Data = Data(data="shakespeare", unit="words", max_alphabet=10_000, unknown="replace")
    training: LaneTrainingOptions = LaneTrainingOptions(
        minutes=None, epochs=39.0, lanes=20, length=35, rate=1e-3, clip_norm=5.0
    )


RECIPE = Recipe(
    about=About(
        title="Words",
        description="Learns a text word by word over a vocabulary of its most frequent words.",
        paper="Zaremba, Sutskever and Vinyals, Recurrent neural network regularization (2014)",
        published="Penn Treebank test perplexity 82.7 (medium, 2 x 650); Graves 2013: 117",
        ours="perplexity 171 on Penn Treebank: 1 x 256, 7 minutes of a CPU",
        command="reverie train words --data TRAIN --valid VALID --test TEST",
    ),
    Config=Config,
    task=TEXT,
)

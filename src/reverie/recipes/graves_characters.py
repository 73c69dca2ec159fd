"""Graves's character model of the Penn Treebank: one layer of 1000 peephole LSTM cells."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.text.options import TEXT, Data, Network
from reverie.training.options import LaneTrainingOptions


@dataclass(frozen=True)
class Config:
    """The paper's settings; it trained without noise first and then again with noise.

    Departure: the paper updates after every sequence of 100 characters, one at a time.
    """

    network: Network = Network(
        cell="peephole-lstm", layers=1, hidden=1000, clip_gates=1.0, forget_bias=0.0
    )
    data: Data = Data(data="ptb.train.txt", valid="ptb.valid.txt", test="ptb.test.txt")
    training: LaneTrainingOptions = LaneTrainingOptions(
        minutes=None,
        epochs=25.0,
        lanes=1,
        length=100,
        optimiser="sgd",
        rate=1e-4,
        momentum=0.99,
        schedule="constant",
        warmup=0.0,
        clip_norm=0.0,
        weight_noise=0.075,
    )


RECIPE = Recipe(
    about=About(
        title="Graves's characters",
        description="The Penn Treebank by character, with weight noise and dynamic evaluation.",
        paper="Graves, Generating sequences with recurrent neural networks (2013), section 3.1",
        published="1.32 bits a character; 1.27 with weight noise, 1.24 with dynamic evaluation too",
        ours="1 x 300, 18 minutes of a CPU: 1.435 bits on Penn Treebank, 1.421 dynamic, 1.414 by "
        "RMS",
        command="reverie train graves-characters --data TRAIN --valid VALID --test TEST",
    ),
    Config=Config,
    task=TEXT,
)

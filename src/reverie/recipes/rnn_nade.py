"""Polyphonic music whose notes depend on one another: RNN-NADE."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.music.options import MUSIC, MusicData, MusicLearning, MusicNetwork

LEARNING = MusicLearning(
    minutes=20.0,
    lanes=16,
    optimiser="muon",
    rate=0.1,
    weight_decay=0.1,
    schedule="linear",
    averaging=0.99,
    clip_norm=1.0,
)


@dataclass(frozen=True)
class Config:
    """A recurrent network that moves the biases of a NADE.

    Departures: an LSTM with dropout in place of a network of tanh units, Muon at a high rate in
    place of Hessian-free optimisation or gradient descent.
    """

    network: MusicNetwork = MusicNetwork()
    data: MusicData = MusicData()
    training: MusicLearning = LEARNING


RECIPE = Recipe(
    about=About(
        title="Polyphonic music (RNN-NADE)",
        description="Learns the frames of a piano roll, whose notes depend on one another.",
        paper="Boulanger-Lewandowski, Bengio and Vincent, Modeling temporal dependencies in "
        "high-dimensional sequences (2012)",
        published="nats a frame: JSB chorales 5.56, Nottingham 2.31, MuseData 5.60, Piano-midi "
        "7.05",
        ours="JSB chorales 4.84 (two minutes of a core), Nottingham 2.17, Piano-midi 6.64; "
        "MuseData 5.35 (300 units, dropout 0.2, 34 minutes)",
        command="reverie train rnn-nade --data JSB_Chorales.mat --epochs 40",
        example="reverie compose --model {model} -o tune.mid\nreverie evaluate {model}",
    ),
    Config=Config,
    task=MUSIC,
)

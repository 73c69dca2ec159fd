"""Polyphonic music whose notes depend on one another through hidden units: RNN-RBM."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reverie.recipes.recipe import About, Recipe
from reverie.recipes.rnn_nade import LEARNING
from reverie.tasks.music.options import MUSIC, MusicData, MusicLearning, MusicNetwork


@dataclass(frozen=True)
class Config:
    """A recurrent network that moves the biases of a restricted Boltzmann machine.

    Departures: an LSTM with dropout in place of a network of tanh units; Muon at a high rate
    in place of gradient descent; nothing is trained before.
    """

    network: MusicNetwork = MusicNetwork(notes="rbm")
    data: MusicData = MusicData()
    training: MusicLearning = replace(LEARNING, rate=0.05)


RECIPE = Recipe(
    about=About(
        title="Polyphonic music (RNN-RBM)",
        description="Learns the frames of a piano roll by contrastive divergence.",
        paper="Boulanger-Lewandowski, Bengio and Vincent, Modeling temporal dependencies in "
        "high-dimensional sequences (2012)",
        published="nats a frame: JSB chorales 6.27, Nottingham 2.39, MuseData 6.01, Piano-midi "
        "7.09",
        ours="between bounds: JSB chorales 5.59 and 5.66, MuseData 5.77 and 5.79, Piano-midi 6.90 "
        "and 6.91; Nottingham (dropout 0.3) 2.25 and 2.41",
        command="reverie train rnn-rbm --data JSB_Chorales.mat",
        example="reverie compose --model {model} -o tune.mid\nreverie evaluate {model}",
    ),
    Config=Config,
    task=MUSIC,
)

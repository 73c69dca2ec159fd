"""Polyphonic music, each note for itself: a recurrent network alone."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.recipes.rnn_nade import LEARNING
from reverie.tasks.music.options import MUSIC, MusicData, MusicLearning, MusicNetwork


@dataclass(frozen=True)
class Config:
    """A recurrent network with a logistic unit for each note.

    Departures: dropout in place of weight noise, Muon in place of RMSProp.
    """

    network: MusicNetwork = MusicNetwork(notes="independent")
    data: MusicData = MusicData()
    training: MusicLearning = LEARNING


RECIPE = Recipe(
    about=About(
        title="Polyphonic music",
        description="Learns the frames of a piano roll, each note for itself.",
        paper="Chung, Gulcehre, Cho and Bengio, Empirical evaluation of gated recurrent neural "
        "networks on sequence modeling (2014)",
        published="nats a frame, GRU: JSB chorales 8.54, Nottingham 3.23, MuseData 5.99, Piano-midi"
        " 8.82",
        ours="of about 20,000 weights: JSB chorales 8.53 (GRU, LSTM), Piano-midi 7.63 (tanh), "
        "Nottingham 3.21 (tanh), MuseData 6.82 (tanh)",
        command="reverie train polyphony --data JSB_Chorales.mat",
        example="reverie compose --model {model} -o tune.mid\nreverie evaluate {model}",
    ),
    Config=Config,
    task=MUSIC,
)

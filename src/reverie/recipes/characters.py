"""The everyday model: the next character of a text, by one layer of LSTM."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.text.options import TEXT, Data, Network
from reverie.training.options import LaneTrainingOptions


@dataclass(frozen=True)
class Config:
    """A network that learns most in a few minutes of one or two cores."""

    network: Network = Network(cell="lstm", layers=1, hidden=320, dropout_out=0.1)
    data: Data = Data(data="shakespeare", unit="characters")
    training: LaneTrainingOptions = LaneTrainingOptions(
        minutes=3.0,
        lanes=32,
        length=64,
        optimiser="muon",
        rate=0.01,
        schedule="linear",
        weight_decay=0.1,
        weight_drop=0.1,
        restarts=0.05,
        evaluations=8,
    )


RECIPE = Recipe(
    about=About(
        title="Characters",
        description="Learns any text, character by character or byte by byte, in minutes on a CPU.",
        paper="Graves, Generating sequences with recurrent neural networks (2013), section 3",
        published="none on these plays",
        ours="1.965 bits on the last 5 % of the plays (the model that ships); 1.453 nats on tiny "
        "Shakespeare's last tenth after 3 minutes of two CPU cores",
        command="reverie train characters",
    ),
    Config=Config,
    task=TEXT,
)

"""From the options of a network that reads to the network."""

from __future__ import annotations

import numpy as np

from reverie.cells.catalogue import make_cell
from reverie.cores import (
    Bidirectional,
    Dropout,
)
from reverie.ctc import CTCModel
from reverie.emissions import CategoricalHead
from reverie.tasks.transcription.options import ReadingNetwork


def ctc_model(
    network: ReadingNetwork, inputs: int, characters: int, *, rng: np.random.Generator
) -> CTCModel:
    """A reader of elements so wide, in so many different characters."""
    layers = []
    for index in range(network.layers):
        entering = 2 * network.hidden if index else inputs
        ahead, behind = (
            Dropout(
                make_cell(
                    network.cell,
                    entering,
                    network.hidden,
                    rng=rng,
                    forget_bias=network.forget_bias,
                ),
                entering,
                network.hidden,
                rate_out=network.dropout,
            )
            for _ in range(2)
        )
        layers.append(Bidirectional(ahead, behind))
    return CTCModel(tuple(layers), CategoricalHead(2 * network.hidden, characters + 1, rng=rng))

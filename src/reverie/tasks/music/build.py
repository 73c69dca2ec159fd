"""From the options of a network of piano rolls to the network."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from reverie.cells.catalogue import make_cell
from reverie.codecs.tune import KEYS
from reverie.concepts import Core, Emission
from reverie.cores import Dropout, Stack
from reverie.emissions import BernoulliHead, NADEHead, RBMHead
from reverie.feedbacks import Identity
from reverie.model import SequenceModel
from reverie.tasks.music.options import MusicNetwork


def roll_model(network: MusicNetwork, *, rng: np.random.Generator) -> SequenceModel:
    """A model of the frames of a piano roll, each given those before it."""
    layers: list[Core] = []
    for index in range(network.layers):
        inputs = network.hidden if index else KEYS
        cell = make_cell(
            network.cell, inputs, network.hidden, rng=rng, forget_bias=network.forget_bias
        )
        layers.append(Dropout(cell, inputs, network.hidden, network.dropout) if index else cell)
    core = Dropout(Stack(tuple(layers)), KEYS, network.hidden, network.dropout_in, network.dropout)
    return SequenceModel(Identity(KEYS), core, frame_emission(network, rng=rng))


def frame_emission(network: MusicNetwork, *, rng: np.random.Generator) -> Emission:
    """From the core's output to the notes of a frame."""
    match network.notes:
        case "independent":
            return BernoulliHead(network.hidden, KEYS, rng=rng)
        case "nade":
            return NADEHead(network.hidden, KEYS, network.units, rng=rng)
        case "rbm":
            return RBMHead(network.hidden, KEYS, network.units, rng=rng)
    assert_never(network.notes)

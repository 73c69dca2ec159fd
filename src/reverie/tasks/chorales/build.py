"""From the options of a network of voices to the network."""

from __future__ import annotations

import numpy as np

from reverie.cells.catalogue import make_cell
from reverie.codecs.voices import PLACES, Voices
from reverie.concepts import Core
from reverie.cores import Delayed, Dropout, Stack
from reverie.cores.bidirectional import Bidirectional
from reverie.emissions import CategoricalHead
from reverie.encoders.voices import KnownVoices
from reverie.feedbacks import Conditioned, Embedding
from reverie.model import SequenceModel
from reverie.tasks.chorales.options import ChoraleNetwork


def voice_model(
    network: ChoraleNetwork, codec: Voices, *, rng: np.random.Generator
) -> SequenceModel:
    """A model of the symbols of each voice of each step, the first voice first."""
    around = (codec.voices + 1) * network.embedding + 1
    ends = (_layer(network, around, network.around, rng=rng) for _ in range(2))
    encoder = KnownVoices(codec.size, PLACES, network.embedding, Bidirectional(*ends), rng=rng)
    feedback = Conditioned(Embedding(codec.size, network.embedding, rng=rng))
    # The element before is there anyway.
    taps = network.recall * codec.voices - 1
    inputs = (2 + taps) * network.embedding + 2 * network.around + codec.voices
    layers = drawing_layers(network, inputs, rng=rng)
    core = Delayed(layers, network.embedding, taps) if taps else layers
    return SequenceModel(
        feedback, core, CategoricalHead(network.hidden, codec.size, rng=rng), encoder
    )


def drawing_layers(network: ChoraleNetwork, inputs: int, *, rng: np.random.Generator) -> Core:
    """The layers that draw."""
    layers: list[Core] = []
    for _ in range(network.layers):
        layers.append(_layer(network, inputs, network.hidden, rng=rng))
        inputs = network.hidden
    return Stack(tuple(layers))


def _layer(network: ChoraleNetwork, inputs: int, units: int, *, rng: np.random.Generator) -> Core:
    cell = make_cell(network.cell, inputs, units, rng=rng, forget_bias=network.forget_bias)
    return Dropout(cell, inputs, units, 0.0, network.dropout)

"""From the options of a network of strokes to the network."""

from __future__ import annotations

import numpy as np

from reverie.cells import Cell
from reverie.cells.catalogue import make_cell
from reverie.concepts import Core
from reverie.cores import (
    Clipped,
    RecurrentDropout,
    SoftWindowStack,
    Stack,
)
from reverie.emissions import MDNHead
from reverie.feedbacks import Concatenated, Identity
from reverie.model import SequenceModel
from reverie.tasks.handwriting.options import PenNetwork, WindowNetwork


def pen_model(network: PenNetwork, *, rng: np.random.Generator) -> SequenceModel:
    """A model of strokes: an offset and a pen bit after the other."""
    width = network.hidden
    layers = [
        pen_layer(network, 3 + width * (index > 0), rng=rng) for index in range(network.layers)
    ]
    return _with_pen(network, Stack(tuple(layers), skips=True), rng)


def window_model(
    network: WindowNetwork, characters: int, *, rng: np.random.Generator
) -> SequenceModel:
    """A model of strokes that reads a text of so many different characters while it writes."""
    width = network.hidden
    above = tuple(
        pen_layer(network, 3 + width + characters, rng=rng) for _ in range(network.layers - 1)
    )
    lowest = pen_layer(network, 3, rng=rng)
    core = SoftWindowStack(
        lowest, above, hidden=width, width=characters, count=network.gaussians, rng=rng
    )
    return _with_pen(network, core, rng)


def pen_layer(network: PenNetwork, inputs: int, *, rng: np.random.Generator) -> Cell:
    """One layer."""
    layer = make_cell(
        network.cell, inputs, network.hidden, rng=rng, forget_bias=network.forget_bias
    )
    if network.clip_gates:
        layer = Clipped(layer, network.clip_gates)
    if network.recurrent_dropout:
        layer = RecurrentDropout(layer, network.recurrent_dropout)
    return layer


def _with_pen(network: PenNetwork, core: Core, rng: np.random.Generator) -> SequenceModel:
    outputs = network.layers * network.hidden
    pen = MDNHead(outputs, network.components, rng=rng, limit=network.clip_outputs)
    return SequenceModel(Concatenated((Identity(2), Identity(1))), core, pen)

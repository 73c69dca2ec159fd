"""From the options of a network of symbols to the network."""

from __future__ import annotations

import jax
import numpy as np

from reverie.cells import Cell
from reverie.cells.catalogue import make_cell
from reverie.concepts import Condition, Core
from reverie.cores import (
    Clipped,
    Dropout,
    LayerNorm,
    Projected,
    RecurrentDropout,
    Stack,
    Zoneout,
)
from reverie.emissions import CategoricalHead
from reverie.feedbacks import Embedding, OneHot
from reverie.model import SequenceModel
from reverie.tasks.text.options import Network


def symbol_model(network: Network, size: int, *, rng: np.random.Generator) -> SequenceModel:
    """A model of sequences of `size` symbols."""
    if network.embedding:
        feedback: OneHot | Embedding = Embedding(size, network.embedding, rng=rng)
    else:
        feedback = OneHot(size)
    core = recurrent_stack(network, network.embedding or size, rng=rng)
    wide = output_width(network) * (network.layers if network.skips else 1)
    return SequenceModel(feedback, core, CategoricalHead(wide, size, rng=rng))


def recurrent_stack(network: Network, inputs: int, *, rng: np.random.Generator) -> Core:
    """The layers over inputs of the given width, with whatever makes them steadier."""
    width = output_width(network)
    layers: list[Core] = []
    for index in range(network.layers):
        below = width if index else 0
        entering = inputs + below if network.skips or not index else below
        layer: Core = layer_core(network, entering, rng=rng)
        if network.dropout_in:
            layer = Dropout(layer, entering, width, network.dropout_in)
        layers.append(layer)
    stack: Core = Stack(tuple(layers), skips=network.skips, residual=network.residual)
    if network.dropout_out:
        leaving = width * (network.layers if network.skips else 1)
        stack = Dropout(stack, inputs, leaving, rate_out=network.dropout_out)
    return stack


def layer_core(network: Network, inputs: int, *, rng: np.random.Generator) -> Cell:
    """One layer: the cell and what is wrapped around it."""
    layer = make_cell(
        network.cell, inputs, network.hidden, rng=rng, forget_bias=network.forget_bias
    )
    if network.projection:
        layer = Projected(layer, network.hidden, network.projection, rng=rng)
    if network.layer_norm:
        layer = LayerNorm(layer, layer.width() // network.hidden)
    if network.clip_gates:
        layer = Clipped(layer, network.clip_gates)
    if network.recurrent_dropout:
        layer = RecurrentDropout(layer, network.recurrent_dropout)
    if network.zoneout:
        state = layer.initial_state(Condition())
        layer = Zoneout(layer, (network.zoneout,) * len(jax.tree.leaves(state)))
    return layer


def output_width(network: Network) -> int:
    """How many numbers a layer puts out."""
    return network.projection or network.hidden

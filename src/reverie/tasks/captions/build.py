"""From the options of a network to the network: a config is flattened here, no class gets one."""

from __future__ import annotations

from typing import assert_never

import equinox as eqx
import numpy as np

from reverie.attention import Additive
from reverie.cells import Cell
from reverie.cells.catalogue import make_cell
from reverie.codecs.captions import Captions
from reverie.concepts import Condition, Core, Feedback
from reverie.cores import (
    AdaptiveAttentive,
    Attentive,
    Bridged,
    Dropout,
    Gate,
    HardAttentive,
    Stack,
)
from reverie.cores.bridged import Affine
from reverie.cores.states import flatten_state
from reverie.data.word_vectors import read_vectors
from reverie.emissions import BottleneckHead
from reverie.encoders import Convolutional, FixedNetwork, Visual
from reverie.encoders.efficientnet import EfficientNetLite0
from reverie.encoders.visual import PictureNetwork
from reverie.feedbacks import Begun, Conditioned, Embedding
from reverie.layers import Undrawn, array
from reverie.model import SequenceModel
from reverie.tasks.captions.options import LOOKING, CaptionNetwork


def captioner(
    network: CaptionNetwork, codec: Captions, *, rng: np.random.Generator
) -> SequenceModel:
    """A model of captions given what is to be seen."""
    encoder = visual(network, codec, rng=rng)
    inputs = network.embedding
    feedback: Feedback = embedding(network, codec, rng=rng)
    if network.look == "first-input":
        feedback = Begun(feedback, network.width, inputs, rng=rng)
    if network.look == "every-step":
        feedback, inputs = Conditioned(feedback), inputs + network.width
    core, outputs = decoder(network, inputs, rng=rng)
    dropped = Dropout(core, inputs, outputs, network.dropout, network.dropout)
    emission = BottleneckHead(outputs, network.embedding, codec.size, rng=rng)
    return SequenceModel(feedback, dropped, emission, encoder)


def visual(network: CaptionNetwork, codec: Captions, *, rng: np.random.Generator) -> Visual:
    """What sees."""
    found = picture_network(network, rng=rng)
    width = codec.features if found is None else found.width
    frames = network.places == "frames"
    # What is learned from pixels has few of them to spare.
    dropout = 0.0 if network.encoder == "scratch" else network.dropout
    return Visual(
        found,
        width,
        network.width,
        rng=rng,
        frames=frames,
        motion=network.motion,
        dropout=dropout,
    )


def picture_network(network: CaptionNetwork, *, rng: np.random.Generator) -> PictureNetwork | None:
    """The convolutional network; None where features are given."""
    match network.encoder:
        case "scratch":
            widths = tuple(network.channels * 2**n for n in range(network.halvings))
            return Convolutional(widths, rng=rng, colours=6 if network.motion else 3)
        case "efficientnet":
            # A model that is loaded brings its weights; only a new one asks for those of ImageNet.
            new = not isinstance(rng, Undrawn)
            found = EfficientNetLite0.pretrained() if new else EfficientNetLite0.blank()
            return found if network.fine_tune else FixedNetwork(found)
        case "features":
            return None
    assert_never(network.encoder)


def embedding(network: CaptionNetwork, codec: Captions, *, rng: np.random.Generator) -> Embedding:
    """Word vectors: drawn, or those that are known and drawn for the others."""
    drawn = Embedding(codec.size, network.embedding, rng=rng)
    if not network.vectors or isinstance(rng, Undrawn):
        return drawn
    table = read_vectors(network.vectors, codec.words.symbols(), np.asarray(drawn.E))
    return eqx.tree_at(lambda e: e.E, drawn, array(table))


def decoder(network: CaptionNetwork, inputs: int, *, rng: np.random.Generator) -> tuple[Core, int]:
    """What tells, given inputs so wide, and its own width. The lowest layer looks."""
    layers: list[Core] = []
    for index in range(network.layers):
        lowest = index == 0
        wider = network.width if lowest and network.look == "hard" else 0
        cell = layer(network, inputs + wider, told=lowest, rng=rng)
        if lowest and network.look in LOOKING:
            layers.append(looking(network, cell, inputs, rng=rng))
            inputs = network.hidden + network.width
        else:
            layers.append(cell)
            inputs = network.hidden
    return Stack(tuple(layers)), inputs


def layer(network: CaptionNetwork, inputs: int, *, told: bool, rng: np.random.Generator) -> Cell:
    """A cell; one that looks, or is told by its first state, begins with the mean of the places."""
    cell = make_cell(network.cell, inputs, network.hidden, rng=rng, forget_bias=network.forget_bias)
    if not told or network.look in ("first-input", "every-step"):
        return cell
    size = flatten_state(cell.initial_state(Condition())).shape[0]
    return Bridged(cell, Affine(network.width, size, rng=rng))


def looking(network: CaptionNetwork, cell: Cell, inputs: int, *, rng: np.random.Generator) -> Core:
    """The cell with its attention."""
    hidden, width = network.hidden, network.width
    if network.look == "adaptive":
        return AdaptiveAttentive(cell, inputs, hidden, width, rng=rng)
    score = Additive(hidden, width, hidden, rng=rng)
    if network.look == "hard":
        return HardAttentive(cell, score)
    gate = Gate(hidden, rng=rng) if network.gate else None
    return Attentive(cell, score, width, rng=rng, gate=gate)

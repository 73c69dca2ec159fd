"""From the options of a network to the network: a config is flattened here, no class gets one."""

from __future__ import annotations

from typing import assert_never

import jax
import numpy as np

from reverie.attention import Additive, Bilinear, Covered, Dot, Global, Local, Score
from reverie.cells import GRU, LSTM, LSTM1997, Cell, Elman, GRUResetBefore, Recurrence
from reverie.concepts import Condition, Core, Emission, Feedback
from reverie.cores import (
    Attentive,
    Bidirectional,
    Bridged,
    Clipped,
    Dropout,
    HardAttentive,
    InputFeeding,
    LayerNorm,
    Pointing,
    Projected,
    RecurrentDropout,
    Stack,
    Windowed,
    Zoneout,
)
from reverie.cores.bridged import Affine, Part, flat
from reverie.emissions import Copying, DeepSymbols, Pen, Symbols, WithBaseline
from reverie.encoders import Named, Recurrent
from reverie.errors import InputError
from reverie.feedbacks import Conditioned, Embedding, OneHot, Plain, Side
from reverie.model import SequenceModel
from reverie.recipes.parts.ink import PenNetwork, WindowNetwork
from reverie.recipes.parts.options import CellName, Network
from reverie.recipes.parts.reading import ReadingNetwork
from reverie.recipes.parts.translation import TranslationNetwork
from reverie.transcriber import Transcriber


def symbol_model(network: Network, size: int, *, rng: np.random.Generator) -> SequenceModel:
    """A model of sequences of `size` symbols."""
    if network.embedding:
        feedback: OneHot | Embedding = Embedding(size, network.embedding, rng=rng)
    else:
        feedback = OneHot(size)
    core = recurrent_stack(network, network.embedding or size, rng=rng)
    wide = output_width(network) * (network.layers if network.skips else 1)
    return SequenceModel(feedback, core, Symbols(wide, size, rng=rng))


def recurrent_stack(network: Network, inputs: int, *, rng: np.random.Generator) -> Core:
    """The layers over inputs of the given width, with whatever makes them steadier."""
    width = output_width(network)
    layers = []
    for index in range(network.layers):
        below = width if index else 0
        entering = inputs + below if network.skips or not index else below
        layer = layer_core(network, entering, rng=rng)
        if network.dropout_in:
            layer = Dropout(layer, entering, width, network.dropout_in)
        layers.append(layer)
    stack: Core = Stack(tuple(layers), skips=network.skips, residual=network.residual)
    if network.dropout_out:
        leaving = width * (network.layers if network.skips else 1)
        stack = Dropout(stack, inputs, leaving, rate_out=network.dropout_out)
    return stack


def layer_core(network: Network, inputs: int, *, rng: np.random.Generator) -> Core:
    """One layer: the cell and what is wrapped around it."""
    layer: Cell = cell(network.cell, inputs, network.hidden, network.forget_bias, rng=rng)
    if isinstance(layer, Recurrence):
        layer = wrapped(network, layer, rng=rng)
    if network.zoneout:
        state = layer.initial_state(Condition())
        layer = Zoneout(layer, (network.zoneout,) * len(state))
    return layer


def wrapped(network: Network, layer: Recurrence, *, rng: np.random.Generator) -> Recurrence:
    """A recurrence with projection, normalisation, clipping and dropout where asked for."""
    gates = layer.recurrent().shape[0] // network.hidden
    if network.projection:
        layer = Projected(layer, network.projection, rng=rng)
    if network.layer_norm:
        layer = LayerNorm(layer, gates)
    if network.clip_gates:
        layer = Clipped(layer, network.clip_gates)
    if network.recurrent_dropout:
        layer = RecurrentDropout(layer, network.recurrent_dropout)
    return layer


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
    core = Windowed(lowest, above, hidden=width, width=characters, count=network.gaussians, rng=rng)
    return _with_pen(network, core, rng)


def pen_layer(network: PenNetwork, inputs: int, *, rng: np.random.Generator) -> Recurrence:
    """One layer; in the recipes of ink it is a recurrence."""
    layer = cell(network.cell, inputs, network.hidden, network.forget_bias, rng=rng)
    assert isinstance(layer, Recurrence)
    return Clipped(layer, network.clip_gates) if network.clip_gates else layer


def _with_pen(network: PenNetwork, core: Core, rng: np.random.Generator) -> SequenceModel:
    outputs = network.layers * network.hidden
    pen = Pen(outputs, network.components, rng=rng, limit=network.clip_outputs)
    return SequenceModel(Side((Plain(2), Plain(1))), core, pen)


def transcriber(
    network: ReadingNetwork, inputs: int, characters: int, *, rng: np.random.Generator
) -> Transcriber:
    """A reader of elements so wide, in so many different characters."""
    layers = []
    for index in range(network.layers):
        entering = 2 * network.hidden if index else inputs
        ahead, behind = (
            Dropout(
                cell(network.cell, entering, network.hidden, network.forget_bias, rng=rng),
                entering,
                network.hidden,
                rate_out=network.dropout,
            )
            for _ in range(2)
        )
        layers.append(Bidirectional(ahead, behind))
    return Transcriber(tuple(layers), Symbols(2 * network.hidden, characters + 1, rng=rng))


def translator(
    network: TranslationNetwork,
    source: int,
    target: int,
    table: tuple[int, ...] = (),
    *,
    rng: np.random.Generator,
) -> SequenceModel:
    """A model of `target` symbols given a source of `source` symbols; `table` says which of
    those are the same, so that they can be copied."""
    encoder, told = source_encoder(network, source, rng=rng)
    feedback: Feedback = Embedding(target, network.embedding, rng=rng)
    entering = network.embedding
    if network.bridge == "steps":
        feedback, entering = Conditioned(feedback), entering + told[0]
    decoder, outputs = decoder_core(network, entering, told, rng=rng)
    core: Core = Dropout(decoder, entering, outputs, network.dropout, network.dropout)
    emission: Emission = DeepSymbols(outputs, network.embedding, target, rng=rng)
    if network.baseline:
        emission = WithBaseline(emission, outputs)
    if not network.copying:
        return SequenceModel(feedback, core, emission, encoder)
    copying = Copying(emission, outputs, rng=rng)
    return SequenceModel(feedback, Pointing(core), copying, Named(encoder, table))


def source_encoder(
    network: TranslationNetwork, size: int, *, rng: np.random.Generator
) -> tuple[Recurrent, tuple[int, int]]:
    """What reads the source, and how wide its vector and each place of its memory are."""
    hidden = network.hidden

    def layer(inputs: int, rate_in: float = network.dropout) -> Dropout:
        inner = cell(network.cell, inputs, hidden, network.forget_bias, rng=rng)
        return Dropout(inner, inputs, hidden, rate_in, 0.0)

    def deep() -> Stack:
        inputs = [network.embedding, *[hidden] * (network.layers - 1)]
        return Stack(tuple(layer(width) for width in inputs))

    if network.encoder == "bidirectional":
        ends: list[Core] = [
            deep() if network.layers > 1 else layer(network.embedding) for _ in range(2)
        ]
        core: Core | Bidirectional = Bidirectional(*ends)
    else:
        core = deep()
        ends = [core]
    vector = sum(flat(end.initial_state(Condition())).shape[0] for end in ends)
    backwards = network.encoder == "backward"
    encoder = Recurrent(size, network.embedding, core, rng=rng, backwards=backwards)
    return encoder, (vector, hidden * len(ends))


def decoder_core(
    network: TranslationNetwork, entering: int, told: tuple[int, int], *, rng: np.random.Generator
) -> tuple[Core, int]:
    """What writes the target and looks at the source, given inputs so wide; and its own width.

    The lowest layer looks, with input feeding all of them do.
    """
    vector, places = told
    layers: list[Core] = []
    if network.input_feeding:
        entering += network.hidden
    for index in range(network.layers):
        looks = network.attention != "none" and not network.input_feeding and not index
        extra = places if looks and network.hard else 0
        inner = told_layer(network, entering + extra, vector, index, rng=rng)
        entering = network.hidden
        if not looks:
            layers.append(inner)
            continue
        found = score(network, places, rng=rng)
        entering += places
        if network.hard:
            layers.append(HardAttentive(inner, found))
        else:
            layers.append(Attentive(inner, found, places, rng=rng))
    core: Core = Stack(tuple(layers))
    if network.input_feeding:
        aligned = alignment(network, places, rng=rng)
        hidden = network.hidden
        core = InputFeeding(core, aligned, hidden, places, hidden, rng=rng)
    return core, entering


def told_layer(
    network: TranslationNetwork, entering: int, vector: int, index: int, *, rng: np.random.Generator
) -> Recurrence:
    """A layer of the decoder, and how its first state is told the source."""
    inner = cell(network.cell, entering, network.hidden, network.forget_bias, rng=rng)
    assert isinstance(inner, Recurrence)
    size = flat(inner.initial_state(Condition())).shape[0]
    match network.bridge:
        case "affine":
            return Bridged(inner, Affine(vector, size, rng=rng))
        case "part":
            return Bridged(inner, Part(index * size))
        case "steps":
            return inner
    assert_never(network.bridge)


def alignment(
    network: TranslationNetwork, places: int, *, rng: np.random.Generator
) -> Global | Local:
    """Where input feeding looks: all over the source, or around where it points."""
    found = score(network, places, rng=rng)
    if not network.reach:
        return Global(found)
    return Local(found, network.hidden, network.hidden, network.reach, rng=rng)


def score(network: TranslationNetwork, places: int, *, rng: np.random.Generator) -> Score:
    """The score of that name."""
    hidden = network.hidden
    match network.attention:
        case "additive":
            found: Score = Additive(hidden, places, hidden, rng=rng)
            width = hidden
        case "bilinear":
            found, width = Bilinear(hidden, places, rng=rng), hidden
        case "dot":
            if places != hidden:
                raise InputError(
                    "dot compares outputs of one width: use it with an encoder that is no "
                    "bidirectional"
                )
            found, width = Dot(), hidden
        case "none":
            raise InputError("without attention there is no score")
    return Covered(found, width, rng=rng) if network.covered else found


def cell(
    name: CellName, inputs: int, hidden: int, forget_bias: float, *, rng: np.random.Generator
) -> Cell:
    """The cell of that name."""
    match name:
        case "lstm":
            return LSTM(inputs, hidden, rng=rng, forget_bias=forget_bias)
        case "peephole-lstm":
            return LSTM(inputs, hidden, rng=rng, forget_bias=forget_bias, peepholes=True)
        case "lstm-1997":
            return LSTM1997(inputs, hidden, rng=rng)
        case "gru":
            return GRU(inputs, hidden, rng=rng)
        case "gru-reset-before":
            return GRUResetBefore(inputs, hidden, rng=rng)
        case "elman":
            return Elman(inputs, hidden, rng=rng)
        case "relu":
            return Elman(inputs, hidden, rng=rng, activation=jax.nn.relu, identity=1.0)
    assert_never(name)


def output_width(network: Network) -> int:
    """How many numbers a layer puts out."""
    return network.projection or network.hidden

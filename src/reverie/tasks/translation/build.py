"""From the options of a network to the network: a config is flattened here, no class gets one."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from reverie.attention import Additive, Bilinear, CoverageScore, Dot, Global, Local, Score
from reverie.cells import Cell
from reverie.cells.catalogue import make_cell
from reverie.concepts import Condition, Core, Emission, Feedback
from reverie.cores import (
    Attentive,
    Bidirectional,
    Bridged,
    Dropout,
    ExposeAttention,
    HardAttentive,
    InputFeeding,
    Stack,
)
from reverie.cores.bridged import Affine, SliceBridge
from reverie.cores.states import flatten_state
from reverie.emissions import BottleneckHead, Copying, WithBaseline
from reverie.encoders import Recurrent, WithCopyIds
from reverie.errors import InputError
from reverie.feedbacks import Conditioned, Embedding
from reverie.model import SequenceModel
from reverie.tasks.translation.options import TranslationNetwork


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
    encoder, widths = source_encoder(network, source, rng=rng)
    feedback: Feedback = Embedding(target, network.embedding, rng=rng)
    entering = network.embedding
    if network.bridge == "steps":
        feedback, entering = Conditioned(feedback), entering + widths[0]
    decoder, outputs = decoder_core(network, entering, widths, rng=rng)
    core: Core = Dropout(decoder, entering, outputs, network.dropout, network.dropout)
    emission: Emission = BottleneckHead(outputs, network.embedding, target, rng=rng)
    if network.baseline:
        emission = WithBaseline(emission, outputs)
    if not network.copying:
        return SequenceModel(feedback, core, emission, encoder)
    copying = Copying(emission, outputs, rng=rng)
    return SequenceModel(feedback, ExposeAttention(core), copying, WithCopyIds(encoder, table))


def source_encoder(
    network: TranslationNetwork, size: int, *, rng: np.random.Generator
) -> tuple[Recurrent, tuple[int, int]]:
    """What reads the source, and how wide its vector and each place of its memory are."""
    hidden = network.hidden

    def layer(inputs: int, rate_in: float = network.dropout) -> Dropout:
        inner = make_cell(network.cell, inputs, hidden, rng=rng, forget_bias=network.forget_bias)
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
    vector = sum(flatten_state(end.initial_state(Condition())).shape[0] for end in ends)
    backwards = network.encoder == "backward"
    encoder = Recurrent(size, network.embedding, core, rng=rng, backwards=backwards)
    return encoder, (vector, hidden * len(ends))


def decoder_core(
    network: TranslationNetwork, entering: int, widths: tuple[int, int], *, rng: np.random.Generator
) -> tuple[Core, int]:
    """What writes the target and looks at the source, given inputs so wide; and its own width.

    The lowest layer looks, with input feeding all of them do.
    """
    vector, places = widths
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
) -> Cell:
    """A layer of the decoder, and how its first state is told the source."""
    inner = make_cell(
        network.cell, entering, network.hidden, rng=rng, forget_bias=network.forget_bias
    )
    size = flatten_state(inner.initial_state(Condition())).shape[0]
    match network.bridge:
        case "affine":
            return Bridged(inner, Affine(vector, size, rng=rng))
        case "part":
            return Bridged(inner, SliceBridge(index * size))
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
                    "dot compares outputs of one width: use it with an encoder that is not "
                    "bidirectional"
                )
            found, width = Dot(), hidden
        case "none":
            raise InputError("an attention of none has no score: choose another")
    return CoverageScore(found, width, rng=rng) if network.covered else found

"""From the options of a network to the network: a config is flattened here, no class gets one."""

from __future__ import annotations

import equinox as eqx
import numpy as np

from reverie.attention import Additive
from reverie.cells import Cell
from reverie.cells.catalogue import make_cell
from reverie.codecs.spans import MARKS, Spans
from reverie.concepts import Condition, Core
from reverie.cores import Bidirectional, Dropout, Matching, Pointer
from reverie.cores.states import flatten_state
from reverie.data.word_vectors import read_vectors
from reverie.emissions import PlaceSoftmax
from reverie.encoders import PassageEncoder
from reverie.feedbacks import Begun, Pointed
from reverie.layers import Undrawn, array
from reverie.model import SequenceModel
from reverie.tasks.spans.options import SpanNetwork
from reverie.trees import named_arrays, with_arrays


def span_model(network: SpanNetwork, codec: Spans, *, rng: np.random.Generator) -> SequenceModel:
    """A model of the first and the last word of the answer, given a passage and a question."""
    hidden, read = network.hidden, network.embedding + len(MARKS)
    both = 2 * hidden

    def cell(inputs: int) -> Cell:
        return make_cell(network.cell, inputs, hidden, rng=rng)

    def dropped(core: Core, inputs: int) -> Core:
        return Dropout(core, inputs, 0, network.dropout)

    def reader() -> Core:
        return dropped(cell(read), read)

    def match() -> Core:
        core = Matching(cell(both), both, hidden, both, network.width, rng=rng)
        return dropped(core, both)

    first = reader()
    state = flatten_state(first.initial_state(Condition())).shape[0]
    encoder = PassageEncoder(
        codec.size,
        network.embedding,
        Bidirectional(first, reader()),
        Bidirectional(match(), match()),
        rng=rng,
        forget=network.forget,
        fixed=bool(network.vectors),
    )
    # A model that is loaded brings its vectors; only a new one asks for those of the file.
    if network.vectors and not isinstance(rng, Undrawn):
        table = read_vectors(network.vectors, codec.vocabulary, np.asarray(encoder.E))
        encoder = eqx.tree_at(lambda e: e.E, encoder, array(table))
    pointer = Pointer(cell(both), Additive(hidden, both, network.width, rng=rng))
    feedback = Begun(Pointed(), 2 * state, both, rng=rng)
    return SequenceModel(feedback, dropped(pointer, both), PlaceSoftmax(), encoder)


def widen(
    network: SpanNetwork, codec: Spans, earlier: SequenceModel, *, rng: np.random.Generator
) -> SequenceModel:
    """The model of a codec with the weights of an `earlier` one, which knew its first words.

    Raises InputError where the networks differ.
    """
    model = span_model(network, codec, rng=rng)
    arrays, new = named_arrays(earlier), named_arrays(model)
    known = arrays[TABLE]
    if known.shape[1] == new[TABLE].shape[1]:
        arrays[TABLE] = np.concatenate([known, new[TABLE][len(known) :]])
    return with_arrays(model, arrays, "the model to start from")


TABLE = "encoder.E"

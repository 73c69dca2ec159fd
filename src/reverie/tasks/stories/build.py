"""From the options of a network to the network: a config is flattened here, no class gets one."""

from __future__ import annotations

import numpy as np

from reverie.codecs.stories import HEAD, Stories
from reverie.cores import EntityReader, MemoryNetwork
from reverie.data.stories.dataset import StoryExamples
from reverie.emissions import CategoricalHead, Softmax
from reverie.encoders import EntityNetwork, StoryEncoder
from reverie.feedbacks import Embedding, OneHot
from reverie.model import SequenceModel
from reverie.tasks.stories.forms import Form, SlotForm, StoryForm, TextForm
from reverie.tasks.stories.options import StoryNetwork
from reverie.tasks.translation.build import translator
from reverie.tasks.translation.options import TranslationNetwork


def story_model(network: StoryNetwork, size: int, *, rng: np.random.Generator) -> SequenceModel:
    """A model of answers over `size` words, given stories and questions."""
    match network.network:
        case "memory":
            return memory_model(network, size, rng=rng)
        case "entity":
            return entity_model(network, size, rng=rng)
        case "reader":
            return reader_model(network, size, rng=rng)


def form_of(network: StoryNetwork, codec: Stories) -> Form:
    """How that network reads stories and questions."""
    examples = StoryExamples(codec, network.recent)
    match network.network:
        case "memory":
            return StoryForm(examples)
        case "entity":
            return SlotForm(examples, network.words)
        case "reader":
            return TextForm(examples)


def memory_model(network: StoryNetwork, size: int, *, rng: np.random.Generator) -> SequenceModel:
    """An end-to-end memory network."""
    core = MemoryNetwork(
        size,
        network.width,
        network.hops,
        network.recent,
        rng=rng,
        layer_wise=network.tying == "layer-wise",
        positions=network.positions,
        nothing=network.nothing,
    )
    return SequenceModel(OneHot(size), core, Softmax(), StoryEncoder(network.recent, network.empty))


def entity_model(network: StoryNetwork, size: int, *, rng: np.random.Generator) -> SequenceModel:
    """A recurrent entity network, and what reads its slots."""
    width, slots = network.width, network.slots
    encoder = EntityNetwork(size, width, slots, network.words, rng=rng, recent=network.recent)
    core, head = EntityReader(width, rng=rng), CategoricalHead(width, size, rng=rng)
    return SequenceModel(Embedding(size, width, rng=rng), core, head, encoder)


def reader_model(network: StoryNetwork, size: int, *, rng: np.random.Generator) -> SequenceModel:
    """A recurrent reader of story and question, and a decoder that attends to words and copies."""
    width = network.width
    parts = TranslationNetwork(
        cell=network.cell, hidden=width, embedding=width, copying=True, dropout=network.dropout
    )
    # What is no word cannot be copied.
    table = (*[-1] * len(HEAD), *range(len(HEAD), size))
    return translator(parts, size, size, table, rng=rng)

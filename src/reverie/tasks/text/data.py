"""Texts: opened, divided, encoded, and read in lanes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from reverie.codecs.text import ABCNotes, Bytes, Characters, Pieces, TextCodec, Words
from reverie.data.corpus import Corpus, build_corpus, build_split
from reverie.data.lanes import Lanes
from reverie.data.sources import Reading, TextSource
from reverie.data.split import Split
from reverie.settings import change_group
from reverie.storage import Loaded
from reverie.tasks.task import Given
from reverie.tasks.text.options import Data, TextUnit
from reverie.training.batches import LaneReader
from reverie.training.options import LaneTrainingOptions


class Texts(NamedTuple):
    """A text, its symbols, and its parts, encoded."""

    source: TextSource
    codec: TextCodec
    split: Split[Corpus]


def open_texts(data: Data, codec: TextCodec | None = None) -> Texts:
    """The texts that options name; symbols are learned from them unless they are given.

    Raises InputError for a text that is missing or too short.
    """
    source = data.open(data.data)
    codec = codec or learn_codec(data.unit, data.max_alphabet, source.chunks())
    unknown = "replace" if data.max_alphabet else data.unknown
    if not data.valid:
        corpus = build_corpus(source, codec, unknown=unknown)
        parts = (1 - data.valid_part - data.test_part, data.valid_part, data.test_part)
        return Texts(source, codec, corpus.split(*parts))
    valid = data.open(data.valid)
    test = data.open(data.test) if data.test else valid
    return Texts(source, codec, build_split(source, valid, test, codec, unknown=unknown))


def reading_of(loaded: Loaded, given: Given) -> Reading:
    """How files become text: as for the training of a model, unless it is given."""
    data = loaded.config.data
    own = Reading(data.undecodable, data.nfc) if isinstance(data, Reading) else Reading()
    return change_group(own, given.values)


def learn_codec(unit: TextUnit, most: int, chunks: Iterable[str]) -> TextCodec:
    """The codec of that unit, learned from a text: of `most` symbols, or as many as it likes."""
    match unit:
        case "bytes":
            return Bytes()
        case "characters":
            return Characters.learn(chunks, max_size=most or None)
        case "words":
            return Words.learn(chunks, max_size=most or None)
        case "notes":
            return ABCNotes.learn(chunks, max_size=most or None)
        case "pieces":
            return Pieces.learn(chunks, max_size=most or 2000)


def lanes_reader(corpus: Corpus, training: LaneTrainingOptions) -> LaneReader:
    """The corpus in lanes whose state is carried."""
    lanes = Lanes(corpus.values, training.lanes, training.length, training.seed)
    return LaneReader(lanes, training.restarts)

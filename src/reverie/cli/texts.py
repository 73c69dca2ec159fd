"""From the options of the data to what is read: source, medium, parts. No jax here."""

from __future__ import annotations

import math
from typing import NamedTuple

from reverie.data.corpus import Corpus, Split, build_corpus, build_split
from reverie.data.ngrams import ngram_bits, unigram_bits
from reverie.data.sources import Source, open_source
from reverie.media.text import TextMedium
from reverie.recipes.parts.options import Data

ORDER = 5
COUNTED, MEASURED = 2_000_000, 200_000
"""How many symbols the baselines are counted in and measured on: seconds, not minutes."""


class Texts(NamedTuple):
    """What a training reads."""

    source: Source
    medium: TextMedium
    split: Split


class Baselines(NamedTuple):
    """Bits per symbol without a network."""

    unigram: float
    ngram: float


def open_texts(data: Data, medium: TextMedium | None = None) -> Texts:
    """Opens the texts, learns the medium unless there is one, encodes and divides.

    Raises InputError for a text that is missing, unreadable or too short.
    """
    source = open_source(data.data, data.undecodable)
    medium = medium or learned(data, source)
    unknown = "replace" if data.max_alphabet else data.unknown
    if not data.valid:
        corpus = build_corpus(source, medium, unknown=unknown)
        parts = (1 - data.valid_part - data.test_part, data.valid_part, data.test_part)
        return Texts(source, medium, corpus.split(*parts))
    valid = open_source(data.valid, data.undecodable)
    test = open_source(data.test, data.undecodable) if data.test else valid
    return Texts(source, medium, build_split(source, valid, test, medium, unknown=unknown))


def learned(data: Data, source: Source) -> TextMedium:
    """The medium of that unit, learned from the text."""
    from reverie.media.text import Bytes, Characters, Pieces, Words

    most = data.max_alphabet or None
    match data.unit:
        case "bytes":
            return Bytes()
        case "characters":
            return Characters.learn(source.chunks(), max_size=most)
        case "words":
            return Words.learn(source.chunks(), max_size=most)
        case "pieces":
            return Pieces.learn(source.chunks(), max_size=most or 2000)


def described(texts: Texts, unit: str) -> str:
    """What was found, in two lines."""
    train, valid, test = (f"{len(part):,}" for part in texts.split)
    total = sum(map(len, texts.split))
    notes = "".join(f"; {note}" for note in texts.source.notes)
    return (
        f"{texts.source.name}: {total:,} {unit}, {texts.medium.size:,} distinct{notes}\n"
        f"{train} to learn from, {valid} to watch, {test} for the test"
    )


def baselines(texts: Texts, part: Corpus) -> Baselines:
    """What frequencies and 5-grams reach on a part; counted at the end of the training text."""
    train, held = texts.split.train.values[-COUNTED:], part.values[:MEASURED]
    size = texts.medium.size
    return Baselines(unigram_bits(train, held, size), ngram_bits(train, held, size, ORDER))


def measures(nats: float, unit: str, symbols: int, characters: int) -> str:
    """A loss in nats per symbol, and what people call it."""
    bits = nats / math.log(2)
    one = unit.removesuffix("s")
    said = [f"{nats:.4f} nats and {bits:.4f} bits a {one}"]
    if unit != "characters":
        said.append(f"{bits * symbols / max(characters, 1):.4f} bits a character")
    if unit in ("words", "pieces"):
        said.append(f"perplexity {math.exp(min(nats, 700)):,.1f}")
    return ", ".join(said)

"""Texts: one long sequence of characters, bytes, words or pieces. No jax before it trains."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reverie.codecs.text import TextCodec
from reverie.codecs.text import codec_from as codec_from
from reverie.data.corpus import Corpus, Split, build_corpus, build_split
from reverie.data.sources import Source, open_source
from reverie.errors import InputError
from reverie.metrics.bits import format_loss
from reverie.metrics.ngrams import ngram_bits, unigram_bits
from reverie.tasks.task import FinalMetrics, Measure, Preview, Unit
from reverie.tasks.text.options import Data, TextEvaluationOptions, TextUnit
from reverie.training.options import LaneTrainingOptions

if TYPE_CHECKING:
    from reverie.storage import Loaded
    from reverie.training.batches import LaneReader
    from reverie.training.objectives import Objective

EvaluationOptions = TextEvaluationOptions

ORDER = 5
COUNTED, MEASURED = 2_000_000, 200_000
"""How many symbols the baselines are counted in and measured on: seconds, not minutes."""
PREVIEW = 240
"""Symbols of the sample in the panel."""
WATCHED = 100_000
"""Symbols of the validation text that are measured during a run: it has other things to do."""
SEARCHED = 2_000_000
"""Symbols of the training text that are searched for copies."""


def open_task(config: Any, codec: Any | None = None) -> OpenText:
    """The texts that a config names, divided and encoded; the medium is learned unless given."""
    return open_texts(config.data, codec)


def open_texts(data: Data, codec: TextCodec | None = None) -> OpenText:
    """The texts that options name. Raises InputError for one that is missing or too short."""
    source = open_source(data.data, data.undecodable)
    codec = codec or learned(data.unit, data.max_alphabet, source.chunks())
    unknown = "replace" if data.max_alphabet else data.unknown
    if not data.valid:
        corpus = build_corpus(source, codec, unknown=unknown)
        parts = (1 - data.valid_part - data.test_part, data.valid_part, data.test_part)
        return OpenText(source, codec, corpus.split(*parts), data.unit)
    valid = open_source(data.valid, data.undecodable)
    test = open_source(data.test, data.undecodable) if data.test else valid
    split = build_split(source, valid, test, codec, unknown=unknown)
    return OpenText(source, codec, split, data.unit)


def learned(unit: TextUnit, most: int, chunks: Iterable[str]) -> TextCodec:
    """The medium of that unit, learned from a text: of `most` symbols, or as many as it likes."""
    from reverie.codecs.text import Bytes, Characters, Pieces, Words

    match unit:
        case "bytes":
            return Bytes()
        case "characters":
            return Characters.learn(chunks, max_size=most or None)
        case "words":
            return Words.learn(chunks, max_size=most or None)
        case "pieces":
            return Pieces.learn(chunks, max_size=most or 2000)


@dataclass(frozen=True)
class OpenText:
    """A text to learn from, parts of it to watch and to measure, and its 5-grams to beat."""

    source: Source
    codec: TextCodec
    split: Split
    unit: str

    @property
    def scale(self) -> Unit:
        element = self.unit.removesuffix("s")
        return Unit(element, f"bits a {element}", 1 / math.log(2))

    @property
    def visible(self) -> frozenset[int]:
        return frozenset({self.codec.size})

    def described(self) -> str:
        train, valid, test = (f"{len(part):,}" for part in self.split)
        total = sum(map(len, self.split))
        notes = "".join(f"; {note}" for note in self.source.notes)
        return (
            f"{self.source.name}: {total:,} {self.unit}, {self.codec.size:,} distinct{notes}\n"
            f"{train} to learn from, {valid} to watch, {test} for the test"
        )

    @cached_property
    def references(self) -> str:
        return self._baselines(self.split.valid if len(self.split.valid) else self.split.train)

    def _baselines(self, part: Corpus) -> str:
        """What frequencies and 5-grams reach; counted at the end of the training text."""
        train, hold = self.split.train.values[-COUNTED:], part.values[:MEASURED]
        size = self.codec.size
        unigram, ngram = unigram_bits(train, hold, size), ngram_bits(train, hold, size, ORDER)
        return f"frequencies {unigram:.3f} bits, 5-grams {ngram:.3f} bits"

    def reader(self, training: LaneTrainingOptions) -> LaneReader:
        from reverie.data.lanes import Lanes
        from reverie.training.batches import LaneReader

        values = self.split.train.values
        lanes = Lanes(values, training.lanes, training.length, training.seed)
        return LaneReader(lanes, training.restarts)

    def objective(self, training: LaneTrainingOptions) -> Objective:
        from reverie.training.build import build_objective

        return build_objective(training)

    def measure(self) -> Measure | None:
        return shared_measure(self.split.valid.values[:WATCHED])

    def preview(self, model: Any, seed: int) -> Preview:
        import numpy as np

        from reverie.metrics.novelty import longest_copy
        from reverie.samplers import Sample
        from reverie.tasks.text.generate import TextGenerator

        pieces = TextGenerator(model, self.codec, Sample(), seed).texts(1, PREVIEW)
        text = "".join(piece for (piece,) in pieces)
        values = self.codec.encode(text, "replace")
        copy = longest_copy(values, np.asarray(self.split.train.values[-SEARCHED:], np.int32))
        span = self.codec.decode(np.asarray(copy.span)) if copy.length else ""
        note = f"longest span copied from the text: {copy.length} of {len(values)} ({span!r})"
        return Preview(text, note)

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        part = self.split.test if len(self.split.test) else self.split.valid
        measure = shared_measure(part.values)
        nats = measure(model) if measure else None
        if not first:
            return None
        facts = {"test_nats": nats, "text": self.source.name}
        if nats is None:
            return FinalMetrics(facts, "There was no text to measure the model on.")
        characters = len(self.codec.decode(part.values))
        said = format_loss(nats, self.unit, len(part.values), characters)
        return FinalMetrics(facts, f"test: {said}\n({self._baselines(part)})")


def shared_measure(values: Any) -> Measure | None:
    """Nats per symbol of a model on held-out values, shared by the processes; none without any."""
    if not len(values):
        return None
    import jax

    from reverie.training.evaluation import evaluate

    share = (jax.process_index(), jax.process_count())
    return lambda model: evaluate(model, values, share=share)


def evaluate(loaded: Loaded, path: str | None, options: TextEvaluationOptions) -> Iterator[str]:
    """The loss of a model on a text, static or dynamic."""
    corpus = _read(loaded, path, options)
    values = corpus.values
    nats = _nats(loaded, values, options)
    characters = len(loaded.codec.decode(values))
    yield f"{corpus.name}: {format_loss(nats, loaded.config.data.unit, len(values), characters)}"


def _read(loaded: Loaded, path: str | None, options: TextEvaluationOptions) -> Corpus:
    """What to measure on. InputError where there is nothing to read."""
    if path is None:
        corpus = learned_from(loaded, options.unknown).test
    else:
        source = open_source(path, loaded.config.data.undecodable)
        corpus = build_corpus(source, loaded.codec, unknown=options.unknown)
    corpus.require(1, "a measurement")
    return corpus


def learned_from(loaded: Loaded, unknown: Any) -> Split:
    """The text that a model was trained on. InputError where it came on standard input."""
    data = loaded.config.data
    if data.data == "-":
        raise InputError(
            "the model was trained on standard input, which cannot be read again: name a text, "
            "and for the dynamic form use --dynamic"
        )
    return open_texts(replace(data, unknown=unknown), loaded.codec).split


def _nats(loaded: Loaded, values: Any, options: TextEvaluationOptions) -> float:
    """Nats per symbol."""
    from reverie.training.evaluation import (
        GravesDynamic,
        KrauseDynamic,
        evaluate,
        evaluate_dynamically,
    )

    if not (options.dynamic or options.dynamic_rms):
        return evaluate(loaded.model, values, lanes=options.lanes)
    length = options.length or 50
    if options.dynamic:
        graves = GravesDynamic() if options.rate is None else GravesDynamic(options.rate)
        return evaluate_dynamically(loaded.model, values, rule=graves, length=length)
    rms = KrauseDynamic() if options.rate is None else KrauseDynamic(options.rate)
    training = learned_from(loaded, loaded.config.data.unknown).train.values
    return evaluate_dynamically(loaded.model, values, rule=rms, training=training, length=length)

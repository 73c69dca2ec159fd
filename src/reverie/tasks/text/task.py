"""Texts: one long sequence of characters, bytes, words or pieces of words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax
import numpy as np

from reverie.codecs.text import TextCodec, codec_from
from reverie.data.corpus import Corpus, build_corpus
from reverie.data.sources import TextSource
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.metrics.bits import format_loss
from reverie.metrics.ngrams import ngram_bits, unigram_bits
from reverie.metrics.novelty import longest_copy
from reverie.model import SequenceModel
from reverie.samplers import Sample
from reverie.storage import Loaded
from reverie.tasks.task import (
    FinalMetrics,
    Given,
    Measure,
    OpenTask,
    Output,
    Perform,
    Preview,
    Task,
    Unit,
)
from reverie.tasks.text.build import symbol_model
from reverie.tasks.text.data import Texts, lanes_reader, open_texts, reading_of
from reverie.tasks.text.generate import TextGenerator
from reverie.tasks.text.options import TextEvaluationOptions, TextUnit
from reverie.tasks.text.sample import sample
from reverie.tasks.text.views import inspect
from reverie.training.batches import LaneReader
from reverie.training.evaluation import GravesDynamic, KrauseDynamic, evaluate, evaluate_dynamically
from reverie.training.objectives import Objective, build_objective
from reverie.training.options import LaneTrainingOptions

ORDER = 5
COUNTED, MEASURED = 2_000_000, 200_000
"""How many symbols the baselines are counted in and measured on: seconds, not minutes."""
PREVIEW = 240
"""Symbols of the sample in the panel."""
VALIDATED = 100_000
"""Symbols of the validation text that are measured during a run: it has other things to do."""
SEARCHED = 2_000_000
"""Symbols of the training text that are searched for copies."""


@dataclass(frozen=True)
class OpenText(OpenTask):
    """A text to learn from, parts of it to watch and to measure, and its 5-grams to beat."""

    texts: Texts
    symbols: TextUnit

    @property
    def codec(self) -> TextCodec:
        return self.texts.codec

    @property
    def source(self) -> TextSource:
        return self.texts.source

    @property
    def split(self) -> Split[Corpus]:
        return self.texts.split

    @property
    def unit(self) -> Unit:
        element = self.symbols.removesuffix("s")
        return Unit(element, f"bits a {element}", 1 / math.log(2))

    def summary(self) -> str:
        train, valid, test = (f"{len(part):,}" for part in self.split)
        total = sum(map(len, self.split))
        notes = "".join(f"; {note}" for note in self.source.notes)
        return (
            f"{self.source.name}: {total:,} {self.symbols}, {self.codec.size:,} distinct{notes}\n"
            f"{train} to learn from, {valid} to watch, {test} for the test"
        )

    def contents(self) -> Split[Any]:
        return self.split.map(lambda part: part.values)

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
        return lanes_reader(self.split.train, training)

    def objective(self, training: LaneTrainingOptions) -> Objective:
        return build_objective(training)

    def measure(self) -> Measure | None:
        return shared_measure(self.split.valid.values[:VALIDATED])

    def preview(self, model: Any, seed: int) -> Preview:
        pieces = TextGenerator(model, self.codec, Sample(), seed).texts(1, PREVIEW)
        text = "".join(piece for (piece,) in pieces)
        values = self.codec.encode(text, "replace")
        copy = longest_copy(values, np.asarray(self.split.train.values[-SEARCHED:], np.int32))
        span = self.codec.decode(np.asarray(copy.span)) if copy.length else ""
        note = f"longest span copied from the text: {copy.length} of {len(values)} ({span!r})"
        return Preview(text, note)

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        part = self.split.held_out
        measure = shared_measure(part.values)
        nats = measure(model) if measure else None
        if not first:
            return None
        facts = {"test_nats": nats, "text": self.source.name}
        if nats is None:
            return FinalMetrics(facts, "There was no text to measure the model on.")
        characters = len(self.codec.decode(part.values))
        said = format_loss(nats, self.symbols, len(part.values), characters)
        return FinalMetrics(facts, f"test: {said}\n({self._baselines(part)})")


def shared_measure(values: Any) -> Measure | None:
    """Nats per symbol of a model on held-out values, shared by the processes; none without any."""
    if not len(values):
        return None
    share = (jax.process_index(), jax.process_count())
    return lambda model: evaluate(model, values, share=share)


def evaluate_text(loaded: Loaded, given: Given) -> Output:
    """The loss of a model on a text, static or dynamic."""
    options = given.group(TextEvaluationOptions)
    if given.values.get("path") is None or options.dynamic_rms:
        given.check_own_data(loaded)
    corpus = _read(loaded, given, options)
    values = corpus.values
    nats = _nats(loaded, values, options)
    characters = len(loaded.codec.decode(values))
    yield f"{corpus.name}: {format_loss(nats, loaded.config.data.unit, len(values), characters)}\n"


def _read(loaded: Loaded, given: Given, options: TextEvaluationOptions) -> Corpus:
    """What to measure on. InputError where there is nothing to read."""
    if (path := given.values.get("path")) is None:
        corpus = learned_from(loaded, options.unknown).test
    else:
        source = reading_of(loaded, given).open(path)
        corpus = build_corpus(source, loaded.codec, unknown=options.unknown)
    corpus.require(1, "a measurement")
    return corpus


def learned_from(loaded: Loaded, unknown: Any) -> Split[Corpus]:
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
    if not (options.dynamic or options.dynamic_rms):
        return evaluate(loaded.model, values, lanes=options.lanes)
    length = options.length or 50
    if options.dynamic:
        graves = GravesDynamic() if options.rate is None else GravesDynamic(options.rate)
        return evaluate_dynamically(loaded.model, values, rule=graves, length=length)
    rms = KrauseDynamic() if options.rate is None else KrauseDynamic(options.rate)
    training = learned_from(loaded, loaded.config.data.unknown).train.values
    return evaluate_dynamically(loaded.model, values, rule=rms, training=training, length=length)


class TextTask(Task):
    """Learning to predict the next symbol of a text."""

    def codec_from(self, description: Any) -> TextCodec:
        return codec_from(description)

    def build(self, config: Any, codec: TextCodec, *, rng: np.random.Generator) -> SequenceModel:
        return symbol_model(config.network, codec.size, rng=rng)

    def open(self, config: Any, codec: TextCodec | None = None) -> OpenText:
        return OpenText(open_texts(config.data, codec), config.data.unit)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"sample": sample, "inspect": inspect, "evaluate": evaluate_text}


TASK = TextTask()

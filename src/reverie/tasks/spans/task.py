"""Answers that stand in a passage: their first and last words are learned from examples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reverie.codecs.spans import Spans
from reverie.data.dataset import Report
from reverie.data.split import Split
from reverie.data.stories.questions import SpanQuestion
from reverie.data.word_vectors import vector_words
from reverie.errors import InputError
from reverie.formats.opening import counted
from reverie.model import SequenceModel
from reverie.storage import Loaded
from reverie.tasks.spans.answer import answer_questions
from reverie.tasks.spans.ask import ask, inspect
from reverie.tasks.spans.build import span_model, widen
from reverie.tasks.spans.data import (
    endless_passages,
    open_passages,
    passage_reader,
    read_questions,
)
from reverie.tasks.spans.measure import BASELINES, measure_answers, score, score_baseline
from reverie.tasks.spans.options import (
    WRITTEN,
    SpanData,
    SpanEvaluationOptions,
    SpanNetwork,
    SpanSearchOptions,
)
from reverie.tasks.spans.written import PassageWriter, passage_codec, write_passages
from reverie.tasks.task import (
    FinalMetrics,
    Given,
    Measure,
    OpenTask,
    Output,
    Perform,
    Preview,
    Remark,
    Task,
    Unit,
)
from reverie.training.batches import BatchReader
from reverie.training.evaluation import loss_on
from reverie.training.objectives import Objective, build_objective
from reverie.training.options import TrainingOptions
from reverie.training.sequences import SequenceReader

COMPARED, TESTED = 64, 1000
"""Written questions by which a training is known again, and that are for the test."""
VALIDATED, SHOWN, ROWS = 256, 2, 32
"""Questions that are watched during a run, that are shown, and that are read side by side."""


@dataclass(frozen=True)
class OpenSpans(OpenTask):
    """Questions whose answers stand in a passage."""

    data: SpanData
    parts: Split[list[SpanQuestion]]
    codec: Spans
    report: Report

    @property
    def unit(self) -> Unit:
        return Unit("place", "bits a place", 1 / math.log(2))

    @cached_property
    def references(self) -> str:
        watched = self.parts.valid[:VALIDATED]
        if not watched:
            return ""
        found = {name: score_baseline(watched, choose) for name, choose in BASELINES.items()}
        return "; ".join(f"{name}: {each.summary()}" for name, each in found.items())

    def summary(self) -> str:
        train, valid, test = (_size(part) for part in self.parts)
        notes = f"\n{self.report.text}" if self.report.text else ""
        return (
            f"{self.data.data}: {self.codec.size:,} words\n"
            f"{train} to learn from, {valid} to watch, {test} for the test{notes}"
        )

    def contents(self) -> Split[Any]:
        return self.parts.map(
            lambda part: [[q.passage, q.question, np.array(q.spans)] for q in part]
        )

    def reader(self, training: TrainingOptions) -> BatchReader:
        return passage_reader(
            self.codec, self.parts.train, training.lanes, self.data.longest, training.seed
        )

    def objective(self, training: TrainingOptions) -> Objective:
        return build_objective(training)

    @cached_property
    def _validation_reader(self) -> SequenceReader | None:
        watched = self.parts.valid[:VALIDATED]
        return passage_reader(self.codec, watched, ROWS) if watched else None

    def measure(self) -> Measure | None:
        return loss_on(self._validation_reader)

    def preview(self, model: Any, seed: int) -> Preview | None:
        watched = self.parts.valid[:VALIDATED]
        if not watched:
            return None
        answers = answer_questions(model, self.codec, watched, SpanSearchOptions().longest)
        rows = list(zip(watched, answers, strict=True))[:SHOWN]
        shown = "\n".join(f"{q.question}\n  = {q.answers[0]}\n  > {text}" for q, text in rows)
        return Preview(shown, score(watched, answers).summary())

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        if not first:
            return None
        part = self.parts.held_out
        if not part:
            return FinalMetrics({}, "There were no questions to measure the model on.")
        found = measure_answers(model, self.codec, part, SpanSearchOptions().longest)
        return FinalMetrics(found.facts(), "\n".join(found.lines()))


@dataclass(frozen=True)
class OpenWrittenSpans(OpenSpans):
    """The same of passages that are written by chance, without an end."""

    def summary(self) -> str:
        return (
            f"{WRITTEN} of up to {self.data.sentences} sentences, written by chance, without an "
            f"end: {self.codec.size:,} words\n{len(self.parts.valid):,} to watch, "
            f"{len(self.parts.test):,} for the test, none of which is learned from"
        )

    def reader(self, training: TrainingOptions) -> BatchReader:
        writer = PassageWriter(self.data.sentences)
        return endless_passages(writer, self.codec, training.lanes, training.seed)


def _size(part: Sequence[SpanQuestion]) -> str:
    articles = len({question.article for question in part} - {""})
    of = f" of {counted(articles, 'article')}" if articles else ""
    return f"{counted(len(part), 'question')}{of}"


def open_spans(data: SpanData, network: SpanNetwork, seed: int, codec: Spans | None) -> OpenSpans:
    """The questions that options name, and the codec that reads them if none is given."""
    if data.data == WRITTEN:
        parts = written_parts(data)
        return OpenWrittenSpans(data, parts, codec or passage_codec(), Report())
    parts, report = open_passages(data, seed)
    return OpenSpans(data, parts, codec or learn_codec(data, network, parts.train), report)


def written_parts(data: SpanData) -> Split[list[SpanQuestion]]:
    """The first that are learned from, and all of the others."""
    train, valid, test = (
        PassageWriter(data.sentences, part) for part in ("train", "valid", "test")
    )
    return Split(
        write_passages(train, COMPARED),
        write_passages(valid, VALIDATED),
        write_passages(test, TESTED),
    )


def learn_codec(data: SpanData, network: SpanNetwork, part: Iterable[SpanQuestion]) -> Spans:
    """The words of passages and questions, and the first ones of the vectors, if there are any."""
    texts = dict.fromkeys(text for each in part for text in (each.passage, each.question))
    codec = Spans.learn(texts, max_size=data.max_alphabet or None, min_count=data.least_count)
    if not network.vectors:
        return codec
    return codec.with_words(vector_words(network.vectors, data.vector_words))


def evaluate(loaded: Loaded, given: Given) -> Output:
    """Exact match and F1 on the test part of a model's own questions, or on a file."""
    path = given.values.get("path")
    data: SpanData = loaded.config.data
    if path is not None:
        part, report = read_questions(path)
    else:
        given.check_own_data(loaded)
        network, seed = loaded.config.network, loaded.config.training.seed
        opened = open_spans(data, network, seed, loaded.codec)
        part, report = opened.parts.held_out, opened.report
    if report.text:
        yield Remark(f"({report.text})")
    if not part:
        raise InputError("there are no questions to measure the model on: name a file of them")
    part = part[: given.group(SpanEvaluationOptions).most]
    longest = given.group(SpanSearchOptions).longest
    yield f"{data.data if path is None else path}: "
    for line in measure_answers(loaded.model, loaded.codec, part, longest).lines():
        yield f"{line}\n"


class SpanTask(Task):
    """Learning to point at the answer in a passage."""

    def codec_from(self, description: Any) -> Spans:
        return Spans.from_description(description)

    def build(self, config: Any, codec: Spans, *, rng: np.random.Generator) -> SequenceModel:
        return span_model(config.network, codec, rng=rng)

    def open(self, config: Any, codec: Spans | None = None) -> OpenSpans:
        return open_spans(config.data, config.network, config.training.seed, codec)

    def warm_start(self, config: Any, earlier: Loaded) -> Loaded:
        """The earlier model with the words of a config's data behind its own."""
        words = self.open(config).codec.vocabulary
        codec = earlier.codec.with_words(words)
        rng = np.random.default_rng(config.training.seed)
        model = widen(config.network, codec, earlier.model, rng=rng)
        return earlier._replace(model=model, codec=codec)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"ask": ask, "evaluate": evaluate, "inspect": inspect}


TASK = SpanTask()

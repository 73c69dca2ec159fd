"""Answers from stories: sentences are remembered, and a question about them is answered."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reverie.codecs.stories import Stories
from reverie.data.dataset import Report
from reverie.data.split import Split
from reverie.data.stories.questions import Question
from reverie.errors import InputError
from reverie.formats.opening import counted
from reverie.layers import Undrawn
from reverie.model import SequenceModel
from reverie.storage import Loaded
from reverie.tasks.stories.answer import best_answers
from reverie.tasks.stories.ask import ask
from reverie.tasks.stories.build import form_of, story_model
from reverie.tasks.stories.data import (
    kinds_of,
    learn_codec,
    longer_stories,
    open_questions,
    own_or_named,
    story_writer,
    written_parts,
)
from reverie.tasks.stories.forms import ROWS, Form
from reverie.tasks.stories.inspect import inspect
from reverie.tasks.stories.measure import measure_stories
from reverie.tasks.stories.options import (
    WRITTEN,
    StoryData,
    StoryEvaluationOptions,
    StoryLearning,
    StoryNetwork,
)
from reverie.tasks.stories.wording import story_codec
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
from reverie.training.evaluation import loss_on
from reverie.training.generated import BATCHES, GeneratedReader
from reverie.training.linear_start import LinearStart
from reverie.training.objectives import Objective, build_objective
from reverie.training.sequences import SequenceReader
from reverie.training.supporting_facts import SupportingFacts
from reverie.trees import named_arrays, with_arrays

VALIDATED, SHOWN, TOLD = 512, 3, 3
"""Questions that are watched during a run, that are shown, and sentences of each that are."""
LONGER = 50
"""Longer stories of each kind that a trained model is measured on."""


@dataclass(frozen=True)
class OpenStories(OpenTask):
    """Questions about stories."""

    data: StoryData
    form: Form
    parts: Split[list[Question]]

    @abstractmethod
    def batches(self, training: StoryLearning) -> int:
        """How many an epoch has."""

    @property
    def codec(self) -> Stories:
        """The words."""
        return self.form.codec

    @property
    def unit(self) -> Unit:
        return Unit("word", "bits a word", 1 / math.log(2))

    def contents(self) -> Split[Any]:
        def said(part: Sequence[Question]) -> list[str]:
            return ["\n".join((*each.story, each.question, each.answer)) for each in part]

        return self.parts.map(said)

    def objective(self, training: StoryLearning) -> Objective:
        terms = (SupportingFacts(training.support),) if training.support else ()
        objective = build_objective(training, terms)
        if not training.linear_start:
            return objective
        epochs = training.epochs or 0
        updates = training.steps or epochs * self.batches(training)
        return LinearStart(objective, round(training.warmup * updates))

    @cached_property
    def _watched(self) -> SequenceReader | None:
        watched = self.parts.valid[:VALIDATED]
        return self.form.reader(watched, ROWS) if watched else None

    def measure(self) -> Measure | None:
        return loss_on(self._watched)

    def preview(self, model: Any, seed: int) -> Preview | None:
        watched = self.parts.valid[:VALIDATED]
        if not watched:
            return None
        shown = (_shown(model, self.form, question) for question in watched[:SHOWN])
        return Preview("\n".join(shown), measure_stories(model, self.form, watched).summary())

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        if not first:
            return None
        part = self.parts.held_out
        if not part:
            return FinalMetrics({}, "There were no questions to measure the model on.")
        found = measure_stories(model, self.form, part)
        return FinalMetrics(found.facts("test"), "\n".join(found.lines()))


@dataclass(frozen=True)
class OpenReadStories(OpenStories):
    """Questions that were read from files."""

    report: Report

    def summary(self) -> str:
        train, valid, test = (f"{len(part):,}" for part in self.parts)
        notes = f"\n{self.report.text}" if self.report.text else ""
        return (
            f"{self.data.data}: {self.codec.size:,} words\n"
            f"{train} questions to learn from, {valid} to watch, {test} for the test{notes}"
        )

    def reader(self, training: StoryLearning) -> SequenceReader:
        return self.form.reader(self.parts.train, training.lanes, training.seed, self.report)

    def batches(self, training: StoryLearning) -> int:
        return len(self.parts.train) // min(training.lanes, len(self.parts.train))


@dataclass(frozen=True)
class OpenWrittenStories(OpenStories):
    """Questions that are written by chance with their stories, without an end.

    Those of the part to learn from are the first ones: by them a training is known again.
    """

    def summary(self) -> str:
        data, kinds = self.data, kinds_of(self.data)
        _, valid, test = (f"{len(part):,}" for part in self.parts)
        return (
            f"{WRITTEN} of {data.fewest} to {data.sentences} sentences, written by chance, without "
            f"an end: {self.codec.size:,} words, {counted(len(kinds), 'kind')} of question\n"
            f"{valid} to watch, {test} for the test, none of which is learned from"
        )

    def reader(self, training: StoryLearning) -> GeneratedReader:
        return self.form.endless(story_writer(self.data), training.lanes, training.seed)

    def batches(self, training: StoryLearning) -> int:
        return BATCHES

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        found = super().finish(model, first=first)
        if found is None:
            return None
        longer = measure_stories(model, self.form, longer_stories(self.data, LONGER))
        said = f"{found.text}\ntwice as long: {longer.summary()}"
        return FinalMetrics(found.facts | longer.facts("longer"), said)


def _shown(model: Any, form: Form, question: Question) -> str:
    """The end of a story, a question about it, its answer, and what the model says."""
    told = "\n".join(question.story[-TOLD:])
    said = "".join(answer.text for answer in best_answers(model, form, question))
    return f"{told}\n{question.question}\n  = {question.answer}\n  > {said}"


def open_stories(
    data: StoryData, network: StoryNetwork, seed: int, codec: Stories | None
) -> OpenStories:
    """The questions that options name, and the codec that reads them if none is given."""
    if data.data == WRITTEN:
        known = codec or story_codec(split_answers=data.split_answers)
        return OpenWrittenStories(data, form_of(network, known), written_parts(data))
    parts, report = open_questions(data, seed)
    known = codec or learn_codec(data, parts.train)
    return OpenReadStories(data, form_of(network, known), parts, report)


def evaluate(loaded: Loaded, given: Given) -> Output:
    """How often a model is right on the test part of its own questions, or on a file."""
    options = given.group(StoryEvaluationOptions)
    form = form_of(loaded.config.network, loaded.codec)
    path, data = given.values.get("path"), loaded.config.data
    if options.longer and (path is not None or data.data != WRITTEN):
        raise InputError(f"longer stories are written for a model of {WRITTEN}: leave longer out")
    part, report = own_or_named(loaded, given, options.count)
    if report.text:
        yield Remark(f"({report.text})")
    part = part[: options.most]
    yield f"{data.data if path is None else path}\n"
    yield from _measured(loaded, form, part)
    if options.longer:
        longest = data.sentences
        yield f"\n{WRITTEN} of {longest + 1} to {2 * longest} sentences\n"
        yield from _measured(loaded, form, longer_stories(data, options.count)[: options.most])


def _measured(loaded: Loaded, form: Form, part: Sequence[Question]) -> Output:
    """The table of some questions."""
    found = measure_stories(loaded.model, form, part)
    if found.unknown:
        yield Remark(
            f"({counted(found.unknown, 'answer')} with words that the model does not know: counted "
            "as wrong)"
        )
    yield from (f"{line}\n" for line in found.lines())


class StoryTask(Task):
    """Learning to answer questions about stories."""

    def codec_from(self, description: Any) -> Stories:
        return Stories.from_description(description)

    def build(self, config: Any, codec: Stories, *, rng: np.random.Generator) -> SequenceModel:
        return story_model(config.network, codec.size, rng=rng)

    def open(self, config: Any, codec: Stories | None = None) -> OpenStories:
        return open_stories(config.data, config.network, config.training.seed, codec)

    def warm_start(self, config: Any, earlier: Loaded) -> Loaded:
        """The earlier model, whose network must be the same, with its words."""
        new = self.build(config, earlier.codec, rng=Undrawn())
        model = with_arrays(new, named_arrays(earlier.model), "the model to start from")
        return earlier._replace(model=model)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"ask": ask, "evaluate": evaluate, "inspect": inspect}


TASK = StoryTask()

"""Questions in the form in which a network reads them: as sentences, or as one text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Int

from reverie.codecs.stories import Stories, story_words
from reverie.concepts import Story, SymbolSequence
from reverie.data.dataset import Dataset, Report, Stored
from reverie.data.stories.dataset import FlatStoryDataset, StoryDataset, StoryExamples
from reverie.data.stories.questions import Question
from reverie.errors import InputError
from reverie.padding import bucket_shapes, round_up
from reverie.tasks.stories.endless import endless_stories, endless_texts
from reverie.tasks.stories.kinds import StoryWriter
from reverie.training.generated import GeneratedReader
from reverie.training.sequences import SequenceReader

SENTENCES, WORDS, PLACES = 8, 4, 32
"""One story is padded to multiples of so many, so that few programs are compiled."""
ROWS = 64
"""Questions that are answered side by side."""
SHAPES, WORTH = 4, 25
"""Batches have so many shapes at most: each is compiled for itself, and worth so many of them."""


@dataclass(frozen=True)
class Form(ABC):
    """How a network is told stories and questions, and where these are in its memory."""

    examples: StoryExamples

    @property
    def codec(self) -> Stories:
        """The words that it knows."""
        return self.examples.codec

    @abstractmethod
    def dataset(self, questions: Sequence[Question], report: Report = Report()) -> Dataset:
        """The questions as examples. InputError where the network cannot read one."""

    @abstractmethod
    def endless(self, writer: StoryWriter, rows: int, seed: int) -> GeneratedReader:
        """Stories to learn from, without an end."""

    @abstractmethod
    def source(self, question: Question) -> Any:
        """The source of one question, padded. InputError as for a data set."""

    @abstractmethod
    def places(self, question: Question) -> Int[np.ndarray, " S"] | None:
        """The number of the sentence at each real place of the memory, -1 of the question; None of
        a memory that has no sentences."""

    @property
    @abstractmethod
    def _units(self) -> tuple[int, ...]:
        """Batches are padded to multiples of these."""

    def reader(
        self,
        questions: Sequence[Question],
        rows: int,
        seed: int = 0,
        report: Report = Report(),
    ) -> SequenceReader:
        """The questions in batches of like sizes."""
        dataset = Stored(self.dataset(questions, report))
        rows = min(rows, len(dataset))
        count = min(SHAPES, max(1, len(dataset) // (WORTH * rows)))
        shapes = bucket_shapes(dataset.all_sizes(), count, self._units)
        return SequenceReader(dataset, rows, shapes, seed)

    def first(self, question: Question) -> int:
        """The number of the first sentence that is remembered."""
        recent = self.examples.recent
        return 0 if recent is None else max(0, len(question.story) - recent)


@dataclass(frozen=True)
class StoryForm(Form):
    """Sentence by sentence, each of them a place: for a memory network."""

    def dataset(self, questions: Sequence[Question], report: Report = Report()) -> Dataset:
        return StoryDataset(self.examples, questions, report)

    def endless(self, writer: StoryWriter, rows: int, seed: int) -> GeneratedReader:
        return endless_stories(writer, self.examples, rows, seed)

    def source(self, question: Question) -> Story:
        story = self.examples.source(question)
        width = max(story.words.shape[1], len(story.question))
        padded = story.pad(0, round_up(story.memory_size, SENTENCES))
        return padded.pad_words(self._round(width))

    def places(self, question: Question) -> Int[np.ndarray, " S"] | None:
        return np.arange(self.first(question), len(question.story))

    @property
    def _units(self) -> tuple[int, ...]:
        return 0, SENTENCES, 0

    def _round(self, width: int) -> int:
        """To how many words sentences are padded."""
        return round_up(width, WORDS)


@final
@dataclass(frozen=True)
class SlotForm(StoryForm):
    """Sentence by sentence, each of at most so many words, into slots: for an entity network."""

    words: int

    def dataset(self, questions: Sequence[Question], report: Report = Report()) -> Dataset:
        found = Stored(super().dataset(questions, report))
        for width in found.all_sizes()[:, 2].tolist():
            self._round(width)
        return found

    def endless(self, writer: StoryWriter, rows: int, seed: int) -> GeneratedReader:
        self._round(writer.sizes()[2])
        return super().endless(writer, rows, seed)

    def places(self, question: Question) -> None:
        return None

    def _round(self, width: int) -> int:
        if width > self.words:
            raise InputError(
                f"a sentence or question has {width:,} words, and the network reads {self.words:,}:"
                " make it shorter, or train a network of more (--words)"
            )
        return min(super()._round(width), self.words)


@final
@dataclass(frozen=True)
class TextForm(Form):
    """The words of the story and of the question as one text: for a recurrent reader."""

    def dataset(self, questions: Sequence[Question], report: Report = Report()) -> Dataset:
        return FlatStoryDataset(self.examples, questions, report)

    def endless(self, writer: StoryWriter, rows: int, seed: int) -> GeneratedReader:
        return endless_texts(writer, self.examples, rows, seed)

    def source(self, question: Question) -> SymbolSequence:
        found: SymbolSequence = self.examples.flat(question).source
        return found.pad(0, round_up(found.memory_size, PLACES))

    def places(self, question: Question) -> Int[np.ndarray, " S"]:
        told = question.story[self.first(question) :]
        counts = [len(story_words(sentence)) for sentence in told]
        asked = np.full(len(story_words(question.question)), -1)
        numbers = np.repeat(np.arange(len(told)) + self.first(question), counts)
        return np.concatenate([numbers, asked])

    @property
    def _units(self) -> tuple[int, ...]:
        return 0, PLACES

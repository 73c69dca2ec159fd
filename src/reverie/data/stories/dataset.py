"""Questions about stories as examples: the answer is the sequence, the rest is its source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, final

import numpy as np

from reverie.codecs.stories import Stories
from reverie.codecs.unknown import Unknown
from reverie.codecs.values import Values
from reverie.concepts import Example, Story, SymbolSequence
from reverie.data.dataset import Dataset, Report, pad_steps, steps_of
from reverie.data.stories.questions import Question
from reverie.errors import InputError
from reverie.padding import pad_all

KEPT = 1 << 16
"""Sentences, and answers, whose symbols are remembered: stories are made of the same ones."""
LARGEST = 1 << 24
"""Symbols of a story at most, with those that make all sentences as long as the longest."""


@final
@dataclass(frozen=True)
class StoryExamples:
    """Makes examples of questions. Only the `recent` last sentences of a story are in them.

    Raises InputError for a story without sentences, and for unknown words as `unknown` says.
    """

    codec: Stories
    recent: int | None = None
    unknown: Unknown = "replace"

    def __call__(self, question: Question) -> Example:
        """The answer; the story and the question as the source; and as the target the sentences
        (S,) from which the answer follows, 1 for each, where they are known."""
        return Example(
            self.answer(question), source=self.source(question), target=self._support(question)
        )

    def flat(self, question: Question) -> Example:
        """The same with the words of the story and of the question one behind the other."""
        values = [*map(self._encode, self._told(question)), self._encode(question.question)]
        return Example(self.answer(question), source=SymbolSequence.of(np.concatenate(values)))

    def answer(self, question: Question) -> Values:
        """The symbols (T,) of the answer."""
        return self._encode_answer(question.answer)

    def source(self, question: Question) -> Story:
        """The story and the question."""
        rows = [self._encode(sentence) for sentence in self._told(question)]
        width = max(1, *map(len, rows))
        if width * len(rows) > LARGEST:
            raise InputError(
                f"a story of {len(rows):,} sentences has one of {width:,} words, and all are made "
                "as long as that: cut it"
            )
        words: Any = np.zeros((len(rows), width), np.int32)
        for place, row in zip(words, rows, strict=True):
            place[: len(row)] = row
        mask: Any = np.ones(len(rows), bool)
        asked: Any = self._encode(question.question)
        return Story(words, mask, asked)

    def _support(self, question: Question) -> Any:
        begin, end = self._bounds(question)
        support = np.zeros(end - begin, np.float32)
        support[[n - begin for n in question.support if begin <= n < end]] = 1
        return support

    def _bounds(self, question: Question) -> tuple[int, int]:
        """Where the sentences that are remembered begin, and end."""
        end = len(question.sentences) if question.told is None else question.told
        return 0 if self.recent is None else max(0, end - self.recent), end

    def _told(self, question: Question) -> Sequence[str]:
        """The sentences that are remembered."""
        told = question.sentences[slice(*self._bounds(question))]
        if not told:
            raise InputError(
                f"nothing is told before the question {question.question!r}: write a sentence"
            )
        return told

    @cached_property
    def _encode(self) -> Callable[[str], Values]:
        """The symbols (W,) of a sentence."""
        return lru_cache(maxsize=KEPT)(partial(self.codec.encode, unknown=self.unknown))

    @cached_property
    def _encode_answer(self) -> Callable[[str], Values]:
        return lru_cache(maxsize=KEPT)(partial(self.codec.encode_answer, unknown=self.unknown))


def measure_story(example: Example) -> tuple[int, int, int]:
    """The steps of the answer, the sentences, and the words of the longest of them or of the
    question."""
    story: Story = example.source
    width = max(story.words.shape[1], len(story.question))
    return steps_of(example), story.memory_size, width


def pad_story(example: Example, sizes: tuple[int, ...]) -> Example:
    """The example padded to so many steps, sentences and words."""
    steps, sentences, words = sizes
    story: Story = example.source
    return pad_steps(example, steps)._replace(
        source=story.pad(steps, sentences).pad_words(words),
        target=pad_all(example.target, sentences),
    )


class _Questions(Dataset):
    """Questions, encoded when they are asked for."""

    def __init__(
        self, examples: StoryExamples, questions: Sequence[Question], report: Report = Report()
    ):
        self.examples, self.questions, self._report = examples, questions, report

    def __len__(self) -> int:
        return len(self.questions)

    @property
    def report(self) -> Report:
        return self._report


@final
class StoryDataset(_Questions):
    """Questions about stories, sentence by sentence."""

    dimensions = ("steps", "sentences", "words")

    def __getitem__(self, n: int) -> Example:
        return self.examples(self.questions[n])

    def measure(self, example: Example) -> tuple[int, ...]:
        return measure_story(example)

    def pad(self, example: Example, sizes: tuple[int, ...]) -> Example:
        return pad_story(example, sizes)


@final
class FlatStoryDataset(_Questions):
    """Each story and its question as one text."""

    def __getitem__(self, n: int) -> Example:
        return self.examples.flat(self.questions[n])

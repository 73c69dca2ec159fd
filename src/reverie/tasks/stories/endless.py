"""Written stories as examples: without an end to learn from, always the same ones to measure on."""

from __future__ import annotations

import numpy as np

from reverie.concepts import Example
from reverie.data.stories.dataset import StoryExamples, measure_story, pad_story
from reverie.data.stories.questions import Question
from reverie.tasks.stories.kinds import StoryWriter
from reverie.training.generated import GeneratedReader


def endless_stories(
    writer: StoryWriter, examples: StoryExamples, rows: int, seed: int = 0
) -> GeneratedReader:
    """Stories to learn from, all padded alike; where it was left it goes on exactly."""

    def make(rng: np.random.Generator, level: int) -> Example:
        return examples(writer(rng))

    steps, sentences, words = writer.sizes(split_answers=examples.codec.split_answers)
    sentences = min(sentences, examples.recent or sentences)
    shapes = ((steps, sentences, words),)
    return GeneratedReader(make, rows, shapes, seed, measure=measure_story, pad=pad_story)


def endless_texts(
    writer: StoryWriter, examples: StoryExamples, rows: int, seed: int = 0
) -> GeneratedReader:
    """The same, with each story and its question as one text."""

    def make(rng: np.random.Generator, level: int) -> Example:
        return examples.flat(writer(rng))

    steps, sentences, words = writer.sizes(split_answers=examples.codec.split_answers)
    sentences = min(sentences, examples.recent or sentences)
    return GeneratedReader(make, rows, ((steps, (sentences + 1) * words),), seed)


def write_stories(writer: StoryWriter, count: int, seed: int = 0) -> list[Question]:
    """So many questions with their stories; the n-th depends on the seed and n."""
    # With the last number, none begins as one of a `GeneratedReader` does.
    return [writer(np.random.default_rng((seed, n, 0, 0, 1))) for n in range(count)]

"""Passages that are written by chance: stories, and questions that a word of them answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import final

import numpy as np

from reverie.codecs.spans import Spans
from reverie.codecs.stories import HEAD
from reverie.codecs.words import UNKNOWN_WORD
from reverie.data.stories.questions import Question, Span, SpanQuestion
from reverie.tasks.stories.kinds import KINDS, Part, StoryWriter
from reverie.tasks.stories.wording import longest_sentence, story_codec

ANSWERED = ("person", "thing", "before", "giving", "time", "deduction")
"""Kinds of question whose answers are words of the story, nearly all of them."""
SIGNS = (".", "?")


def passage_codec() -> Spans:
    """The codec of all that is written; nothing is drawn for it."""
    words = story_codec().vocabulary[len(HEAD) :]
    return Spans((UNKNOWN_WORD,)).with_words((*SIGNS, *words))


def as_span(question: Question) -> SpanQuestion | None:
    """The question about its story as a passage; None where no word of a supporting fact answers
    it."""
    passage = " ".join(question.sentences)
    spans: list[Span] = []
    begin = 0
    for number, sentence in enumerate(question.sentences):
        if number in question.support:
            found = re.finditer(rf"\b{re.escape(question.answer)}\b", sentence)
            spans += [(begin + match.start(), begin + match.end()) for match in found]
        begin += len(sentence) + 1
    if not spans:
        return None
    return SpanQuestion(passage, question.question, tuple(spans), kind=question.kind)


@final
@dataclass(frozen=True)
class PassageWriter:
    """Writes passages of at most `sentences`, each with a question that a word of it answers.

    Passages are divided by what they say, as those of `StoryWriter` are.
    """

    sentences: int
    part: Part = "train"

    @property
    def _writer(self) -> StoryWriter:
        kinds = [kind for kind in KINDS if kind.name in ANSWERED]
        return StoryWriter(1, self.sentences, kinds, self.part)

    def __call__(self, rng: np.random.Generator) -> SpanQuestion:
        while True:
            if found := as_span(self._writer(rng)):
                return found

    def sizes(self) -> tuple[int, int]:
        """No passage and no question has more words."""
        # That of a sentence is without the sign that ends it.
        longest = longest_sentence() + 1
        _, sentences, _ = self._writer.sizes()
        return sentences * longest, longest


def write_passages(writer: PassageWriter, count: int, seed: int = 0) -> list[SpanQuestion]:
    """So many questions with their passages; the n-th depends on the seed and n."""
    # With the last number, none begins as one of a `GeneratedReader` does.
    return [writer(np.random.default_rng((seed, n, 0, 0, 1))) for n in range(count)]

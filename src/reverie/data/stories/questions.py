"""Questions about stories and passages: what every reader of them gives, and what people ask."""

from __future__ import annotations

import re
from typing import NamedTuple

from reverie.errors import InputError, excerpt

Span = tuple[int, int]
"""Where an answer begins in a text and ends, in characters from 0; the end is not in it."""

ENDS = r"(?<=[.?!])(?<!\b[A-Z]\.)\s+"
QUOTED = r"(?<=[.?!][\"'”’)\]])\s+(?![\sa-z])"
BREAK = re.compile(f"{ENDS}|{QUOTED}")
"""Between two sentences of a line: white space behind what ends one. The full stop of a single
capital letter does not, nor does a quotation after which the sentence goes on."""
ASKED_TWICE = re.compile(r"\?\s*\w.*\?", re.DOTALL)


class Question(NamedTuple):
    """A question about a story, and its answer."""

    sentences: tuple[str, ...]
    """Those of the whole story, the oldest first; all questions about it share them."""
    question: str
    answer: str
    """Its words, with commas or blanks between."""
    support: tuple[int, ...] = ()
    """The sentences from which the answer follows, by their numbers from 0."""
    kind: str = ""
    choices: tuple[str, ...] = ()
    """Answers to choose from, where there are such."""
    told: int | None = None
    """How many of the sentences come before the question; all of them where it is None."""

    @property
    def story(self) -> tuple[str, ...]:
        """The sentences that come before the question."""
        return self.sentences[: self.told]


class SpanQuestion(NamedTuple):
    """A question whose answer stands in a passage."""

    passage: str
    question: str
    spans: tuple[Span, ...]
    """Each of them is right."""
    article: str = ""
    """What its passage is from: questions of one article are not divided."""
    name: str = ""
    kind: str = ""

    @property
    def answers(self) -> tuple[str, ...]:
        """What stands at the spans."""
        return tuple(self.passage[begin:end] for begin, end in self.spans)

    def about_sentences(self) -> Question:
        """The same about the sentences of the passage, with the first of its answers."""
        return Question(
            split_sentences(self.passage), self.question, self.answers[0], kind=self.kind
        )


def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text. A line break ends one, and so does a sign before white space."""
    said = (part for line in text.split("\n") for part in BREAK.split(line.strip()))
    return tuple(filter(None, said))


def check_question(text: str) -> str:
    """A question that people asked, without white space around it.

    Raises InputError where there is none, or more than one.
    """
    asked = text.strip()
    if not re.search(r"\w", asked):
        raise InputError('there is no question: ask one, such as "Where is the milk?"')
    if ASKED_TWICE.search(asked):
        raise InputError(f"{excerpt(repr(asked))} is more than one question: ask one at a time")
    return asked

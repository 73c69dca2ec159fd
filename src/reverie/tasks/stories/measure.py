"""How often a model is right, kind of question by kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool

from reverie.concepts import Example
from reverie.data.stories.questions import Question
from reverie.model import SequenceModel, nll
from reverie.tasks.stories.answer import score_choices
from reverie.tasks.stories.forms import ROWS, Form
from reverie.training.evaluation import compare_answer, each_sequence

FAILED = 0.05
"""A kind is failed where a greater share is wrong (Weston 2015)."""
LEAST_WIDTH = 16
"""Of the column of names, in characters."""


class KindScore(NamedTuple):
    """Of one kind of question."""

    questions: int
    right: int

    @property
    def error(self) -> float:
        """The share that is wrong."""
        return 1 - self.right / self.questions


class StoryMetrics(NamedTuple):
    """How good a model is."""

    kinds: dict[str, KindScore]
    """By name, in the order in which they came."""
    nats: float
    """-log p of a symbol of the true answers."""
    unknown: int
    """Questions whose answers have words that the model does not know: they count as wrong."""

    @property
    def questions(self) -> int:
        """All of them."""
        return sum(score.questions for score in self.kinds.values())

    @property
    def error(self) -> float:
        """The mean over the kinds of the share that is wrong."""
        return sum(score.error for score in self.kinds.values()) / len(self.kinds)

    @property
    def failed(self) -> int:
        """The kinds of which more than 5 % are wrong."""
        return sum(score.error > FAILED for score in self.kinds.values())

    def summary(self) -> str:
        """In one line."""
        said = f"{1 - self.error:.1%} right, {self.error:.1%} wrong"
        if len(self.kinds) == 1:
            return f"{said} of {self.questions:,} answers"
        return (
            f"{said}, the mean of {len(self.kinds)} kinds; {self.failed} failed, with more than "
            f"{FAILED:.0%} wrong"
        )

    def lines(self) -> list[str]:
        """A table: a row for each kind, and what holds for all."""
        width = max(LEAST_WIDTH, *map(len, self.kinds))
        rows = [
            f"{name:<{width}}  {score.questions:9,}  {1 - score.error:6.1%}  {score.error:6.1%}"
            for name, score in self.kinds.items()
        ]
        head = f"{'':<{width}}  {'questions':>9}  {'right':>6}  {'error':>6}"
        return [head, *rows, f"{self.summary()}; {self.nats / math.log(2):.3f} bits a word"]

    def facts(self, part: str) -> dict[str, Any]:
        """What is worth keeping with a model."""
        return {
            f"{part}_questions": self.questions,
            f"{part}_error": self.error,
            f"{part}_failed": self.failed,
            f"{part}_nats": self.nats,
            f"{part}_errors": {name: score.error for name, score in self.kinds.items()},
        }


def measure_stories(
    model: SequenceModel, form: Form, questions: Sequence[Question]
) -> StoryMetrics:
    """How often a model is right: each word of an answer is the most probable one, or the answer
    is the most probable of those to choose from. One with unknown words counts as wrong."""
    reader = form.reader(questions, ROWS)
    right, nats, elements = each_sequence(_answered, model, reader)
    known = np.array([is_known(form, question) for question in questions])
    chosen = [n for n, question in enumerate(questions) if question.choices]
    if chosen:
        right[chosen] = _choose(model, form, [questions[n] for n in chosen])
    right &= known
    names = dict.fromkeys(question.kind for question in questions)
    of_kind = np.array([question.kind for question in questions])
    kinds = {
        name or "all": KindScore(int((of_kind == name).sum()), int(right[of_kind == name].sum()))
        for name in names
    }
    return StoryMetrics(kinds, float(nats.sum() / elements.sum()), int((~known).sum()))


def is_known(form: Form, question: Question) -> bool:
    """Whether the model knows all words of the answer."""
    return form.codec.unknown not in form.examples.answer(question)


def _answered(model: SequenceModel, example: Example) -> tuple[Any, Any, Any]:
    """Whether the answer is right, its nats, and of how many elements."""
    found = compare_answer(model, example)
    nats, elements = example.total(nll(found.distribution, example.values, example.mask))
    return found.exact, nats, elements


def _choose(
    model: SequenceModel, form: Form, questions: Sequence[Question]
) -> Bool[np.ndarray, " N"]:
    """Whether the most probable of the choices is the answer."""
    scores = score_choices(model, form, questions)
    pairs = zip(questions, scores, strict=True)
    return np.array([q.choices[int(np.argmax(each))] == q.answer for q, each in pairs])

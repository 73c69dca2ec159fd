"""How good answers are, beside those that need no learning."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from reverie.codecs.spans import Spans, SplitText
from reverie.data.stories.questions import SpanQuestion
from reverie.formats.opening import counted
from reverie.metrics.answers import AnswerScores, answer_scores
from reverie.metrics.span_baselines import Span, first_sentence, sliding_window
from reverie.model import SequenceModel
from reverie.tasks.spans.answer import ROWS, answer_questions
from reverie.tasks.spans.data import passage_reader
from reverie.training.evaluation import mean_loss

Choose = Callable[[list[str], list[str]], Span]
"""(words of a passage, words of a question) to a span."""
BASELINES: dict[str, Choose] = {
    "first sentence": lambda passage, question: first_sentence(passage),
    "sliding window": sliding_window,
}
"""What answers without learning."""


class SpanMetrics(NamedTuple):
    """How good a model is."""

    model: AnswerScores
    baselines: dict[str, AnswerScores]
    nats: float
    """-log p of a place of the first true answer."""

    def lines(self) -> list[str]:
        """A table: the model above what needs no learning, with the bounds of 95 %."""
        rows = {"model": self.model, **self.baselines}
        asked = counted(self.model.questions, "question")
        return [
            f"{asked}, {self.nats / math.log(2):.3f} bits a place",
            f"{'':<16}{'exact match':<20}F1",
            *(f"{name:<16}{each.exact!s:<20}{each.f1}" for name, each in rows.items()),
        ]

    def facts(self) -> dict[str, float]:
        """What is worth keeping with a model."""
        facts: dict[str, float] = {"test_questions": self.model.questions, "test_nats": self.nats}
        for name, scores in {"test": self.model, **self.baselines}.items():
            key = name.replace(" ", "_")
            facts |= {f"{key}_exact": scores.exact.value, f"{key}_f1": scores.f1.value}
        return facts


def measure_answers(
    model: SequenceModel, codec: Spans, questions: Sequence[SpanQuestion], longest: int
) -> SpanMetrics:
    """The scores of a model, whose answers have at most `longest` words, and of the baselines."""
    answers = answer_questions(model, codec, questions, longest)
    nats = mean_loss(model, passage_reader(codec, questions, ROWS))
    baselines = {name: score_baseline(questions, choose) for name, choose in BASELINES.items()}
    return SpanMetrics(score(questions, answers), baselines, nats)


def score(questions: Sequence[SpanQuestion], answers: Sequence[str]) -> AnswerScores:
    """Exact match and F1 of an answer to each question."""
    return answer_scores(answers, [question.answers for question in questions])


def score_baseline(questions: Sequence[SpanQuestion], choose: Choose) -> AnswerScores:
    """The same of what answers without learning."""
    answers = []
    for question in questions:
        passage = SplitText(question.passage)
        span = choose(passage.words, SplitText(question.question).words)
        answers.append(passage.cut(*span))
    return score(questions, answers)

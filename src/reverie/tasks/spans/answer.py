"""Answers: the most probable spans of a passage, found by beam search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from reverie.codecs.spans import Spans
from reverie.concepts import Example
from reverie.data.stories.questions import SpanQuestion
from reverie.encoders import Passage
from reverie.model import SequenceModel
from reverie.padding import round_up
from reverie.programs import remember
from reverie.runtime import check_memory
from reverie.search.beam import Beams, beam
from reverie.search.constraints import OneSpan
from reverie.tasks.spans.data import UNITS, PassageExamples, passage_reader
from reverie.training.evaluation import each_sequence

WIDTH = 16
"""Spans that a search keeps at least: it then finds nearly always the best of all."""
ROWS = 32
"""Passages that are read side by side."""
ENDS = 2
"""Elements of a span."""
PER_WORD, PER_PAIR = 4096, 64
"""Bytes that a word of a passage takes at least, and each with one of the question."""


class SpanAnswer(NamedTuple):
    """One span of a passage."""

    first: int
    """The place of its first word."""
    last: int
    log_prob: float
    """log p(first, last | passage, question), in nats."""

    @property
    def probability(self) -> float:
        """Of this span."""
        return math.exp(self.log_prob)


class BestSpans(eqx.Module):
    """The `width` most probable spans of at most `longest` words, for one example."""

    longest: Int[Array, ""]
    width: int = eqx.field(static=True)

    def __call__(self, model: SequenceModel, example: Example) -> tuple[Array, ...]:
        return self.search(model, example.source)

    def search(self, model: SequenceModel, source: Passage) -> tuple[Array, ...]:
        """What `Beams` holds."""
        condition = model.condition(source)
        constraint = OneSpan(self.longest)
        return tuple(beam(model, self.width, ENDS, condition=condition, constraint=constraint))


def best_spans(longest: int, count: int = 1) -> BestSpans:
    """The search for so many spans, which keeps more."""
    number: Any = np.asarray(longest, jnp.result_type(int))
    return BestSpans(number, max(WIDTH, count))


def answer_questions(
    model: SequenceModel, codec: Spans, questions: Sequence[SpanQuestion], longest: int
) -> list[str]:
    """The best span of each passage, as it is written there."""
    reader = passage_reader(codec, questions, ROWS)
    found = Beams(*each_sequence(best_spans(longest), model, reader))
    pairs = zip(questions, found.values[:, 0], strict=True)
    return [codec.decode(question.passage, places) for question, places in pairs]


def answer_question(
    model: SequenceModel, codec: Spans, passage: str, question: str, longest: int, count: int = 1
) -> list[SpanAnswer]:
    """The best spans of a passage, best first: `count`, or as many as there are.

    Raises InputError where passage or question has no words, or this machine cannot hold them.
    """
    source = source_of(codec, passage, question)
    arrays = _search(model, source, best_spans(longest, count))
    beams = jax.tree.map(np.asarray, Beams(*arrays))
    rows = zip(beams.values.tolist(), beams.log_probs.tolist(), beams.lengths, strict=True)
    return [
        SpanAnswer(first, last, score) for (first, last), score, length in rows if length == ENDS
    ][:count]


def match_attention(
    model: SequenceModel, codec: Spans, passage: str, question: str
) -> Float[np.ndarray, "S Q"]:
    """How much each word of the question was looked at for each one of the passage, on average
    over the directions in which that is read."""
    source = source_of(codec, passage, question)
    alpha = np.asarray(_look(model, source)).mean(0)
    words, asked = source.words.mask.sum(), source.question.mask.sum()
    return alpha[:words, :asked]


def source_of(codec: Spans, passage: str, question: str) -> Passage:
    """Both as the model reads them, padded to few sizes."""
    source = PassageExamples(codec).source(passage, question)
    sizes = source.memory_size, source.question_size
    words, asked = (round_up(size, unit) for size, unit in zip(sizes, UNITS[1:], strict=True))
    needed = words * (PER_WORD + PER_PAIR * asked)
    check_memory(needed, f"a passage of {sizes[0]:,} words and a question of {sizes[1]:,}")
    return source.pad(ENDS, words).pad_question(asked)


@remember
def _search(model: SequenceModel, source: Passage, best: BestSpans) -> tuple[Array, ...]:
    return best.search(model, source)


@remember
def _look(model: SequenceModel, source: Passage) -> Float[Array, "2 S Q"]:
    encoder: Any = model.encoder
    found: Float[Array, "2 S Q"] = encoder.look(source)
    return found

"""Answers: the most probable ones, found by beam search, and where the model looked for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.codecs.stories import HEAD, NULL
from reverie.cores.attentive import attention_states
from reverie.cores.memory_network import MemoryState
from reverie.cores.states import find_states
from reverie.data.stories.questions import Question
from reverie.model import SequenceModel
from reverie.programs import remember
from reverie.runtime import check_memory
from reverie.search.beam import Beams, beam
from reverie.search.constraints import All, MinLength, Without
from reverie.stop import OnSymbol
from reverie.tasks.stories.forms import ROWS, Form
from reverie.training.evaluation import each_sequence, sequence_nats

WIDTH = 8
"""Answers that a search keeps at least."""
PER_PLACE, PER_SYMBOL = 4096, 16
"""Bytes that a place of a memory takes at least for each answer, and a symbol of an answer."""


class Answer(NamedTuple):
    """One answer to a question."""

    text: str
    log_prob: float
    """log p(answer | story, question), in nats."""
    values: np.ndarray
    """Its symbols (T,), with the end if it has one."""
    finished: bool = True
    """It came to an end; False where only the limit ended it."""

    @property
    def probability(self) -> float:
        """Of this answer."""
        return math.exp(self.log_prob)


class Looks(NamedTuple):
    """Where a model looked for each word of an answer."""

    words: list[str]
    """T of them."""
    weights: Float[np.ndarray, "T K S"]
    """How much of each sentence of the story each of K looks read."""


def best_answers(
    model: SequenceModel, form: Form, question: Question, count: int = 1, longest: int = 20
) -> list[Answer]:
    """The most probable answers of at most so many words, best first: `count`, or all there are.

    None has unknown words. Raises InputError where the network cannot read the question.
    """
    source, codec = form.source(question), form.codec
    # An answer that is one symbol has no end, and cannot begin with one.
    width, limit = max(WIDTH, count), longest + 1 if codec.split_answers else 1
    check_memory(
        width * (PER_PLACE * source.memory_size + PER_SYMBOL * limit),
        f"{count:,} answers about a story of {source.memory_size:,} places",
    )
    symbols: Any = tuple(np.int32(n) for n in (codec.end, codec.unknown, HEAD.index(NULL)))
    beams = jax.tree.map(np.asarray, Beams(*_search(model, source, symbols, (width, limit))))
    rows = zip(beams.values, beams.log_probs.tolist(), beams.lengths.tolist(), strict=True)
    found = [(values[:length], log_prob) for values, log_prob, length in rows if length]
    return [
        Answer(codec.decode(v), score, v, not codec.split_answers or v[-1] == codec.end)
        for v, score in found[:count]
    ]


def rank_choices(model: SequenceModel, form: Form, question: Question) -> list[Answer]:
    """The answers that a question has to choose from, the most probable first."""
    (scores,) = score_choices(model, form, [question])
    answers = (
        Answer(choice, float(score), form.examples.answer(question._replace(answer=choice)))
        for choice, score in zip(question.choices, scores, strict=True)
    )
    return sorted(answers, key=lambda answer: -answer.log_prob)


def score_choices(
    model: SequenceModel, form: Form, questions: Sequence[Question]
) -> list[Float[np.ndarray, " C"]]:
    """log p of each of the answers to choose from, in nats."""
    counts = [len(question.choices) for question in questions]
    each = [question._replace(answer=c) for question in questions for c in question.choices]
    nats = each_sequence(sequence_nats, model, form.reader(each, ROWS))
    return np.split(-nats, np.cumsum(counts)[:-1])


def look(model: SequenceModel, form: Form, question: Question, answer: Answer) -> Looks | None:
    """Where the model looked when it gave an answer; None of one that looks at no sentences."""
    places = form.places(question)
    if places is None:
        return None
    codec = form.codec
    words = [word for word in answer.values if word != codec.end]
    (alpha, *_) = map(np.asarray, _read(model, form.source(question), jnp.asarray(answer.values)))
    told = np.flatnonzero(places >= 0)
    weights = np.zeros((len(question.story), len(words), alpha.shape[1]))
    # A sentence may have several places.
    np.add.at(weights, places[told], np.moveaxis(alpha[: len(words), :, told], 2, 0))
    return Looks([codec.decode([word]) for word in words], np.moveaxis(weights, 0, 2))


@remember
def _search(
    model: SequenceModel, source: Any, symbols: tuple[Array, ...], sizes: tuple[int, int]
) -> tuple[Array, ...]:
    """What `Beams` holds."""
    end, *never = symbols
    constraint = All((MinLength(end, 2), *map(Without, never)))
    condition = model.condition(source)
    found = beam(model, *sizes, condition=condition, stop=OnSymbol(end), constraint=constraint)
    return tuple(found)


@remember
def _read(model: SequenceModel, source: Any, values: Array) -> list[Array]:
    """What each memory that is looked at weighed (T, K, S) when the model gave an answer (T,)."""
    states = model.unroll(values, condition=model.condition(source)).states
    hops = [state.weights for state in find_states(MemoryState, states)]
    return [*hops, *(state.alpha[:, None] for state in attention_states(states))]

"""The verb `execute`: a program by a network, character by character, beside what is right."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from reverie.codecs.characters import Characters
from reverie.concepts import Carry
from reverie.data.sources import open_source
from reverie.model import SequenceModel
from reverie.rollout import nothing, rollout
from reverie.samplers import Greedy, key_of
from reverie.stop import OnSymbol
from reverie.storage import Loaded
from reverie.tasks.programs.data import kind_of
from reverie.tasks.programs.exercises import END, Difficulty, Exercise
from reverie.tasks.programs.options import ExecuteOptions, ProgramData
from reverie.tasks.task import Given, Output, Remark
from reverie.tasks.text.generate import after

MOST = 96
"""Characters of an answer at most."""


class Guess(NamedTuple):
    """The two most probable characters at one place of an answer; the first was written."""

    written: str
    probability: float
    second: str
    second_probability: float


def answer(model: SequenceModel, codec: Characters, question: str) -> list[Guess]:
    """What a model writes after a question, up to the dot: the most probable each time."""
    carry = after(model, codec.encode(question), model.start())
    probabilities, length = _written(model, carry, jnp.asarray(codec.encode(END)[0]))
    names, rows = codec.symbols(), np.asarray(probabilities)[: int(length)]
    best = np.argsort(-rows, axis=1, kind="stable")[:, :2]
    return [
        Guess(names[a], float(row[a]), names[b], float(row[b]))
        for row, (a, b) in zip(rows, best.tolist(), strict=True)
    ]


def spelled(guesses: list[Guess]) -> str:
    """The characters that were written."""
    return "".join(guess.written for guess in guesses)


@eqx.filter_jit
def _written(
    model: SequenceModel, carry: Carry, end: Int[Array, ""]
) -> tuple[Float[Array, "T V"], Int[Array, ""]]:
    """The probabilities at each place, and how many places there are."""
    drawn = rollout(
        model,
        Greedy(),
        MOST,
        key=key_of(0),
        carry=carry,
        stop=OnSymbol(end),
        record=nothing,
        score=False,
    )
    return jax.nn.softmax(drawn.distribution.log_probs()), drawn.length  # type: ignore[union-attr]


def execute(loaded: Loaded, given: Given) -> Output:
    """The program, each character of its output, and whether it is right."""
    data: ProgramData = loaded.config.data
    kind = kind_of(data)
    exercise = kind.pose(_text(given))
    yield from _warnings(kind.difficulty(exercise), data)
    yield exercise.question
    guesses = answer(loaded.model, loaded.codec, exercise.question)
    yield from _rows(guesses, exercise)
    written, right = spelled(guesses), exercise.answer.removesuffix(END)
    if written == exercise.answer:
        yield f"{right} is right\n"
    else:
        yield f"{_visible(written.removesuffix(END))} is wrong: {right} is right\n"


def _text(given: Given) -> str:
    """The program as it was typed, or that of a file."""
    typed = given.values.get("program")
    if typed is not None:
        return str(typed).replace(r"\n", "\n")
    return open_source(given.group(ExecuteOptions).file or "-").text()


def _warnings(found: Difficulty, data: ProgramData) -> Iterator[Remark]:
    """A remark where an exercise is harder than those that the model learned from."""
    if found.length > data.length:
        yield Remark(
            f"(a number has {found.length} digits: the model learned from {data.length} at most)"
        )
    if found.nesting > data.nesting:
        yield Remark(
            f"(there are {found.nesting} operations: the model learned from {data.nesting} at most)"
        )


def _rows(guesses: list[Guess], exercise: Exercise) -> Iterator[str]:
    """A line for each character: what was written, the next probable, and what is right."""
    yield "\nwritten      p   next      p   right\n"
    for guess, right in zip_longest(guesses, exercise.answer):
        first = "".ljust(14) if guess is None else _pair(guess.written, guess.probability)
        second = "".ljust(14) if guess is None else _pair(guess.second, guess.second_probability)
        mark = "" if guess is not None and guess.written == right else "   <"
        yield f"{first}   {second}   {right or ''}{mark}\n"
    yield "\n"


def _pair(character: str, probability: float) -> str:
    return f"{_visible(character):<7} {probability:6.1%}"


def _visible(text: str) -> str:
    """Without line breaks."""
    return text.replace("\n", r"\n")

"""Exercises as sequences: written when they are needed, and divided by what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal
from zlib import crc32

import numpy as np

from reverie.codecs.characters import Characters
from reverie.concepts import Example
from reverie.data.dataset import InMemory
from reverie.data.generated import answered
from reverie.tasks.programs.curriculum import build_curriculum
from reverie.tasks.programs.exercises import (
    DIGITS,
    Addition,
    Difficulty,
    Exercise,
    ExerciseKind,
    Memorisation,
)
from reverie.tasks.programs.options import ProgramData
from reverie.tasks.programs.writer import Programs
from reverie.training.generated import GeneratedReader

Part = Literal["train", "valid", "test"]
SHARES: dict[int, Part] = {0: "valid", 1: "test"}
"""Of 16 questions these are the ones that are not learned from."""
TRIES = 500
"""How often a question of some part is drawn; where there are few, it is then one of another."""
SHAPES = 4
"""Batches are padded to so many sizes."""


def kind_of(data: ProgramData) -> ExerciseKind:
    """The kind of exercise that options name."""
    match data.kind:
        case "programs":
            return Programs()
        case "addition":
            return Addition()
        case "memorisation":
            return Memorisation(data.inverted, data.doubled)


def codec_of(kind: ExerciseKind) -> Characters:
    """The characters of a kind of exercise."""
    return Characters(kind.alphabet, DIGITS[0])


def part_of(question: str) -> Part:
    """To which part a question belongs: its hash decides, so no two parts have one in common."""
    return SHARES.get(crc32(question.encode()) % 16, "train")


def draw_of(
    kind: ExerciseKind, part: Part, rng: np.random.Generator, difficulty: Difficulty
) -> Exercise:
    """An exercise of one part; where it has hardly any, as of numbers of one digit, any."""
    for _ in range(TRIES):
        exercise = kind.draw(rng, difficulty)
        if part_of(exercise.question) == part:
            break
    return exercise


def example_of(codec: Characters, exercise: Exercise) -> Example:
    """The question and the answer as one sequence, of which the answer and its dot count."""
    values = codec.encode(exercise.question + exercise.answer)
    return answered(values, len(exercise.question))


def training_exercises(data: ProgramData) -> Callable[[np.random.Generator, int], Exercise]:
    """Draws what is learned from, as the curriculum has it in an epoch."""
    kind, curriculum = kind_of(data), build_curriculum(data)

    def draw(rng: np.random.Generator, epoch: int) -> Exercise:
        return draw_of(kind, "train", rng, curriculum(rng, epoch))

    return draw


def exercise_reader(data: ProgramData, rows: int, seed: int = 0) -> GeneratedReader:
    """Batches to learn from, without an end."""
    kind, draw = kind_of(data), training_exercises(data)
    codec = codec_of(kind)

    def make(rng: np.random.Generator, epoch: int) -> Example:
        return example_of(codec, draw(rng, epoch))

    longest = kind.longest(Difficulty(data.length, data.nesting))
    shapes = [(-(-longest * (n + 1) // SHAPES), 0) for n in range(SHAPES)]
    return GeneratedReader(make, rows, shapes, seed)


def held_out(
    kind: ExerciseKind, part: Part, difficulty: Difficulty, count: int, seed: int = 0
) -> list[Exercise]:
    """Exercises of one difficulty that are not learned from; the n-th depends on seed and n."""
    rngs = (np.random.default_rng((seed, n)) for n in range(count))
    return [draw_of(kind, part, rng, difficulty) for rng in rngs]


def exercise_dataset(codec: Characters, exercises: Sequence[Exercise]) -> InMemory:
    """Exercises to be measured on."""
    return InMemory([example_of(codec, exercise) for exercise in exercises])

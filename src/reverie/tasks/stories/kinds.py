"""The kinds of question, and stories that are written for them by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, final
from zlib import crc32

import numpy as np

from reverie.data.stories.questions import Question
from reverie.tasks.stories.inquiries import (
    Inquire,
    counting,
    giving,
    listing,
    place_before,
    presence,
    thing_place,
    whose_place,
)
from reverie.tasks.stories.puzzles import Pose, fears, paths, sizes, times
from reverie.tasks.stories.wording import HANDS, PEOPLE, longest_sentence, pick
from reverie.tasks.stories.world import Habits, draw_world

Part = Literal["train", "valid", "test"]
SHARES: dict[int, Part] = {0: "valid", 1: "test"}
"""Of 16 stories these are the ones that are not learned from."""


class QuestionKind(NamedTuple):
    """A kind of question: the fewest sentences that it is asked of, and how one is written."""

    name: str
    least: int
    write: Callable[[np.random.Generator, int], Question]
    """Of so many sentences, which are not less than `least`."""


def _inquiring(name: str, least: int, inquire: Inquire, habits: Habits = Habits()) -> QuestionKind:
    """A kind that is asked about a world; worlds are drawn until one has an answer."""

    def write(rng: np.random.Generator, facts: int) -> Question:
        inquiry = None
        while inquiry is None:
            world = draw_world(rng, facts, habits)
            inquiry = inquire(rng, world)
        sentences = tuple(happening.sentence(rng) for happening in world.happenings)
        return Question(sentences, *inquiry, name)

    return QuestionKind(name, least, write)


def _puzzling(name: str, least: int, pose: Pose) -> QuestionKind:
    """A kind with facts of its own: half of the sentences or more; the others tell what people do
    of whom it does not speak."""

    def write(rng: np.random.Generator, facts: int) -> Question:
        puzzle = pose(rng, max(least, round(facts * rng.uniform(0.5, 1))))
        others = [person for person in PEOPLE if person not in puzzle.people]
        world = draw_world(rng, facts - len(puzzle.sentences), Habits(), others)
        own = set(rng.permutation(facts)[: len(puzzle.sentences)].tolist())
        places = sorted(own)
        of_puzzle = iter(puzzle.sentences)
        of_world = (happening.sentence(rng) for happening in world.happenings)
        told = tuple(next(of_puzzle if n in own else of_world) for n in range(facts))
        question, answer, support = puzzle.inquiry
        return Question(told, question, answer, tuple(places[n] for n in support), name)

    return QuestionKind(name, least, write)


GENEROUS = Habits(go=2, take=2, drop=0.3, give=8, follow=0.8)
BUSY = Habits(go=2, take=3, drop=1, give=1)
CARRYING = Habits(go=4, take=2, drop=0.5, give=0.5, follow=0.3)

KINDS = (
    _inquiring("person", 1, whose_place),
    _inquiring("thing", 2, thing_place),
    _inquiring("before", 3, place_before, CARRYING),
    _inquiring("giving", 4, giving, GENEROUS),
    _inquiring("yes-no", 1, presence),
    _inquiring("counting", 2, counting, BUSY),
    _inquiring("list", 2, listing, BUSY),
    _puzzling("time", 2, times),
    _puzzling("path", 2, paths),
    _puzzling("deduction", 2, fears),
    _puzzling("size", 2, sizes),
)
"""All kinds of question."""


@final
@dataclass(frozen=True)
class StoryWriter:
    """Writes stories of `least` to `most` sentences, each with a question of one of the `kinds`;
    kinds and lengths are as probable as one another, but for lengths that are too short to ask.

    Stories are divided by what they say: no two parts have one in common. Stories of more
    sentences than any learned from are those of a writer with a greater `least`.
    """

    least: int
    most: int
    kinds: Sequence[QuestionKind] = KINDS
    part: Part = "train"

    def __call__(self, rng: np.random.Generator) -> Question:
        while True:
            kind = pick(rng, self.kinds)
            facts = int(rng.integers(self.least, self.most + 1))
            question = kind.write(rng, max(facts, kind.least))
            if part_of(question) == self.part:
                return question

    def sizes(self, *, split_answers: bool = True) -> tuple[int, int, int]:
        """No story has more: the steps of its answer, its sentences, and their words."""
        sentences = max(self.most, *(kind.least for kind in self.kinds))
        return HANDS + 1 if split_answers else 1, sentences, longest_sentence()


def part_of(question: Question) -> Part:
    """To which part a story with its question belongs."""
    said = "\n".join((*question.sentences, question.question))
    return SHARES.get(crc32(said.encode()) % 16, "train")

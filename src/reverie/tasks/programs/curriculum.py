"""Curricula: how hard the next exercise is (Zaremba and Sutskever 2014, section 5)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from reverie.tasks.programs.exercises import Difficulty
from reverie.tasks.programs.options import ProgramData


class Curriculum(ABC):
    """The difficulty of each exercise, a function of chance and of the epoch alone.

    So a training that is resumed goes on with the same exercises, and needs no other memory.
    """

    @abstractmethod
    def __call__(self, rng: np.random.Generator, epoch: int) -> Difficulty: ...


@final
@dataclass(frozen=True)
class BaselineCurriculum(Curriculum):
    """Always the hardest: (a, b)."""

    target: Difficulty

    def __call__(self, rng: np.random.Generator, epoch: int) -> Difficulty:
        return self.target


@final
@dataclass(frozen=True)
class NaiveCurriculum(Curriculum):
    """From (1, 1) the length grows by 1 to a, then begins anew with the nesting greater by 1.

    Departure: the paper goes on when the loss stops to improve; here each level lasts so many
    epochs, and the last one for ever.
    """

    target: Difficulty
    epochs: int

    @cached_property
    def levels(self) -> list[Difficulty]:
        """All difficulties, in their order."""
        length, nesting = self.target
        return [Difficulty(a, b) for b in range(1, nesting + 1) for a in range(1, length + 1)]

    def level(self, epoch: int) -> int:
        """How many levels are behind it."""
        return min(epoch // self.epochs, len(self.levels) - 1)

    def __call__(self, rng: np.random.Generator, epoch: int) -> Difficulty:
        return self.levels[self.level(epoch)]


@final
@dataclass(frozen=True)
class MixCurriculum(Curriculum):
    """The length uniform in 1 to a and the nesting uniform in 1 to b, independently."""

    target: Difficulty

    def __call__(self, rng: np.random.Generator, epoch: int) -> Difficulty:
        length, nesting = self.target
        return Difficulty(int(rng.integers(1, length + 1)), int(rng.integers(1, nesting + 1)))


@final
@dataclass(frozen=True)
class CombinedCurriculum(Curriculum):
    """For each exercise a fair coin: naive or mix."""

    naive: NaiveCurriculum
    mix: MixCurriculum

    def __call__(self, rng: np.random.Generator, epoch: int) -> Difficulty:
        return (self.naive if rng.random() < 0.5 else self.mix)(rng, epoch)


@final
@dataclass(frozen=True)
class GrowingCurriculum(Curriculum):
    """For each exercise a fair coin: naive, or any level up to that of naive.

    Ours: nothing is read yet of which much is still to be learned before it can be.
    """

    naive: NaiveCurriculum

    def __call__(self, rng: np.random.Generator, epoch: int) -> Difficulty:
        level = self.naive.level(epoch)
        return self.naive.levels[level if rng.random() < 0.5 else rng.integers(0, level + 1)]


def build_curriculum(data: ProgramData) -> Curriculum:
    """The one that the options name."""
    target = Difficulty(data.length, data.nesting)
    naive, mix = NaiveCurriculum(target, data.level_epochs), MixCurriculum(target)
    match data.curriculum:
        case "baseline":
            return BaselineCurriculum(target)
        case "naive":
            return naive
        case "mix":
            return mix
        case "combined":
            return CombinedCurriculum(naive, mix)
        case "growing":
            return GrowingCurriculum(naive)

"""How data are divided: a part to learn from, one to watch meanwhile, one to measure at the end."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from reverie.errors import InputError
from reverie.settings import Options, option

S = TypeVar("S", bound=Sized)
R = TypeVar("R", bound=Sized)


class Split(NamedTuple, Generic[S]):
    """What is learned from, what is watched meanwhile, and what is measured at the end."""

    train: S
    valid: S
    test: S

    def map(self, change: Callable[[S], R]) -> Split[R]:
        """The same of each part."""
        return Split(*map(change, self))

    @property
    def held_out(self) -> S:
        """The part to measure a trained model on: the test part, or without one the watched one."""
        return self.test if len(self.test) else self.valid

    def measured(self) -> list[tuple[str, S]]:
        """The parts that are not learned from, by name; none of them is empty."""
        parts = (("valid", self.valid), ("test", self.test))
        return [(name, part) for name, part in parts if len(part)]


def divide(count: int, valid_part: float, test_part: float) -> Split[range]:
    """Which of `count` things are in each part: the first to learn from, the last for the test."""
    valid, test = round(valid_part * count), round(test_part * count)
    learned = count - valid - test
    return Split(range(learned), range(learned, learned + valid), range(learned + valid, count))


VALID_PART, TEST_PART = "fraction of the data to validate on", "fraction of the data to test on"


@dataclass(frozen=True)
class SplitOptions(Options):
    """Data of which a part is watched, and another measured, if they do not come divided."""

    valid_part: float = option(0.1, VALID_PART, least=0, below=1)
    test_part: float = option(0.1, TEST_PART, least=0, below=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.valid_part + self.test_part >= 1:
            raise InputError("valid_part and test_part leave nothing to train on: make them less")

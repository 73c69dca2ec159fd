"""How long to train; what is spent of it, from 0 to 1, is what schedules are functions of."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.errors import InputError


@dataclass(frozen=True)
class Spent:
    """What a run has used: updates, passes over the data, seconds of wall time."""

    step: int = 0
    epoch: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Budget:
    """So much of something; `progress` is the fraction spent, at least 1 at the end."""

    amount: float

    def __post_init__(self) -> None:
        if not 0 < self.amount < float("inf"):
            raise InputError(f"a budget must be a number above 0, not {self.amount}")

    def progress(self, spent: Spent) -> float:
        raise NotImplementedError


class Steps(Budget):
    """So many updates. The run is a function of its seed and can be resumed bit for bit."""

    def progress(self, spent: Spent) -> float:
        return spent.step / self.amount


class Epochs(Budget):
    """So many passes over the data; like `Steps`, independent of the clock."""

    def progress(self, spent: Spent) -> float:
        return spent.epoch / self.amount


class Minutes(Budget):
    """So much wall time, compilation and evaluation included: schedules end when it does.

    The clock decides the rates, so two runs of the same seed are alike but not the same.
    """

    def progress(self, spent: Spent) -> float:
        return spent.seconds / 60 / self.amount

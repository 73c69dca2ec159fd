"""The fields of labels: the possible values of one label, and their encoding in numbers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Protocol, Self, final

import numpy as np

from reverie.codecs.values import check_fields, damaged_description
from reverie.errors import InputError, excerpt

Level = str | float
"""A value among which a classifier chooses."""
Label = Level | Sequence[float]
"""Any value that a model can be conditioned on."""
FEW = 20
"""A number with at most this many different values has them as its levels."""
LEVELS = 9
"""The levels of a number with more values: the medians of as many equally frequent parts."""
LISTED, SHOWN = 50, 60
"""The most values that a message lists, and the most characters of each."""
BREAK = re.compile(r"\s*,\s*|\s+")
"""The separator of the numbers of a list."""


class Field(Protocol):
    """One label: its possible values and their encoding."""

    @property
    def name(self) -> str: ...
    @property
    def counts(self) -> tuple[int, ...]:
        """The count of each level in the training data."""

    @property
    def size(self) -> int:
        """The number of entries of its encoding."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """The values among which a classifier chooses; empty where it cannot."""

    def row(self, value: Label) -> list[float]:
        """The encoding of a value. InputError for an impossible one."""

    def level(self, value: Label) -> int:
        """The index of the level of a value, or of the nearest one.

        Raises InputError for an impossible value and where there are no levels.
        """

    def summary(self) -> str:
        """The name and the possible values, for messages."""

    def describe(self) -> dict[str, object]:
        """A description for JSON."""


@final
@dataclass(frozen=True)
class Categorical:
    """One of K values: the unit vector (K,)."""

    name: str
    values: tuple[str, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.values or len(set(self.values)) != len(self.values):
            raise damaged_description("categorical", "its values are missing or not distinct")
        if len(self.counts) != len(self.values):
            raise damaged_description("categorical", "it does not have one count for each value")

    @classmethod
    def learn(cls, name: str, column: Sequence[str]) -> Self:
        """The field of a column: its values, sorted."""
        counts = Counter(column)
        values = tuple(sorted(counts))
        return cls(name, values, tuple(counts[value] for value in values))

    @property
    def size(self) -> int:
        return len(self.values)

    @property
    def levels(self) -> tuple[Level, ...]:
        return self.values

    def row(self, value: Label) -> list[float]:
        place = self.level(value)
        return [float(place == k) for k in range(self.size)]

    def level(self, value: Label) -> int:
        if value in self.values:
            return self.values.index(value)
        wanted = str(value).lower()
        nearest = sorted(
            self.values, key=lambda v: -SequenceMatcher(None, wanted, v.lower()).ratio()
        )
        raise InputError(f"{self.name} cannot be {value!r}: it is one of {_list(nearest)}")

    def summary(self) -> str:
        return f"{self.name} (one of {_list(self.values)})"

    def describe(self) -> dict[str, object]:
        return {
            "kind": "categorical",
            "name": self.name,
            "values": list(self.values),
            "counts": list(self.counts),
        }


@final
@dataclass(frozen=True)
class Numeric:
    """A number x, encoded as (x - mean) / sd. Any finite number is possible, also an unseen one.

    A classifier chooses among the levels: all values of the training data where these are few,
    else the medians of equally frequent parts.
    """

    name: str
    mean: float
    sd: float
    least: float
    most: float
    levels: tuple[Level, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if not (self.sd > 0 and math.isfinite(self.mean) and math.isfinite(self.sd)):
            raise damaged_description("numeric", "mean or sd is not a usable number")
        if not self.levels or len(self.counts) != len(self.levels):
            raise damaged_description("numeric", "it does not have one count for each level")

    @classmethod
    def learn(cls, name: str, column: Sequence[str]) -> Self:
        """Mean, standard deviation and levels of a column of numbers."""
        numbers = np.array([float(text) for text in column])
        levels, counts = np.unique(numbers, return_counts=True)
        if len(levels) > FEW:
            levels, places = np.unique(
                np.quantile(numbers, (np.arange(LEVELS) + 0.5) / LEVELS), return_inverse=True
            )
            counts = np.bincount(places)
        spread = float(numbers.std())
        return cls(
            name,
            float(numbers.mean()),
            spread if spread > 0 else 1.0,
            float(numbers.min()),
            float(numbers.max()),
            tuple(levels.tolist()),
            tuple(counts.tolist()),
        )

    @property
    def size(self) -> int:
        return 1

    def row(self, value: Label) -> list[float]:
        return [(self.number(value) - self.mean) / self.sd]

    def level(self, value: Label) -> int:
        distances = np.abs(np.array(self.levels, float) - self.number(value))
        return int(distances.argmin())

    def number(self, value: Label) -> float:
        """The value as a number. InputError where it is none."""
        if (number := as_number(value)) is None:
            raise InputError(
                f"{self.name} cannot be {value!r}: it is a number, such as {self.least:g} to "
                f"{self.most:g}"
            )
        return number

    def summary(self) -> str:
        return f"{self.name} (a number; the training data has {self.least:g} to {self.most:g})"

    def describe(self) -> dict[str, object]:
        return {
            "kind": "numeric",
            "name": self.name,
            "mean": self.mean,
            "sd": self.sd,
            "least": self.least,
            "most": self.most,
            "levels": list(self.levels),
            "counts": list(self.counts),
        }


@final
@dataclass(frozen=True)
class Free:
    """A vector x of n >= 2 numbers, encoded as (x - mean) / sd, number by number.

    Any finite numbers are possible. There are no levels: a classifier cannot infer it.
    """

    name: str
    mean: tuple[float, ...]
    sd: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.sd) or len(self.mean) < 2:
            raise damaged_description(
                "free", "it does not have two numbers or more, each with a mean and an sd"
            )
        numbers = (*self.mean, *self.sd)
        if not all(isinstance(x, float) and math.isfinite(x) for x in numbers) or min(self.sd) <= 0:
            raise damaged_description("free", "a mean or an sd is not a usable number")

    @classmethod
    def learn(cls, name: str, column: Sequence[str]) -> Self:
        """Mean and standard deviation, number by number, of a column of lists of one length.

        The sd is 1 where a number is constant.
        """
        numbers = np.array([as_numbers(text) for text in column], float)
        # With rounding, the standard deviation of a constant may not be 0.
        spread = np.where(np.ptp(numbers, 0) > 0, numbers.std(0), 1.0)
        return cls(name, tuple(numbers.mean(0).tolist()), tuple(spread.tolist()))

    @property
    def size(self) -> int:
        return len(self.mean)

    @property
    def levels(self) -> tuple[Level, ...]:
        return ()

    @property
    def counts(self) -> tuple[int, ...]:
        return ()

    def row(self, value: Label) -> list[float]:
        numbers = as_numbers(value)
        if numbers is None or len(numbers) != self.size:
            raise InputError(
                f"{self.name} cannot be {value!r}: it is {self.size} numbers, with commas between"
            )
        return [(x - m) / sd for x, m, sd in zip(numbers, self.mean, self.sd, strict=True)]

    def level(self, value: Label) -> int:
        raise InputError(f"{self.name} has no levels: it is a vector")

    def summary(self) -> str:
        return f"{self.name} (a vector of {self.size} numbers)"

    def describe(self) -> dict[str, object]:
        return {
            "kind": "free",
            "name": self.name,
            "mean": list(self.mean),
            "sd": list(self.sd),
        }


def learn_field(name: str, column: Sequence[str]) -> Field:
    """The field of a column: numeric, free if all values are lists of numbers, else categorical."""
    if is_numeric(column):
        return Numeric.learn(name, column)
    return (Free if is_free(column) else Categorical).learn(name, column)


def field_from(description: Mapping[str, Any]) -> Field:
    """The field of a description. InputError where the description is damaged."""
    kind = description.get("kind") if isinstance(description, Mapping) else None
    types: Any = {"name": str}
    match kind:
        case "categorical":
            fields: list[Any] = list(check_fields(description, **types, values=list, counts=list))
            name, values, counts = fields
            return Categorical(name, tuple(values), tuple(counts))
        case "numeric":
            numbers: Any = dict.fromkeys(("mean", "sd", "least", "most"), float)
            fields = list(check_fields(description, **types, **numbers, levels=list, counts=list))
            name, mean, sd, least, most, levels, counts = fields
            return Numeric(name, mean, sd, least, most, tuple(levels), tuple(counts))
        case "free":
            fields = list(check_fields(description, **types, mean=list, sd=list))
            name, mean, sd = fields
            return Free(name, tuple(mean), tuple(sd))
    raise InputError(
        f"{kind!r} is not a kind of label: it must be 'categorical', 'numeric' or 'free'"
    )


def format_level(level: Level) -> str:
    """A level as text."""
    return level if isinstance(level, str) else f"{level:g}"


def as_number(value: Any) -> float | None:
    """A value as a finite number; none where it is not one."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def as_numbers(value: Any) -> list[float] | None:
    """A value as finite numbers; text lists them with commas or blanks between, or in brackets."""
    try:
        parts = BREAK.split(_strip_brackets(value)) if isinstance(value, str) else list(value)
    except TypeError:
        return None
    numbers = [number for part in parts if (number := as_number(part)) is not None]
    return numbers if len(numbers) == len(parts) else None


def is_numeric(column: Sequence[str]) -> bool:
    """Whether all values are numbers, and more than two of them differ."""
    return len(set(column)) > 2 and all(as_number(text) is not None for text in column)


def is_free(column: Sequence[str]) -> bool:
    """Whether all values are lists of two numbers or more, of one length."""
    count = len(as_numbers(column[0]) or ()) if column else 0
    return count > 1 and all(len(as_numbers(text) or ()) == count for text in column)


def _strip_brackets(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if text[:1] + text[-1:] in ("[]", "()") else text


def _list(values: Sequence[str]) -> str:
    more = f" and {len(values) - LISTED} more" if len(values) > LISTED else ""
    return ", ".join(excerpt(value, SHOWN) for value in values[:LISTED]) + more

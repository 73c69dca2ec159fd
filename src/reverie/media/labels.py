"""Labels of a text, declared: which there are, what each may be, and the numbers they become."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any, NamedTuple, Protocol, Self, cast, final

import numpy as np
import numpy.typing as npt

from reverie.errors import InputError
from reverie.media.together import Together
from reverie.media.values import checked_fields, tampered

Vector = npt.NDArray[np.float32]
"""What a model is told: (C,)."""

Label = str | float
LEVELS = 9
"""Of a number that has more than `FEW` values: the middles of as many equally frequent parts."""
FEW = 20
LISTED = 50
"""Values that an error message names at most."""


class Field(Protocol):
    """One label: what it may be, and which numbers that becomes."""

    @property
    def name(self) -> str: ...
    @property
    def counts(self) -> tuple[int, ...]:
        """How often each level was seen."""

    @property
    def size(self) -> int:
        """How many numbers it becomes."""

    @property
    def levels(self) -> tuple[Label, ...]:
        """The values among which a classifier chooses."""

    def row(self, value: Label) -> list[float]:
        """The numbers of a value. InputError for one that cannot be."""

    def level(self, value: Label) -> int:
        """Which of the levels it is, or is nearest to. InputError as for `row`."""

    def told(self) -> str:
        """The name and what may stand there, for people."""

    def describe(self) -> dict[str, object]:
        """A description, fit for JSON."""


@final
@dataclass(frozen=True)
class Categorical:
    """One of K values: the unit vector (K,)."""

    name: str
    values: tuple[str, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.values or len(set(self.values)) != len(self.values):
            raise tampered("categorical", "its values are none, or not different ones")
        if len(self.counts) != len(self.values):
            raise tampered("categorical", "there is not one count a value")

    @classmethod
    def learn(cls, name: str, column: Sequence[str]) -> Self:
        """The values of a column, sorted."""
        counts = Counter(column)
        values = tuple(sorted(counts))
        return cls(name, values, tuple(counts[value] for value in values))

    @property
    def size(self) -> int:
        return len(self.values)

    @property
    def levels(self) -> tuple[Label, ...]:
        return self.values

    def row(self, value: Label) -> list[float]:
        place = self.level(value)
        return [float(place == k) for k in range(self.size)]

    def level(self, value: Label) -> int:
        if value in self.values:
            return self.values.index(value)
        said = str(value).lower()
        nearest = sorted(self.values, key=lambda v: -SequenceMatcher(None, said, v.lower()).ratio())
        raise InputError(f"{self.name} cannot be {value!r}: it is one of {_listed(nearest)}")

    def told(self) -> str:
        return f"{self.name} (one of {_listed(self.values)})"

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
    """A number x: (x - mean) / sd. Any finite number may be asked for, also one never seen.

    A classifier chooses among the levels: all values there were, where those are few, else
    the middles of equally frequent parts.
    """

    name: str
    mean: float
    sd: float
    least: float
    most: float
    levels: tuple[Label, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if not (self.sd > 0 and math.isfinite(self.mean) and math.isfinite(self.sd)):
            raise tampered("numeric", "mean or sd is no number that can be used")
        if not self.levels or len(self.counts) != len(self.levels):
            raise tampered("numeric", "there is not one count a level")

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
        """The number that is meant. InputError where none is."""
        if (number := as_number(value)) is None:
            raise InputError(
                f"{self.name} cannot be {value!r}: it is a number, such as {self.least:g} to "
                f"{self.most:g}"
            )
        return number

    def told(self) -> str:
        return f"{self.name} (a number; {self.least:g} to {self.most:g} were learned from)"

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


class Readings(NamedTuple):
    """What one label may be in a text, in N ways: levels of that label, and of all others."""

    vectors: npt.NDArray[np.float32]
    """(N, C), what a model is told."""
    levels: npt.NDArray[np.intp]
    """(N,), which level of the label."""
    log_weights: npt.NDArray[np.float64]
    """(N,), log p(the others | that level)."""


@final
@dataclass(frozen=True)
class Labels:
    """The labels of a text, in the order in which they stand in the vector (C,)."""

    fields: tuple[Field, ...] = ()
    together: Together = Together()

    def __post_init__(self) -> None:
        if len({field.name for field in self.fields}) != len(self.fields):
            raise tampered("labels", "two labels have one name")
        sizes = tuple(len(field.levels) for field in self.fields)
        for levels in self.together.levels:
            if len(levels) != len(sizes) or not all(
                map(range.__contains__, map(range, sizes), levels)
            ):
                raise tampered("labels", "a combination has levels that there are not")

    @classmethod
    def learn(cls, columns: Mapping[str, Sequence[str]], categorical: Iterable[str] = ()) -> Self:
        """The labels of a table, a column each.

        A column is numeric if all its values are numbers, more than two different ones, and it
        is not named among the `categorical`.
        """
        kept = set(categorical)
        fields: list[Field] = [
            Numeric.learn(name, column)
            if name not in kept and is_numeric(column)
            else Categorical.learn(name, column)
            for name, column in columns.items()
        ]
        levels = map(_levels, fields, columns.values())
        return cls(tuple(fields), Together.learn(zip(*levels, strict=True)))

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Self:
        """The labels that `describe` described."""
        types: Any = {"fields": list, "together": dict}
        fields, together = cast(tuple[Any, Any], checked_fields(description, **types))
        return cls(tuple(map(_field, fields)), Together.from_description(together))

    def describe(self) -> dict[str, object]:
        """A description, fit for JSON, that is enough to rebuild the labels."""
        fields = [field.describe() for field in self.fields]
        return {"kind": "labels", "fields": fields, "together": self.together.describe()}

    @property
    def names(self) -> tuple[str, ...]:
        """What they are called."""
        return tuple(field.name for field in self.fields)

    @cached_property
    def size(self) -> int:
        """C, the width of the vector."""
        return sum(field.size for field in self.fields)

    def field(self, name: str) -> Field:
        """The label of that name. InputError where there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise InputError(f"there is no label {name!r}: {self.told()}")

    def encode(self, given: Mapping[str, Label]) -> Vector:
        """The vector (C,) of a value for each label.

        Raises InputError for a label that is missing or unknown, which lists them all, and for
        a value that cannot be, which lists those that can.
        """
        for name in given:
            self.field(name)
        if missing := [name for name in self.names if name not in given]:
            raise InputError(f"the label {missing[0]} is missing: {self.told()}")
        row = [x for field in self.fields for x in field.row(given[field.name])]
        return np.array(row, np.float32)

    def readings(self, name: str, given: Mapping[str, Label]) -> Readings:
        """All levels of one label, the others as `given`, or else as they were seen with it.

        Raises InputError for what cannot be given, and where a label is missing whose values
        nobody knows or that was never seen with the others.
        """
        field = self.field(name)
        missing = [n for n in self.names if n != name and n not in given]
        if missing:
            ways = list(self._seen(name, given))
        else:
            ways = [({**given, name: level}, 1) for level in field.levels]
        if not ways:
            raise InputError(
                f"the label {missing[0]} must be given, for it is not known what it usually is: "
                f"{self.told()}"
            )
        levels = np.array([field.level(told[name]) for told, _ in ways])
        weights = np.array([count for _, count in ways], float)
        vectors = np.stack([self.encode(told) for told, _ in ways])
        return Readings(vectors, levels, np.log(weights / np.bincount(levels, weights)[levels]))

    def _seen(
        self, name: str, given: Mapping[str, Label]
    ) -> Iterator[tuple[Mapping[str, Label], int]]:
        """What was seen together with all that is `given` but for one label, and how often."""
        known = {n: self.field(n).level(value) for n, value in given.items() if n != name}
        places = {self.names.index(n): level for n, level in known.items()}
        for levels, count in self.together.fitting(places):
            values = self._values(levels)
            yield {**values, **given, name: values[name]}, count

    def _values(self, levels: Sequence[int]) -> dict[str, Label]:
        """The label of each name at its level."""
        pairs = zip(self.fields, levels, strict=True)
        return {field.name: field.levels[level] for field, level in pairs}

    def told(self) -> str:
        """All of them and what may stand there, for people."""
        if not self.fields:
            return "this model has no labels"
        return "the labels are " + ", ".join(field.told() for field in self.fields)


def shown(level: Label) -> str:
    """A level as people write it."""
    return level if isinstance(level, str) else f"{level:g}"


def as_number(value: Label) -> float | None:
    """The finite number that a value is, or says."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_numeric(column: Sequence[str]) -> bool:
    """Are all of them numbers, more than two different ones?"""
    return len(set(column)) > 2 and all(as_number(text) is not None for text in column)


def _levels(field: Field, column: Sequence[str]) -> list[int]:
    """The level of each value of a column."""
    known = {value: field.level(value) for value in set(column)}
    return [known[value] for value in column]


def _field(description: Mapping[str, Any]) -> Field:
    kind = description.get("kind") if isinstance(description, Mapping) else None
    types: Any = {"name": str}
    match kind:
        case "categorical":
            fields: list[Any] = list(checked_fields(description, **types, values=list, counts=list))
            name, values, counts = fields
            return Categorical(name, tuple(values), tuple(counts))
        case "numeric":
            numbers: Any = dict.fromkeys(("mean", "sd", "least", "most"), float)
            fields = list(checked_fields(description, **types, **numbers, levels=list, counts=list))
            name, mean, sd, least, most, levels, counts = fields
            return Numeric(name, mean, sd, least, most, tuple(levels), tuple(counts))
    raise InputError(f"{kind!r} is no kind of label: it must be 'categorical' or 'numeric'")


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - LISTED} more" if len(values) > LISTED else ""
    return ", ".join(values[:LISTED]) + more

"""Codec of labels: the labels of a text as a vector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self, cast, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.fields import Categorical, Field, Label, field_from, learn_field
from reverie.codecs.label_combinations import LabelCombinations
from reverie.codecs.values import check_fields, damaged_description
from reverie.errors import InputError

Vector = npt.NDArray[np.float32]
"""The encoded labels, (C,): what a model is conditioned on."""
LARGEST = 1e6
"""The largest entry of a vector: beyond it, rounding dominates."""


class Hypotheses(NamedTuple):
    """N hypotheses about one label of a text: its level, together with values of all others."""

    vectors: npt.NDArray[np.float32]
    """(N, C), the encoded labels."""
    levels: npt.NDArray[np.intp]
    """(N,), the level of the label."""
    log_weights: npt.NDArray[np.float64]
    """(N,), log p(the others | that level)."""


@final
@dataclass(frozen=True)
class Labels:
    """The labels of a text, in the order of their entries in the vector (C,)."""

    fields: tuple[Field, ...] = ()
    combinations: LabelCombinations = LabelCombinations()

    def __post_init__(self) -> None:
        if len({field.name for field in self.fields}) != len(self.fields):
            raise damaged_description("labels", "two labels have one name")
        sizes = tuple(len(field.levels) for field in self.fields)
        for levels in self.combinations.levels:
            fitting = (0 <= n < size for n, size in zip(levels, sizes, strict=False))
            if len(levels) != len(sizes) or not all(fitting):
                raise damaged_description("labels", "a combination has levels that there are not")

    @classmethod
    def learn(cls, columns: Mapping[str, Sequence[str]], categorical: Iterable[str] = ()) -> Self:
        """The labels of a table, one per column.

        A column is numeric if all its values are numbers and more than two differ, and free if
        all are lists of two numbers or more, of one length; unless it is among the `categorical`.
        With a free label no combinations are kept.
        """
        kept = set(categorical)
        fields = tuple(
            Categorical.learn(name, column) if name in kept else learn_field(name, column)
            for name, column in columns.items()
        )
        if not all(field.levels for field in fields):
            return cls(fields)
        levels = map(_levels, fields, columns.values())
        return cls(fields, LabelCombinations.learn(zip(*levels, strict=True)))

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Self:
        """The labels of a description."""
        types: Any = {"fields": list, "together": dict}
        fields, together = cast(tuple[Any, Any], check_fields(description, **types))
        return cls(tuple(map(field_from, fields)), LabelCombinations.from_description(together))

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the labels can be rebuilt."""
        fields = [field.describe() for field in self.fields]
        return {"kind": "labels", "fields": fields, "together": self.combinations.describe()}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the labels."""
        return tuple(field.name for field in self.fields)

    @property
    def inferable(self) -> tuple[Field, ...]:
        """The labels that a classifier can infer: those with levels."""
        return tuple(field for field in self.fields if field.levels)

    @cached_property
    def size(self) -> int:
        """C, the width of the vector."""
        return sum(field.size for field in self.fields)

    def field(self, name: str) -> Field:
        """The field of that name. InputError where there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise InputError(f"there is no label {name!r}: {self.summary()}")

    def encode(self, given: Mapping[str, Label]) -> Vector:
        """The vector (C,) of a value for each label.

        Raises InputError for a label that is missing or unknown, with a list of all labels, and for
        an impossible value, with a list of the possible ones.
        """
        for name in given:
            self.field(name)
        if missing := [name for name in self.names if name not in given]:
            raise InputError(f"the label {missing[0]} is missing: {self.summary()}")
        rows = {field.name: field.row(given[field.name]) for field in self.fields}
        for name, row in rows.items():
            if any(abs(x) > LARGEST for x in row):
                raise InputError(f"{name} cannot be {given[name]!r}: far from the training data")
        return np.array([x for row in rows.values() for x in row], np.float32)

    def hypotheses(self, name: str, given: Mapping[str, Label]) -> Hypotheses:
        """All levels of one label, with the others as `given`, else as in the training data.

        Raises InputError for a label without levels, for an impossible value, and where a label
        is missing whose combinations with the others are unknown.
        """
        field = self.field(name)
        if not field.levels:
            raise InputError(f"{name} cannot be inferred from a text, as it has no levels: give it")
        missing = [n for n in self.names if n != name and n not in given]
        if missing:
            ways = list(self._seen(name, given))
        else:
            ways = [({**given, name: level}, 1) for level in field.levels]
        if not ways:
            raise InputError(
                f"the label {missing[0]} must be given, because its usual values are not known: "
                f"{self.summary()}"
            )
        levels = np.array([field.level(values[name]) for values, _ in ways])
        weights = np.array([count for _, count in ways], float)
        vectors = np.stack([self.encode(values) for values, _ in ways])
        return Hypotheses(vectors, levels, np.log(weights / np.bincount(levels, weights)[levels]))

    def _seen(
        self, name: str, given: Mapping[str, Label]
    ) -> Iterator[tuple[Mapping[str, Label], int]]:
        """The combinations that agree with `given` in all labels but `name`, with their counts."""
        known = [(self.field(n), value) for n, value in given.items() if n != name]
        places = {self.fields.index(f): f.level(value) for f, value in known if f.levels}
        for levels, count in self.combinations.match(places):
            values = self._values(levels)
            yield {**values, **given, name: values[name]}, count

    def _values(self, levels: Sequence[int]) -> dict[str, Label]:
        """The values of a combination of levels, by name."""
        pairs = zip(self.fields, levels, strict=True)
        return {field.name: field.levels[level] for field, level in pairs}

    def summary(self) -> str:
        """All labels and their possible values, for messages."""
        if not self.fields:
            return "this model has no labels"
        return "the labels are " + ", ".join(field.summary() for field in self.fields)


def _levels(field: Field, column: Sequence[str]) -> list[int]:
    """The level of each value of a column."""
    known = {value: field.level(value) for value in set(column)}
    return [known[value] for value in column]

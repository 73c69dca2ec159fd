"""The combinations of labels in the training data, and their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast, final

from reverie.codecs.values import check_fields, damaged_description

MOST = 2000
"""The most combinations that are kept."""


@final
@dataclass(frozen=True)
class LabelCombinations:
    """Combinations of one level of each label, and the count of each in the training data."""

    levels: tuple[tuple[int, ...], ...] = ()
    counts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.levels) != len(self.counts) or not all(
            isinstance(n, int) for row in (*self.levels, self.counts) for n in row
        ):
            raise damaged_description(
                "labels", "their combinations are not numbers, with a count for each"
            )

    @classmethod
    def learn(cls, rows: Iterable[tuple[int, ...]]) -> Self:
        """The combinations of rows, the most frequent first; none where there are too many."""
        found = Counter(rows).most_common(MOST + 1)
        if len(found) > MOST:
            return cls()
        return cls(tuple(levels for levels, _ in found), tuple(count for _, count in found))

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Self:
        """The combinations of a description. InputError where the description is damaged."""
        types: Any = {"levels": list, "counts": list}
        levels, counts = cast(tuple[Any, Any], check_fields(description, **types))
        if not all(isinstance(row, list) for row in levels):
            raise damaged_description("labels", "a combination is not a list")
        return cls(tuple(map(tuple, levels)), tuple(counts))

    def describe(self) -> dict[str, object]:
        """A description for JSON."""
        levels = list(map(list, self.levels))
        return {"kind": "together", "levels": levels, "counts": list(self.counts)}

    def match(self, known: Mapping[int, int]) -> Iterator[tuple[Sequence[int], int]]:
        """The combinations that have the `known` levels (label to level), with their counts."""
        for levels, count in zip(self.levels, self.counts, strict=True):
            if all(levels[place] == level for place, level in known.items()):
                yield levels, count

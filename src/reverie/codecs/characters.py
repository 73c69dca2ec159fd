"""Text as its Unicode characters."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self, cast, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.decoding import Decoder, PlainDecoder
from reverie.codecs.unknown import Unknown, character_name, check_policy, unknown_symbols
from reverie.codecs.values import Values, check_fields, check_values, damaged_description
from reverie.errors import InputError

CODE_POINTS = 0x110000


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """The code points (T,) of `text`, surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def count_characters(chunks: Iterable[str]) -> npt.NDArray[np.int64]:
    """The count of each code point in a text, (0x110000,)."""
    counts = np.zeros(CODE_POINTS, np.int64)
    for chunk in chunks:
        seen = np.bincount(code_points(chunk))
        counts[: len(seen)] += seen
    return counts


@final
@dataclass(frozen=True)
class Characters:
    """Text over an alphabet: one symbol per character (code point), in the order of code points.

    Nothing is normalised: a letter and its combining accent are two symbols.
    `replacement` is the character that the policy 'replace' writes.
    """

    alphabet: str
    replacement: str

    def __post_init__(self) -> None:
        points = code_points(self.alphabet)
        if not len(points) or np.any(np.diff(points.astype(np.int64)) <= 0):
            raise damaged_description(
                "characters", "the alphabet is not in the order of code points"
            )
        if np.any((points >= 0xD800) & (points < 0xE000)):
            raise damaged_description("characters", "the alphabet has surrogates")
        if len(self.replacement) != 1 or self.replacement not in self.alphabet:
            raise damaged_description(
                "characters", "the replacement is not one character of the alphabet"
            )

    @property
    def size(self) -> int:
        """V, the number of symbols."""
        return len(self.alphabet)

    @classmethod
    def learn(
        cls, chunks: Iterable[str], *, max_size: int | None = None, min_count: int = 1
    ) -> Self:
        """The alphabet of a text: characters that occur at least `min_count` times, and of
        those the `max_size` most frequent (ties: the lower code point). The replacement is
        the blank if it is in the alphabet, else the most frequent character.

        Raises InputError for a text without characters or with surrogates.
        """
        counts = count_characters(chunks)
        if np.any(counts[0xD800:0xE000]):
            half = chr(0xD800 + int(np.argmax(counts[0xD800:0xE000] > 0)))
            raise InputError(
                f"the text holds {character_name(half)}, which a file cannot hold: clean the text"
            )
        points = np.flatnonzero(counts >= max(min_count, 1))
        points = points[np.argsort(-counts[points], kind="stable")][:max_size]
        if not len(points):
            raise InputError(
                f"the text has no character that occurs {max(min_count, 1)} times or more: "
                "give more text"
            )
        alphabet = "".join(map(chr, np.sort(points)))
        return cls(alphabet, " " if " " in alphabet else chr(points[0]))

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        alphabet, replacement = check_fields(description, alphabet=str, replacement=str)
        return cls(cast(str, alphabet), cast(str, replacement))

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {
            "kind": "characters",
            "alphabet": self.alphabet,
            "replacement": self.replacement,
        }

    def symbols(self) -> list[str]:
        """The characters, by value."""
        return list(self.alphabet)

    def units(self, chunks: Iterable[str]) -> Iterator[str]:
        """The same text in pieces that do not cut a symbol in two."""
        return iter(chunks)

    def encode(self, text: str, unknown: Unknown = "error", *, offset: int = 0) -> Values:
        """The values (T,) of `text`. Error messages count positions from `offset`.

        Raises InputError for unknown symbols under the policy "error"."""
        check_policy(unknown)
        points = code_points(text)
        values = self._table[np.minimum(points, len(self._table) - 1)]
        missing = values < 0
        if not missing.any():
            return values
        if unknown == "error":
            where = np.flatnonzero(missing)
            found = ((character_name(text[i]), offset + int(i)) for i in where)
            raise unknown_symbols(found, self.replacement)
        if unknown == "skip":
            return values[~missing]
        return np.where(missing, np.int32(self.alphabet.index(self.replacement)), values)

    def decode(self, values: npt.ArrayLike) -> str:
        """The text of `values`, (T,)."""
        points = code_points(self.alphabet)[check_values(values, self.size)]
        return points.astype("<u4").tobytes().decode("utf-32-le")

    def decoder(self) -> Decoder:
        """An incremental decoder."""
        return PlainDecoder(self.decode)

    @cached_property
    def _table(self) -> Values:
        """The value of each code point, -1 where unknown; the last entry is for all above."""
        table = np.full(ord(self.alphabet[-1]) + 2, -1, np.int32)
        table[code_points(self.alphabet)] = np.arange(self.size)
        return table

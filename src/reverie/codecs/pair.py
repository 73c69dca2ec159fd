"""Codec of pairs of lines: source and target, each in its own symbols."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast, final

import numpy.typing as npt

from reverie.codecs.text import TextCodec, Unknown, codec_from
from reverie.codecs.values import Values, check_fields
from reverie.errors import InputError

END = "\n"
"""The end of a line on either side, and the symbol that ends a translation."""


@final
@dataclass(frozen=True)
class Pair:
    """The codecs of source and target; both have a symbol for the end of a line.

    Raises InputError where the target has none.
    """

    source: TextCodec
    target: TextCodec

    def __post_init__(self) -> None:
        if len(self.target.encode(END, "skip")) != 1:
            raise InputError(
                "the symbols of the target have none for the end of a line: learn them again"
            )

    @property
    def end(self) -> int:
        """The target's symbol for the end of a line."""
        return int(self.target.encode(END)[0])

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        source, target = cast(tuple[Any, Any], check_fields(description, source=dict, target=dict))
        return cls(codec_from(source), codec_from(target))

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {
            "kind": "pair",
            "source": self.source.describe(),
            "target": self.target.describe(),
        }

    def encode(self, pair: tuple[str, str], unknown: Unknown = "error") -> tuple[Values, Values]:
        """The values (S,) and (T,) of both sides, each with the end of its line."""
        source, target = pair
        return self.encode_source(source, unknown), self.target.encode(target + END, unknown)

    def encode_source(self, source: str, unknown: Unknown = "error") -> Values:
        """The values (S,) of a source, with the end of its line."""
        return self.source.encode(source + END, unknown)

    def copy_table(self) -> tuple[int, ...]:
        """For each symbol of the source, the value of the same symbol in the target, or -1."""
        values = {symbol: value for value, symbol in enumerate(self.target.symbols())}
        return tuple(values.get(symbol, -1) for symbol in self.source.symbols())

    def decode_target(self, values: npt.ArrayLike) -> str:
        """The text of a target's values, without the end of its line."""
        return self.target.decode(values).removesuffix(END)


def end_lines(texts: Iterable[str]) -> Iterable[str]:
    """Texts as lines with their ends, from which the codec of one side is learned."""
    return (text + END for text in texts)

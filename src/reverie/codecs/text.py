"""The codecs of text, and the one of a description."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import numpy.typing as npt

from reverie.codecs.abc_notes import ABCNotes
from reverie.codecs.bytes import Bytes
from reverie.codecs.characters import Characters
from reverie.codecs.decoding import Decoder
from reverie.codecs.pieces import Pieces
from reverie.codecs.unknown import Unknown
from reverie.codecs.values import Values
from reverie.codecs.words import Words
from reverie.errors import InputError

__all__ = [
    "ABCNotes",
    "Bytes",
    "Characters",
    "Decoder",
    "Pieces",
    "TextCodec",
    "Unknown",
    "Words",
    "codec_from",
]


class TextCodec(Protocol):
    """Encodes text as a sequence of V symbols, the integers 0 to V-1, and decodes it."""

    @property
    def size(self) -> int:
        """V, the number of symbols."""

    def encode(self, text: str, unknown: Unknown = "error", *, offset: int = 0) -> Values:
        """The values (T,) of `text`. Error messages count positions from `offset`.

        Raises InputError for unknown symbols under the policy "error"."""

    def units(self, chunks: Iterable[str]) -> Iterator[str]:
        """The same text in pieces that do not cut a symbol in two: their encodings, joined, are the
        encoding of the text."""

    def decode(self, values: npt.ArrayLike) -> str:
        """The text of `values`, (T,)."""

    def decoder(self) -> Decoder:
        """An incremental decoder."""

    def symbols(self) -> list[str]:
        """The name of each value."""

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""


def codec_from(
    description: Mapping[str, object],
) -> ABCNotes | Bytes | Characters | Words | Pieces:
    """The codec of a description.

    Raises InputError for an unknown kind and for a damaged description.
    """
    kind = description.get("kind") if isinstance(description, Mapping) else None
    match kind:
        case "abc":
            return ABCNotes.from_description(description)
        case "bytes":
            return Bytes.from_description(description)
        case "characters":
            return Characters.from_description(description)
        case "words":
            return Words.from_description(description)
        case "pieces":
            return Pieces.from_description(description)
    raise InputError(
        f"{kind!r} is not a kind of text codec: use 'abc', 'bytes', 'characters', 'words' or "
        "'pieces'"
    )

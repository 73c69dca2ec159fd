"""The media for text, and how to rebuild one from its description."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import numpy.typing as npt

from reverie.codecs.bytes import Bytes
from reverie.codecs.characters import Characters
from reverie.codecs.decoding import Decoder
from reverie.codecs.pieces import Pieces
from reverie.codecs.unknown import Unknown
from reverie.codecs.values import Values
from reverie.codecs.words import Words
from reverie.errors import InputError

__all__ = [
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
    """Stands between text and sequences of V symbols, the integers 0 to V-1."""

    @property
    def size(self) -> int:
        """V, the number of symbols."""

    def encode(self, text: str, unknown: Unknown = "error", *, offset: int = 0) -> Values:
        """The values (T,) of `text`, which begins at position `offset` of what error messages
        call the text. InputError for unknown symbols, unless the policy is another."""

    def units(self, chunks: Iterable[str]) -> Iterator[str]:
        """The same text, cut where no symbol is cut in two, so that encoding the units one by
        one equals encoding the whole."""

    def decode(self, values: npt.ArrayLike) -> str:
        """The text of `values`, (T,)."""

    def decoder(self) -> Decoder:
        """A decoder for values that arrive in pieces."""

    def symbols(self) -> list[str]:
        """What people call each value."""

    def describe(self) -> dict[str, object]:
        """A description, fit for JSON, that is enough to rebuild the medium."""


def codec_from(description: Mapping[str, object]) -> Bytes | Characters | Words | Pieces:
    """The medium that its `describe` described.

    Raises InputError for an unknown kind and for a description that was changed.
    """
    kind = description.get("kind") if isinstance(description, Mapping) else None
    match kind:
        case "bytes":
            return Bytes.from_description(description)
        case "characters":
            return Characters.from_description(description)
        case "words":
            return Words.from_description(description)
        case "pieces":
            return Pieces.from_description(description)
    raise InputError(
        f"{kind!r} is no kind of text medium: it must be 'bytes', 'characters', 'words' or 'pieces'"
    )

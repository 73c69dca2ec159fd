"""The media for text, and how to rebuild one from its description."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import numpy.typing as npt

from reverie.errors import InputError
from reverie.media.characters import Characters
from reverie.media.decoding import Decoder
from reverie.media.octets import Bytes
from reverie.media.pieces import Pieces
from reverie.media.unknown import Unknown
from reverie.media.values import Values
from reverie.media.words import Words

__all__ = [
    "Bytes",
    "Characters",
    "Decoder",
    "Pieces",
    "TextMedium",
    "Unknown",
    "Words",
    "medium_from",
]


class TextMedium(Protocol):
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

    def render(self, values: npt.ArrayLike, path: str | Path) -> None:
        """Write the text of `values` to the file `path`."""

    def symbols(self) -> list[str]:
        """What people call each value."""

    def describe(self) -> dict[str, object]:
        """A description, fit for JSON, that is enough to rebuild the medium."""


def medium_from(description: Mapping[str, object]) -> Bytes | Characters | Words | Pieces:
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

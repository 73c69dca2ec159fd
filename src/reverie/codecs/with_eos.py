"""Codec of texts that end: one more symbol marks the end of the text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from reverie.codecs.decoding import Decoder
from reverie.codecs.text import TextCodec
from reverie.codecs.unknown import Unknown
from reverie.codecs.values import Values


@final
@dataclass(frozen=True)
class WithEOS:
    """The symbols of a text codec, and after them the end-of-text symbol.

    The end is not a character: a text may have line breaks and any other character, and a codec
    that was learned without ends can be used.
    """

    text: TextCodec

    @property
    def size(self) -> int:
        """V, the number of symbols including the end of text."""
        return self.text.size + 1

    @property
    def end(self) -> int:
        """The end-of-text symbol: the last value."""
        return self.text.size

    def encode(self, text: str, unknown: Unknown = "error", *, offset: int = 0) -> Values:
        """The values (T,) of a text, without the end."""
        return self.text.encode(text, unknown, offset=offset)

    def encode_with_end(self, text: str, unknown: Unknown = "error") -> Values:
        """The values (T,) of a text and of its end."""
        return np.append(self.text.encode(text, unknown), np.int32(self.end))

    def units(self, chunks: Iterable[str]) -> Iterator[str]:
        """The same text in pieces that do not cut a symbol in two."""
        return self.text.units(chunks)

    def decode(self, values: npt.ArrayLike) -> str:
        """The text of `values`, (T,), without ends."""
        return self.text.decode(self._without_ends(values))

    def decoder(self) -> Decoder:
        """An incremental decoder."""
        return WithEOSDecoder(self)

    def symbols(self) -> list[str]:
        """The name of each value."""
        return [*self.text.symbols(), "end of text"]

    def describe(self) -> dict[str, object]:
        """A description for JSON."""
        return {"kind": "ended", "text": self.text.describe()}

    def _without_ends(self, values: npt.ArrayLike) -> npt.NDArray[np.integer]:
        array = np.asarray(values)
        return array[array != self.end]


class WithEOSDecoder:
    """The incremental decoder of the text; it skips ends."""

    def __init__(self, codec: WithEOS) -> None:
        self._codec, self._inner = codec, codec.text.decoder()

    def feed(self, values: npt.ArrayLike) -> str:
        return self._inner.feed(self._codec._without_ends(values))

    def flush(self) -> str:
        return self._inner.flush()

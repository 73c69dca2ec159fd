"""Texts that end: one symbol more, which no text can hold, says that nothing follows."""

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
    """The symbols of a text medium, and behind them that of the end.

    The end is no character: line breaks and whatever else a text may hold survive, and a medium
    that was learned without ends need not be learned again.
    """

    text: TextCodec

    @property
    def size(self) -> int:
        """V, the number of symbols with the end."""
        return self.text.size + 1

    @property
    def end(self) -> int:
        """The symbol of the end: the last."""
        return self.text.size

    def encode(self, text: str, unknown: Unknown = "error", *, offset: int = 0) -> Values:
        """The values (T,) of a text that may go on."""
        return self.text.encode(text, unknown, offset=offset)

    def encode_with_end(self, text: str, unknown: Unknown = "error") -> Values:
        """The values (T,) of a text and of its end."""
        return np.append(self.text.encode(text, unknown), np.int32(self.end))

    def units(self, chunks: Iterable[str]) -> Iterator[str]:
        """The same text, cut where no symbol is cut in two."""
        return self.text.units(chunks)

    def decode(self, values: npt.ArrayLike) -> str:
        """The text of `values`, (T,), without ends."""
        return self.text.decode(self._without_ends(values))

    def decoder(self) -> Decoder:
        """A decoder for values that arrive in pieces."""
        return WithEOSDecoder(self)

    def symbols(self) -> list[str]:
        """What people call each value."""
        return [*self.text.symbols(), "end of text"]

    def describe(self) -> dict[str, object]:
        """A description, fit for JSON."""
        return {"kind": "ended", "text": self.text.describe()}

    def _without_ends(self, values: npt.ArrayLike) -> npt.NDArray[np.integer]:
        array = np.asarray(values)
        return array[array != self.end]


class WithEOSDecoder:
    """The decoder of the text, to which ends are nothing."""

    def __init__(self, codec: WithEOS) -> None:
        self._medium, self._inner = codec, codec.text.decoder()

    def feed(self, values: npt.ArrayLike) -> str:
        return self._inner.feed(self._medium._without_ends(values))

    def flush(self) -> str:
        return self._inner.flush()

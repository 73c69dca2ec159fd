"""Text as the bytes of its UTF-8 form."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.decoding import Decoder, Utf8Decoder
from reverie.codecs.unknown import Unknown, apply_policy
from reverie.codecs.values import Values, check_fields, check_values

SURROGATE = re.compile("[\ud800-\udfff]")


@final
@dataclass(frozen=True)
class Bytes:
    """Any text, in 256 symbols: the bytes of UTF-8.

    Only surrogates (halves of characters) are unknown, because UTF-8 cannot encode them; they are
    replaced by a blank. Bytes that are not UTF-8 decode to U+FFFD.
    """

    @property
    def size(self) -> int:
        """V, the number of symbols."""
        return 256

    @classmethod
    def learn(cls, chunks: Iterable[str]) -> Self:
        """The codec; nothing is learned from `chunks`."""
        return cls()

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        check_fields(description)
        return cls()

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {"kind": "bytes"}

    def symbols(self) -> list[str]:
        """A name for each value: the printable ASCII character, or `\\xNN`."""
        return [chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in range(256)]

    def units(self, chunks: Iterable[str]) -> Iterator[str]:
        """The same text in pieces that do not cut a symbol in two."""
        return iter(chunks)

    def encode(self, text: str, unknown: Unknown = "error", *, offset: int = 0) -> Values:
        """The values (T,) of `text`. Error messages count positions from `offset`.

        Raises InputError for unknown symbols under the policy "error"."""
        text = apply_policy(SURROGATE, text, unknown, offset)
        return np.frombuffer(text.encode(), np.uint8).astype(np.int32)

    def decode(self, values: npt.ArrayLike) -> str:
        """The text of `values`, (T,)."""
        return self._as_bytes(values).decode(errors="replace")

    def decoder(self) -> Decoder:
        """An incremental decoder."""
        return Utf8Decoder(self._as_bytes)

    def _as_bytes(self, values: npt.ArrayLike) -> bytes:
        return check_values(values, self.size).astype(np.uint8).tobytes()

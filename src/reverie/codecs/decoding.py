"""Incremental decoders: symbols to text, piece by piece."""

import codecs
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Decoder(Protocol):
    """Text from symbols that arrive in pieces. The results of all `feed`s and of `flush`, joined,
    are the text of all symbols at once."""

    def feed(self, values: npt.ArrayLike) -> str:
        """The text that `values`, (T,), complete."""

    def flush(self) -> str:
        """The rest of the text; the decoder can then be used again."""


def decode_pieces(decoder: Decoder, values: npt.NDArray[np.integer[Any]]) -> list[str]:
    """The text that each value adds: empty where a character is not complete yet."""
    pieces = [decoder.feed(values[t : t + 1]) for t in range(len(values))]
    return [*pieces[:-1], *(last + decoder.flush() for last in pieces[-1:])]


class PlainDecoder:
    """Decodes symbols that do not depend on each other: nothing is held back."""

    def __init__(self, decode: Callable[[npt.ArrayLike], str]) -> None:
        self._decode = decode

    def feed(self, values: npt.ArrayLike) -> str:
        return self._decode(values)

    def flush(self) -> str:
        return ""


class Utf8Decoder:
    """Decodes symbols that stand for bytes: holds back the bytes of an incomplete character.

    Bytes that are not UTF-8 become U+FFFD.
    """

    def __init__(self, as_bytes: Callable[[npt.ArrayLike], bytes]) -> None:
        self._as_bytes = as_bytes
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, values: npt.ArrayLike) -> str:
        return self._utf8.decode(self._as_bytes(values))

    def flush(self) -> str:
        text = self._utf8.decode(b"", final=True)
        self._utf8.reset()
        return text


class WordDecoder:
    """Decodes words, with a blank between two words of a line."""

    def __init__(self, words: Callable[[npt.ArrayLike], list[str]], end_of_line: str) -> None:
        self._words = words
        self._end_of_line = end_of_line
        self._line_begins = True

    def feed(self, values: npt.ArrayLike) -> str:
        parts = []
        for word in self._words(values):
            ends = word == self._end_of_line
            parts.append("\n" if ends else word if self._line_begins else f" {word}")
            self._line_begins = ends
        return "".join(parts)

    def flush(self) -> str:
        self._line_begins = True
        return ""

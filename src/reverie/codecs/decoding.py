"""Decoders that turn symbols into text as they arrive."""

import codecs
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Decoder(Protocol):
    """Text from symbols that arrive in pieces: all `feed`s and the `flush` joined equal
    the decoding of the whole."""

    def feed(self, values: npt.ArrayLike) -> str:
        """The text that is certain now that `values`, (T,), have arrived as well."""

    def flush(self) -> str:
        """What is left at the end."""


def decode_pieces(decoder: Decoder, values: npt.NDArray[np.integer[Any]]) -> list[str]:
    """What each value adds to the text: nothing, where a character is not yet whole."""
    pieces = [decoder.feed(values[t : t + 1]) for t in range(len(values))]
    return [*pieces[:-1], *(last + decoder.flush() for last in pieces[-1:])]


class PlainDecoder:
    """Decodes symbols that stand for themselves: nothing is held back."""

    def __init__(self, decode: Callable[[npt.ArrayLike], str]) -> None:
        self._decode = decode

    def feed(self, values: npt.ArrayLike) -> str:
        return self._decode(values)

    def flush(self) -> str:
        return ""


class Utf8Decoder:
    """Decodes symbols that stand for bytes: holds back what is not yet a whole character.

    Bytes that can never become a character turn into U+FFFD.
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
    """Decodes words: a blank between two words of a line, none at its ends."""

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

"""Equal letters in other code points: text as a codec knows it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from reverie.codecs.text import Pieces, TextCodec
from reverie.codecs.with_eos import WithEOS

STRETCH = re.compile(r"\s+|\S+")
JOINERS = "\u200c\u200d"
"""They cannot be seen, but letters and emoji around them look different."""


def respell(codec: TextCodec, text: str) -> tuple[str, list[str]]:
    """A text in symbols that a codec knows, and the names of the `FORMS` that this took.

    Each stretch with or without white space stays as it is if it is known; else it takes, one after
    the other, the forms that leave fewer unknown symbols. Nothing is changed for a codec of bytes,
    which knows them all.
    """
    if not _unknown(codec, text):
        return text, []
    known: dict[str, str] = {}
    used: set[str] = set()
    for stretch in dict.fromkeys(STRETCH.findall(text)):
        best, left = stretch, _unknown(codec, stretch)
        for name, form in FORMS.items():
            if left and (count := _unknown(codec, form(best))) < left:
                best, left = form(best), count
                used.add(name)
        known[stretch] = best
    return STRETCH.sub(lambda found: known[found[0]], text), [
        name for name in FORMS if name in used
    ]


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _decompose(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _plain_spaces(text: str) -> str:
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)


def _drop_invisible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) != "Cf" or c in JOINERS)


FORMS: dict[str, Callable[[str], str]] = {
    "NFC (accents composed)": _compose,
    "NFD (accents apart)": _decompose,
    "plain spaces": _plain_spaces,
    "without invisible characters": _drop_invisible,
}
"""What is tried, in this order, by its name in messages."""


def _unknown(codec: TextCodec, text: str) -> int:
    """The number of symbols of a text that a codec does not know, or only byte by byte."""
    if isinstance(codec, WithEOS):
        return _unknown(codec.text, text)
    if isinstance(codec, Pieces):
        return codec.count_bytes(text)
    return len(codec.encode(text, "replace")) - len(codec.encode(text, "skip"))

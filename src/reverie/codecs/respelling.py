"""Equal letters in other code points: text as a codec knows it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from reverie.codecs.text import Pieces, TextCodec
from reverie.codecs.with_eos import WithEOS

STRETCH = re.compile(r"\s+|\S+")
FORMS = "NFC (accents composed)", "NFD (accents apart)", "plain spaces"
"""The forms that are tried, in this order, for messages."""


def respell(codec: TextCodec, text: str) -> tuple[str, list[str]]:
    """A text in symbols that a codec knows, and the `FORMS` that this took.

    Each stretch with or without white space stays as it is if it is known; else it takes the form
    with the fewest unknown symbols: NFC, NFD, or with plain spaces in place of no-break and other
    ones. Nothing else is changed, and nothing for a codec of bytes, which knows them all.
    """
    if not _unknown(codec, text):
        return text, []
    taken: dict[str, str] = {}
    used: set[str] = set()
    for stretch in dict.fromkeys(STRETCH.findall(text)):
        if (count := _unknown(codec, stretch)) > 0:
            candidates = [(_unknown(codec, form), form, name) for form, name in _forms(stretch)]
            least, form, name = min(candidates, key=lambda candidate: candidate[0])
            if least < count:
                taken[stretch] = form
                used.add(name)
    text = STRETCH.sub(lambda found: taken.get(found[0], found[0]), text)
    return text, [name for name in FORMS if name in used]


def _forms(stretch: str) -> Iterator[tuple[str, str]]:
    composed, apart, plain = FORMS
    yield unicodedata.normalize("NFC", stretch), composed
    yield unicodedata.normalize("NFD", stretch), apart
    spaces = (" " if unicodedata.category(c) == "Zs" else c for c in stretch)
    yield "".join(spaces), plain


def _unknown(codec: TextCodec, text: str) -> int:
    """The number of symbols of a text that a codec does not know, or only byte by byte."""
    if isinstance(codec, WithEOS):
        return _unknown(codec.text, text)
    if isinstance(codec, Pieces):
        return codec.count_bytes(text)
    return len(codec.encode(text, "replace")) - len(codec.encode(text, "skip"))

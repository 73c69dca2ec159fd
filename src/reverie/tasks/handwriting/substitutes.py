"""Substitutes for unknown characters."""

import unicodedata
from collections.abc import Container

PLAIN = {
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "\N{LATIN SMALL LETTER SHARP S}": "ss",
    "\N{LATIN SMALL LETTER AE}": "ae",
    "\N{LATIN CAPITAL LETTER AE}": "Ae",
    "\N{LATIN SMALL LETTER O WITH STROKE}": "o",
    "\N{LATIN CAPITAL LETTER O WITH STROKE}": "O",
    "\N{LATIN SMALL LETTER L WITH STROKE}": "l",
    "\t": " ",
    "[": "(",
    "]": ")",
    "{": "(",
    "}": ")",
    "`": "'",
    "_": "-",
}


def nearest(character: str, known: Container[str]) -> str | None:
    """The known characters closest to an unknown one; none where there are none."""
    plain = unicodedata.normalize("NFKD", character)
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    for candidate in (PLAIN.get(character), bare, PLAIN.get(bare), character.swapcase()):
        if candidate and candidate != character and all(c in known for c in candidate):
            return candidate
    return None

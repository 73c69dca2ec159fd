"""Policies for symbols that a codec does not know."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, get_args

from reverie.errors import InputError

Unknown = Literal["error", "skip", "replace"]
"""The policies: refuse the text, skip the symbol, or replace it."""

LISTED = 5
"""The most symbols that an error message lists."""


def check_policy(unknown: str) -> None:
    """InputError unless `unknown` is one of the policies."""
    if unknown not in get_args(Unknown):
        raise InputError(
            f"unknown={unknown!r} is not a policy for unknown symbols: "
            "use 'error', 'skip' or 'replace'"
        )


def apply_policy(pattern: re.Pattern[str], text: str, unknown: Unknown, offset: int) -> str:
    """A text whose matches of `pattern` are treated by a policy; "replace" writes a blank.

    Raises InputError under the policy "error", with positions from `offset`.
    """
    check_policy(unknown)
    if not pattern.search(text):
        return text
    if unknown == "error":
        matches = pattern.finditer(text)
        raise unknown_symbols(((character_name(m[0]), offset + m.start()) for m in matches), " ")
    return pattern.sub("" if unknown == "skip" else " ", text)


def character_name(character: str) -> str:
    """A character with its code point and its Unicode name, for messages."""
    point = f"U+{ord(character):04X}"
    if 0xD800 <= ord(character) <= 0xDFFF:
        return f"{character!a} ({point} surrogate, half a character)"
    name = unicodedata.name(character, "") or _control_names.get(character, "no name")
    return f"{character!r} ({point} {name})"


_control_names = {
    "\0": "NULL",
    "\t": "TAB",
    "\n": "LINE FEED",
    "\r": "CARRIAGE RETURN",
    "\x0b": "LINE TABULATION",
    "\x0c": "FORM FEED",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
}


def unknown_symbols(found: Iterable[tuple[str, int]], replacement: str) -> InputError:
    """The error for unknown symbols.

    `found` pairs the name of each symbol with its position in the text, in order of position;
    `replacement` is what the policy 'replace' would write.
    """
    first: dict[str, int] = {}
    for name, position in found:
        first.setdefault(name, position)
    listed = ", ".join(f"{name} at position {at}" for name, at in list(first.items())[:LISTED])
    more = f" and {len(first) - LISTED} more" if len(first) > LISTED else ""
    return InputError(
        f"the text has symbols that the codec does not know: {listed}{more}; leave them out "
        f"(--unknown skip), or have {replacement!r} instead (--unknown replace)"
    )

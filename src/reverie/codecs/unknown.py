"""What to do with symbols that a medium does not know."""

import unicodedata
from collections.abc import Iterable
from typing import Literal, get_args

from reverie.errors import InputError

Unknown = Literal["error", "skip", "replace"]
"""The policies: refuse the text, leave the symbol out, or write the stated replacement."""

SHOWN = 5


def check_policy(unknown: str) -> None:
    """InputError unless `unknown` is one of the policies."""
    if unknown not in get_args(Unknown):
        raise InputError(
            f"unknown={unknown!r} is no policy for unknown symbols: "
            "use 'error', 'skip' or 'replace'"
        )


def character_name(character: str) -> str:
    """A character as people can look it up: itself, its code point and its Unicode name."""
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
    listed = ", ".join(f"{name} at position {at}" for name, at in list(first.items())[:SHOWN])
    more = f" and {len(first) - SHOWN} more" if len(first) > SHOWN else ""
    return InputError(
        f"the text has symbols that the medium does not know: {listed}{more}; "
        f"the policy 'skip' leaves them out and 'replace' writes {replacement!r} instead"
    )

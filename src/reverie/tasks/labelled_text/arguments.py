"""Labels as they are written on a command line."""

from __future__ import annotations

from collections.abc import Iterable

from reverie.errors import InputError


def named_values(written: Iterable[str]) -> dict[str, str]:
    """`["rating=5", "style=IPA"]` as names and values. InputError for another form."""
    found: dict[str, str] = {}
    for text in written:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise InputError(f"{text!r} is no label: write NAME=VALUE, such as rating=5")
        if name in found:
            raise InputError(f"the label {name} is given twice: give it once")
        found[name] = value
    return found

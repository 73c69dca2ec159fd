"""Styles: traces after which one writes on. Those that ship were drawn by the model itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats.ink_files import read_inks

STYLES = Path(__file__).parents[1] / "models" / "styles.json"


def read_style(name: str) -> Ink:
    """A style that ships, by its number, or the first ink of a file.

    Raises InputError for a number that there is not, and for a file that holds no ink.
    """
    if not name.isdigit():
        return read_inks(name)[0]
    known = shipped_styles()
    if not 1 <= int(name) <= len(known):
        raise InputError(f"there is no style {name}: they are 1 to {len(known)}, or name a trace")
    return known[int(name) - 1]


@cache
def shipped_styles() -> list[Ink]:
    """The traces that come with the package. InputError where they were left out."""
    if not STYLES.exists():
        raise InputError("this installation came without its styles: name a trace instead")
    return read_inks(STYLES)

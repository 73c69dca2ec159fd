"""Styles: inks that a model continues. Those that ship were sampled from the model itself."""

from __future__ import annotations

from functools import cache

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats.ink_files import read_file, read_inks
from reverie.formats.opening import InkFile
from reverie.header import MODELS

STYLES = MODELS / "styles.json"


def read_style(name: str) -> InkFile:
    """A style that ships, by its number from 1 on, or a file, of which the first ink is the style.

    Raises InputError for another number, and for a file without ink.
    """
    if not (name.isascii() and name.isdigit() and len(name) < 10):
        return read_file(name)
    known = shipped_styles()
    if not 1 <= int(name) <= len(known):
        raise InputError(f"there is no style {name}: use 1 to {len(known)}, or name a file of ink")
    return InkFile([known[int(name) - 1]])


@cache
def shipped_styles() -> list[Ink]:
    """The styles that ship with the package. InputError where they are missing."""
    if not STYLES.exists():
        raise InputError("this installation has no styles: name a file of ink instead")
    return read_inks(STYLES)

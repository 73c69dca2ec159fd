"""The names of notes in a key: which of F sharp and G flat a pitch is."""

from __future__ import annotations

from typing import NamedTuple

from reverie.errors import InputError

FIFTHS = "FCGDAEB"
"""The letters, each a fifth above the one before: sharps come in this order, flats from its end."""
MOST = 7
"""The most sharps or flats of a key signature."""


class NoteName(NamedTuple):
    """The name of a note."""

    letter: str
    alter: int
    """Its sharps, or less than 0 its flats."""
    octave: int
    """That of middle C is 4."""


def name_of(pitch: int, sharps: int) -> NoteName:
    """How a pitch is spelled in a key with so many sharps; less than 0 are flats.

    Of the names in a line of fifths, the twelve that are around those of the key are used: in
    C major and A minor these are from E flat to G sharp.
    """
    lowest = sharps - 3
    place = lowest + (7 * pitch - lowest) % 12 + 1
    alter = place // 7
    return NoteName(FIFTHS[place % 7], alter, (pitch - alter) // 12 - 1)


def signature(sharps: int) -> dict[str, int]:
    """The alteration of each letter. InputError for more than 7 sharps or flats."""
    if abs(sharps) > MOST:
        raise InputError(f"{sharps} sharps are no key signature: give a number from -7 to 7")
    return {letter: (sharps + MOST - 1 - n) // 7 for n, letter in enumerate(FIFTHS)}

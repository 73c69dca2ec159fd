"""How pieces in voices close: what is drawn several times is chosen by it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reverie.codecs.voices import REST, Symbols, VoiceGrid, Voices
from reverie.data.music.keys import key_of

THIRDS = {3, 4}
"""Semitones above a root: minor and major."""
FIFTH = 7


class Closure(NamedTuple):
    """How well a piece closes; greater is better, what stands first counts first."""

    in_its_key: bool
    """The last chord is that of its tonic: major, or minor as the key is."""
    phrases: float
    """The part of the phrases that end on a major or minor chord."""


def closure(codec: Voices, grid: VoiceGrid) -> Closure:
    """How a piece closes, whose phrases end where fermatas begin."""
    key = key_of(codec.decode(grid.symbols))
    ends = np.flatnonzero(np.diff(grid.held.astype(int), prepend=0) == 1).tolist()
    roots = [root_of(chord_at(codec, grid.symbols, step)) for step in ends]
    last = chord_at(codec, grid.symbols, len(grid.symbols) - 1) if len(grid.symbols) else set()
    major_third = (key.tonic + 4) % 12 in {pitch % 12 for pitch in last}
    # A piece in minor may end on a major third; one in major never on a minor one.
    closes = root_of(last) == key.tonic and (key.minor or major_third)
    whole = [root is not None for root in roots]
    return Closure(closes, sum(whole) / len(whole) if whole else 1.0)


def chord_at(codec: Voices, symbols: Symbols, step: int) -> set[int]:
    """The pitches that sound in a step."""
    return {codec.pitch(symbol) for symbol in symbols[step].tolist() if symbol != REST}


def root_of(chord: set[int]) -> int | None:
    """The root, from 0 for C, of a major or minor chord whose lowest note it is, or its third.

    The fifth may be left out; one note alone is a root. None for every other chord.
    """
    classes = {pitch % 12 for pitch in chord}
    bass = min(chord, default=0) % 12
    for root in sorted(classes, key=lambda c: c != bass):
        above = {(c - root) % 12 for c in classes} - {0}
        whole = above <= THIRDS | {FIFTH} and len(above & THIRDS) == 1
        if whole and (bass - root) % 12 != FIFTH:
            return root
    return bass if len(classes) == 1 else None

"""When the notes of a tune sound: its tempo, its fermatas and its bars."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from reverie.codecs.tune import Tune
from reverie.errors import InputError, excerpt

HOLD = 1.6
"""A note under a fermata lasts so many times as long."""
EARLY = 1 / 16
"""What begins so many quarters late, as those do who play by hand, still begins on the beat."""


def note_seconds(tune: Tune) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, " N"]]:
    """When each note begins and ends, in seconds."""
    places, seconds = clock(tune)
    starts = np.array([note.start for note in tune.notes], float)
    lengths = np.array([note.length for note in tune.notes], float)
    begin, end = (np.interp(at, places, seconds) for at in (starts, starts + lengths))
    return begin, end


def clock(
    tune: Tune, until: float = 1.0
) -> tuple[Float[np.ndarray, " K"], Float[np.ndarray, " K"]]:
    """Places in quarters, and when they come, in seconds; between two of them time is even.

    They are from 0 to the end of the tune or, where that is later, to `until`. Raises InputError
    for a tempo that is not positive.
    """
    if not 0 < tune.tempo < np.inf:
        raise InputError(f"a tempo of {tune.tempo} quarters a minute cannot be played: change it")
    held = held_spans(tune)
    places = np.unique([0.0, max(tune.length, until), *(edge for span in held for edge in span)])
    middles = (places[1:] + places[:-1]) / 2
    slow = np.array([any(a < at < b for a, b in held) for at in middles])
    steps = np.diff(places) * np.where(slow, HOLD, 1) * 60 / tune.tempo
    return places, np.concatenate([[0.0], np.cumsum(steps)])


def held_spans(tune: Tune) -> list[tuple[float, float]]:
    """Where each fermata begins and ends, in quarters: with the note of the first voice there."""
    found = []
    for at in sorted(set(tune.fermatas)):
        there = [note for note in tune.notes if note.start <= at < note.start + note.length]
        if there:
            first = min(there, key=lambda note: note.voice)
            found.append((at, first.start + first.length))
    return found


def bar_length(metre: tuple[int, int]) -> float:
    """The quarters of a bar. InputError for what is no metre."""
    beats, unit = metre
    if beats < 1 or unit not in (1, 2, 4, 8, 16, 32):
        raise InputError(
            f"{excerpt(beats)}/{excerpt(unit)} is no metre: give beats of a bar, and the part of "
            "a whole note that a beat is, one of 1, 2, 4, 8, 16 and 32"
        )
    return 4 * beats / unit


def has_upbeat(tune: Tune) -> bool:
    """Whether the first note comes within the first bar, whose number then is 0 and not 1."""
    first = min((note.start for note in tune.notes), default=0.0)
    return EARLY < first < bar_length(tune.metre)

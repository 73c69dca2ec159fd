"""Between tunes and piano rolls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reverie.codecs.piano_roll import Roll
from reverie.codecs.tune import HIGHEST, KEYS, LOWEST, Note, Tune, in_order
from reverie.errors import InputError

MOST_FRAMES = 1_000_000
"""Of a roll; a tune of an hour has about 12,000 eighths."""
FAR = 0.25
"""Starts that move by more than this part of a step were not meant to be on the grid."""


class Quantised(NamedTuple):
    """The roll of a tune, and `notes` that say what was lost of it."""

    roll: Roll
    notes: tuple[str, ...] = ()


def roll_of(tune: Tune, step: float) -> Quantised:
    """The roll of a tune in frames of `step` quarters.

    A note sounds from the grid line that is nearest to its start to the one that is nearest to its
    end (the later one of two), and for one frame at least. Velocities and voices are lost, and a
    note that follows another of its pitch at once becomes one with it.

    Raises InputError for a tune of more than a million frames, and for notes that no piano has.
    """
    if not 0 < step < math.inf:
        raise InputError(f"a step of {step:g} quarters makes no frames: use one above 0, as 0.5")
    if not tune.length / step <= MOST_FRAMES:
        raise InputError(
            f"the tune lasts {tune.length:,.0f} quarters, more than {MOST_FRAMES:,} steps of "
            f"{step:g}: cut it, or use longer steps"
        )
    starts, ends, keys = _places(tune.notes, step)
    begins = np.floor(starts + 0.5).astype(int)
    stops = np.maximum(np.floor(ends + 0.5).astype(int), begins + 1)
    roll = np.zeros((int(max(stops, default=0)), KEYS), np.uint8)
    for begin, stop, key in zip(begins, stops, keys, strict=True):
        roll[begin:stop, key] = 1
    return Quantised(roll, _losses(roll, starts - begins))


def tune_of(roll: Roll, step: float, tempo: float = 100.0, metre: tuple[int, int] = (4, 4)) -> Tune:
    """The tune of a roll in frames of `step` quarters: one note for each run of frames of a key.

    That a key was struck again without a pause is lost in a roll. All notes are of one voice.
    """
    edges = np.diff(np.pad(roll.astype(np.int8), ((1, 1), (0, 0))), axis=0).T
    keys, begins = np.nonzero(edges == 1)
    _, stops = np.nonzero(edges == -1)
    notes = (
        Note(LOWEST + int(key), float(begin * step), float((stop - begin) * step))
        for key, begin, stop in zip(keys, begins, stops, strict=True)
    )
    return Tune(in_order(notes), tempo, metre)


def transposed(roll: Roll, semitones: int) -> Roll:
    """The roll, `semitones` higher. Raises InputError where a note would leave the piano."""
    used = np.flatnonzero(roll.any(0))
    if not len(used):
        return roll
    lowest, highest = int(used[0]), int(used[-1])
    if lowest + semitones < 0 or highest + semitones >= KEYS:
        raise InputError(
            f"notes from {LOWEST + lowest} to {LOWEST + highest} cannot be moved by {semitones} "
            f"semitones: a piano has those from {LOWEST} to {HIGHEST}"
        )
    return np.roll(roll, semitones, axis=1)


def heard(rows: np.ndarray, semitones: int) -> np.ndarray:
    """What keys do in each frame (T, 88), `semitones` higher, without what leaves the piano."""
    wide = np.pad(rows, ((0, 0), (KEYS, KEYS)))
    return wide[:, KEYS - semitones : 2 * KEYS - semitones]


def _places(notes: Sequence[Note], step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start and end of each note in steps, and its column."""
    keys = np.array([note.pitch for note in notes], int) - LOWEST
    starts = np.array([note.start for note in notes], float) / step
    lengths = np.array([note.length for note in notes], float) / step
    if keys.size and not (keys.min() >= 0 and keys.max() < KEYS and starts.min() >= 0):
        raise InputError(
            f"the tune has a note before its beginning, or one that no piano has: leave out what "
            f"is not from {LOWEST} to {HIGHEST}"
        )
    return starts, starts + lengths, keys


def _losses(roll: Roll, moved: np.ndarray) -> tuple[str, ...]:
    """What quantising did, in words: `moved` (N,) is how many steps each start was moved by."""
    count, far = len(moved), int((np.abs(moved) > FAR).sum())
    struck = int(roll[:1].sum() + (roll[1:] > roll[:-1]).sum())
    notes = []
    if far:
        notes.append(f"{far / count:.1%} of the notes were moved by more than a quarter of a step")
    if struck < count:
        lost = (count - struck) / count
        notes.append(f"{lost:.1%} of the notes became one with another of their pitch")
    return tuple(notes)

"""In which key music is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reverie.codecs.piano_roll import Roll
from reverie.codecs.tune import LOWEST, Tune

MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""How well each note above the tonic fits a key, as listeners said (Krumhansl and Kessler 1982)."""
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


class MusicKey(NamedTuple):
    """A key that was found, and how well it fits."""

    tonic: int
    """Its pitch class: 0 is C."""
    minor: bool
    correlation: float
    """Of the notes with the profile of the key, from -1 to 1; 0 where there are none."""

    @property
    def name(self) -> str:
        """As in "C major"."""
        return f"{NAMES[self.tonic]} {'minor' if self.minor else 'major'}"


def key_of(music: Tune | Roll) -> MusicKey:
    """The key whose profile correlates best with how long each pitch class sounds."""
    heard = _heard(music)
    fits = np.array([_fits(heard, MAJOR), _fits(heard, MINOR)])
    minor, tonic = np.unravel_index(np.argmax(fits), fits.shape)
    return MusicKey(int(tonic), bool(minor), float(fits[minor, tonic]))


def to_c(key: MusicKey) -> int:
    """By how many semitones, from -6 to 5, music of this key is moved to C major or C minor."""
    return (6 - key.tonic) % 12 - 6


def sharps_of(key: MusicKey, shift: int = 0) -> int:
    """The sharps of its signature, `shift` semitones higher; flats are negative."""
    major = key.tonic + 3 * key.minor + shift
    return (7 * major + 5) % 12 - 5


def note_name(pitch: int) -> str:
    """The name of a MIDI number: 60 is C4."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def _heard(music: Tune | Roll) -> np.ndarray:
    """How long each pitch class sounds, (12,)."""
    if isinstance(music, Tune):
        pitches = [note.pitch % 12 for note in music.notes]
        return np.bincount(pitches, [note.length for note in music.notes], 12)
    classes = (LOWEST + np.arange(music.shape[1])) % 12
    return np.bincount(classes, music.sum(0), 12)


def _fits(heard: np.ndarray, profile: tuple[float, ...]) -> np.ndarray:
    """The correlation of what is heard with the profile on each tonic, (12,)."""
    about = heard - heard.mean()
    shape = np.array(profile) - np.mean(profile)
    keys = np.array([np.roll(shape, tonic) for tonic in range(12)])
    size = np.linalg.norm(about) * np.linalg.norm(shape)
    return keys @ about / size if size > 0 else np.zeros(12)

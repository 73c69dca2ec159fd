"""A tune as sound: harmonics that die away, added up."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from jaxtyping import Complex, Float

from reverie.codecs.tune import Note, Tune
from reverie.errors import InputError
from reverie.tasks.music.timing import note_seconds

SLOWEST, FASTEST = 8000, 192000
"""Samples a second, at the least and at the most."""
HARMONICS = (1.0, 0.5, 0.35, 0.16, 0.1, 0.07, 0.04, 0.02)
"""How loud each harmonic is when a note begins, beside the first."""
AUDIBLE = 0.45
"""Harmonics are left out above so many times the rate: half of it is the highest there can be."""
ATTACK, RELEASE = 0.008, 0.18
"""Seconds in which a note becomes loud, and in which it ends after its key is let go."""
DECAY = 0.55
"""How fast middle C dies away: to 1 / e in 1 / DECAY seconds; an octave above 1.4 times as fast."""
SPREAD = 0.6
"""How far from the middle the outermost voices are: 1 is the loudspeaker itself."""
LOUDEST = 0.8
"""The loudest sample."""


def synthesise(tune: Tune, rate: int = 44100) -> Float[np.ndarray, "N 2"]:
    """The tune in stereo, from -0.8 to 0.8, at `rate` samples a second.

    The first voice is to the left and the last to the right; if there is but one voice, low notes
    are to the left, as for a pianist. Raises InputError for rates that no file has.
    """
    check_rate(rate)
    begins, ends = (np.rint(rate * times).astype(int) for times in note_seconds(tune))
    fade = falling(round(RELEASE * rate))
    sound = np.zeros((max(ends, default=0) + len(fade), 2), np.float32)
    gains = loudness(tune.notes)[:, None] * panning(tune.notes)
    order = sorted(range(len(tune.notes)), key=lambda n: tune.notes[n].pitch)
    for pitch, group in groupby(order, key=lambda n: tune.notes[n].pitch):
        played = list(group)
        # A string sounds the same however long its key is held: one tone serves all its notes.
        tone = struck(pitch, int((ends - begins)[played].max()) + len(fade), rate)
        for n in played:
            sounding = tone[: ends[n] - begins[n] + len(fade)].copy()
            sounding[-len(fade) :] *= fade
            sound[begins[n] : begins[n] + len(sounding)] += sounding[:, None] * gains[n]
    return bounded(sound)


def struck(pitch: int, count: int, rate: int) -> Float[np.ndarray, " count"]:
    """A note whose key stays down, for `count` samples; the higher a harmonic, the sooner it is
    gone."""
    hertz = frequency(pitch)
    decay = DECAY * 2 ** ((pitch - 60) / 24)
    loud = HARMONICS[: int(AUDIBLE * rate / hertz)]
    if not loud:
        return np.zeros(count, np.float32)
    # exp((2πif - decay) t): its power k is harmonic k, which dies away k times as fast.
    first = powers((2j * np.pi * hertz - decay) / rate, count)
    tone = np.full(count, loud[-1], np.complex64)
    for amplitude in loud[-2::-1]:
        tone *= first
        tone += np.float32(amplitude)
    tone *= first
    attack = falling(round(ATTACK * rate))[::-1][:count]
    tone.imag[: len(attack)] *= attack
    return np.ascontiguousarray(tone.imag)


def powers(exponent: complex, count: int, block: int = 512) -> Complex[np.ndarray, " count"]:
    """exp(exponent n) for n below `count`, as products: few exponentials, in double precision."""
    near = np.exp(exponent * np.arange(block))
    far = np.exp(exponent * block * np.arange(-(-count // block)))
    return np.multiply.outer(far, near).reshape(-1)[:count].astype(np.complex64)


def falling(count: int) -> Float[np.ndarray, " count"]:
    """Half a cosine from 1 to 0, both included."""
    return (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, max(count, 2)))).astype(np.float32)


def frequency(pitch: int) -> float:
    """In hertz: the A above middle C has 440."""
    return 440.0 * 2 ** ((pitch - 69) / 12)


def loudness(notes: tuple[Note, ...]) -> Float[np.ndarray, " N"]:
    """From 0 to 1."""
    return np.array([(note.velocity / 127) ** 1.5 for note in notes], np.float32)


def panning(notes: tuple[Note, ...]) -> Float[np.ndarray, "N 2"]:
    """How loud each note is on the left and on the right, with the same power in all."""
    several = len({note.voice for note in notes}) > 1
    places = np.array([note.voice if several else note.pitch for note in notes], float)
    low, high = places.min(initial=np.inf), places.max(initial=-np.inf)
    if not low < high:
        return np.full((len(notes), 2), np.sqrt(0.5), np.float32)
    angles = np.pi / 4 * (1 + SPREAD * (2 * (places - low) / (high - low) - 1))
    return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)


def bounded(sound: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 2"]:
    """The same with its loudest sample at 0.8; silence stays what it is."""
    peak = np.abs(sound).max(initial=0)
    return sound * np.float32(LOUDEST / peak) if peak else sound


def check_rate(rate: int, fastest: int = FASTEST) -> None:
    """InputError for a rate that no file of sound has."""
    if not SLOWEST <= rate <= fastest:
        raise InputError(
            f"{rate} samples a second cannot be made: give a rate from {SLOWEST} to {fastest}"
        )

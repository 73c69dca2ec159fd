"""A tune as sound, played by an instrument of a sound font."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from reverie.codecs.tune import Tune
from reverie.errors import InputError, require
from reverie.tasks.music.sound import bounded, check_rate, falling, panning
from reverie.tasks.music.timing import note_seconds

FASTEST = 96000
"""The most samples a second of FluidSynth."""
GAIN = 0.3
"""How loud FluidSynth plays: so that chords of many notes do not reach its limit."""
RING = 2.0
"""Seconds that the room still sounds after the last note."""
FADE = 0.1
"""Seconds at the end in which all becomes silent."""
PROGRAMS = 128
"""Instruments of a sound font that is ordered as General MIDI says."""
CHANNELS = 256
"""The most voices."""
PAN = 10
"""The number of the controller that places a channel between left and right."""


def synthesise_with(
    font: str | Path, tune: Tune, rate: int = 44100, program: int = 0
) -> Float[np.ndarray, "N 2"]:
    """The tune in stereo, from -0.8 to 0.8, as the sound font (.sf2 or .sf3) `font` plays it.

    `program` is the instrument, counted from 0 as in General MIDI: 0 is the piano, 19 the organ.
    Raises InputError without the extra "sound-font" and the FluidSynth library, and for fonts that
    cannot be read or have no such instrument.
    """
    check_rate(rate, FASTEST)
    if not 0 <= program < PROGRAMS:
        raise InputError(f"there is no instrument {program}: they are from 0 to {PROGRAMS - 1}")
    check_font(font)
    moments = events(tune, rate)
    with opened(font, rate) as (synthesiser, number):
        for channel, pan in enumerate(pans(tune)):
            if synthesiser.program_select(channel, number, 0, program):
                raise InputError(f"{font} has no instrument {program}: choose another program")
            synthesiser.cc(channel, PAN, pan)
        return bounded(recorded(synthesiser, moments, round(RING * rate), round(FADE * rate)))


def check_font(font: str | Path) -> None:
    """InputError where a file is no sound font, by its first bytes."""
    try:
        with open(font, "rb") as file:
            start = file.read(12)
    except OSError as error:
        raise InputError(f"cannot read {font}: {error.strerror}; check the path") from error
    if start[:4] != b"RIFF" or start[8:] != b"sfbk":
        raise InputError(f"{font} is no sound font: give a file that ends in .sf2 or .sf3")


def events(tune: Tune, rate: int) -> list[tuple[int, bool, int, int, int]]:
    """The moment in samples, whether a note begins, its channel, pitch and velocity; in order.

    At one moment notes end before others begin, so that a note can be repeated.
    """
    channels = channels_of(tune)
    found = []
    for note, begin, end in zip(tune.notes, *note_seconds(tune), strict=True):
        first, last = round(begin * rate), round(end * rate)
        channel = channels[note.voice]
        found.append((first, True, channel, note.pitch, note.velocity))
        found.append((max(last, first + 1), False, channel, note.pitch, 0))
    return sorted(found)


def channels_of(tune: Tune) -> dict[int, int]:
    """A channel for each voice: two voices may then hold one key."""
    return {voice: n for n, voice in enumerate(sorted({note.voice for note in tune.notes}))}


def pans(tune: Tune) -> list[int]:
    """Where the channels are, from 0 (left) to 127, as our own synthesiser places voices."""
    voices = channels_of(tune)
    if len(voices) < 2:
        return [64] * len(voices)
    first = {note.voice: note for note in tune.notes}
    angles = np.arctan2(*panning(tuple(first[voice] for voice in voices)).T[::-1])
    return [round(127 * angle / (np.pi / 2)) for angle in angles]


def recorded(
    synthesiser: Any, moments: list[tuple[int, bool, int, int, int]], ring: int, fade: int
) -> Float[np.ndarray, "N 2"]:
    """What is heard of the events, and for `ring` samples after them."""
    parts, now = [np.zeros(0, np.int16)], 0
    for at, begins, channel, pitch, velocity in moments:
        if at > now:
            parts.append(synthesiser.get_samples(at - now))
            now = at
        if begins:
            synthesiser.noteon(channel, pitch, velocity)
        else:
            synthesiser.noteoff(channel, pitch)
    parts.append(synthesiser.get_samples(ring))
    sound = (np.concatenate(parts) / 32768).astype(np.float32).reshape(-1, 2)
    sound[-fade:] *= falling(fade)[:, None]
    return sound


@contextmanager
def opened(font: str | Path, rate: int) -> Iterator[tuple[Any, int]]:
    """FluidSynth with a sound font, and the font's number there."""
    player = fluidsynth().Synth(gain=GAIN, samplerate=float(rate), channels=CHANNELS)
    try:
        number = player.sfload(str(font))
        if number < 0:
            raise InputError(f"{font} is a damaged sound font: use another one")
        yield player, number
    finally:
        player.delete()


def fluidsynth() -> Any:
    """FluidSynth's bindings. InputError where they, or the library itself, are not installed."""
    if find_spec("fluidsynth") is None:
        return require("fluidsynth", "sound-font", "pyfluidsynth")
    try:
        return import_module("fluidsynth")
    except ImportError as error:
        raise InputError(
            "sound fonts are played by the library FluidSynth, which is not installed: "
            "run apt install libfluidsynth3 or brew install fluid-synth"
        ) from error

"""Tunes as Standard MIDI Files."""

from __future__ import annotations

import io
import math
import re
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from reverie.codecs.tune import HIGHEST, LOWEST, Note, Tune, in_order
from reverie.errors import InputError, excerpt, require
from reverie.files import replace_file
from reverie.formats.midi_keys import DRUMS, Keys, KeyState, Struck
from reverie.formats.opening import counted, prefix_errors, read_bytes

LARGEST = 2 << 20
"""The largest file, in bytes. An hour at the piano takes 0.3 MB."""
LONGEST = 100_000
"""The longest tune, in quarters: about 16 hours."""
MOST_TRACKS = 1000
TICKS = 480
"""Parts of a quarter in which times are written."""
TEMPO, METRE = 120.0, (4, 4)
"""What holds where a file says nothing."""
SMALLEST = 64
"""The shortest beat of a metre is a whole note divided by this."""
CHANNELS = tuple(channel for channel in range(16) if channel != DRUMS)
SILENCERS = (120, 123)
"""The controllers that end all notes of a channel."""
FRAMES = {24: 24.0, 25: 25.0, 29: 30000 / 1001, 30: 30.0}
"""Frames a second of each number that counts time in seconds."""
UNUSED_KEY = re.compile(rb"\xff\x59\x02..", re.DOTALL)
"""A key signature. mido refuses files with odd ones, and it is not asked for."""
ENDLESS = re.compile(rb"[\x80-\xff]{4096}")
"""What would be a number of thousands of digits, which takes mido for ever."""

T = TypeVar("T")


class TuneFile(NamedTuple):
    """The tune of a file, and `notes` that say what of it was left out."""

    tune: Tune
    notes: tuple[str, ...] = ()


class MidiHeader(NamedTuple):
    """What a file says of itself."""

    kind: int
    """0: one track; 1: tracks that play together; 2: tracks that are pieces of their own."""
    tracks: int
    division: int
    """Ticks a quarter; if negative, frames a second and ticks a frame, in a byte each."""


class Change(NamedTuple):
    """A tempo (quarters a minute) or a metre that holds from a tick on."""

    tick: int
    value: Any


class Track(NamedTuple):
    """What is read of one track."""

    keys: Keys
    tempos: list[Change]
    metres: list[Change]


def read(path: str | Path) -> TuneFile:
    """The tune in a file of type 0, 1 or 2; of type 2 its first sequence.

    A track is a voice, and so is a channel of one; voices are numbered by their mean pitch, from
    the top. Where tempo or metre change, the one that holds longest is kept. Of two notes of one
    voice that overlap on one pitch, the earlier ends where the later begins. Times in seconds
    (SMPTE) become quarters of the tempo. The pedal is not heard. Left out are drums, notes
    without length, and notes that no piano has.

    Raises InputError for a file that cannot be read, is damaged, is larger than 2 MB, lasts longer
    than 100,000 quarters, or has no notes but drums.
    """
    data = read_bytes(Path(path))
    with prefix_errors(path):
        header, chunks = _take_apart(data)
        used = chunks[:1] if header.kind == 2 else chunks
        tracks = [_track(number, chunk) for number, chunk in enumerate(used, 1)]
        tune = _tune(header.division, tracks)
        return TuneFile(tune, tuple(_remarks(header, len(chunks), tracks)))


def write(tune: Tune, path: str | Path) -> None:
    """Write a tune as a file of type 1, a track for each voice after one of tempo and metre.

    Times are rounded to 1/480 of a quarter, and the tempo to a microsecond of a quarter. `read`
    gives the same tune, if its voices are numbered as there; fermatas have no place in MIDI.

    Raises InputError for what MIDI cannot say, and where the file cannot be written.
    """
    mido = require("mido", "music")
    parts: dict[int, list[Note]] = defaultdict(list)
    for number, note in enumerate(tune.notes, 1):
        _check_note(number, note)
        parts[note.voice].append(note)
    tracks = [_head(mido, tune)]
    for number, voice in enumerate(sorted(parts)):
        tracks.append(_part(mido, parts[voice], CHANNELS[number % len(CHANNELS)]))
    with replace_file(path, "wb") as file:
        mido.MidiFile(type=1, ticks_per_beat=TICKS, tracks=tracks).save(file=file)


def _take_apart(data: bytes) -> tuple[MidiHeader, list[bytes]]:
    """The header and the contents of the tracks; other chunks are passed over."""
    if not data:
        raise InputError("the file is empty: name a MIDI file")
    if len(data) > LARGEST:
        raise InputError("it is larger than 2 MB, which no tune is: cut it into shorter ones")
    if data[:4] != b"MThd" or len(data) < 14:
        raise InputError("it is no MIDI file, which begins with MThd: name another file")
    header = MidiHeader(*struct.unpack(">HHh", data[8:14]))
    if header.kind > 2:
        raise InputError(f"it is a MIDI file of type {header.kind}: save it as type 0 or 1")
    chunks = list(_chunks(data, 8 + int.from_bytes(data[4:8], "big")))
    if len(chunks) > MOST_TRACKS:
        raise InputError(f"it has more than {MOST_TRACKS:,} tracks: save those with notes only")
    return header, chunks


def _chunks(data: bytes, at: int) -> Iterator[bytes]:
    number = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        if data[at : at + 4] == b"MTrk":
            number += 1
            if at + 8 + size > len(data):
                raise InputError(f"it ends in the middle of track {number}: fetch it again")
            yield data[at + 8 : at + 8 + size]
        at += 8 + size


def _track(number: int, chunk: bytes) -> Track:
    """The notes and changes of a track."""
    track, tick = Track(Keys(), [], []), 0
    for message in _messages(number, chunk):
        tick += message.time
        match message.type:
            case "note_on" | "note_off":
                key = KeyState(number, message.channel, message.note)
                if message.type == "note_on" and message.velocity:
                    track.keys.press(key, tick, message.velocity)
                else:
                    track.keys.release(key, tick)
            case "control_change" if message.control in SILENCERS:
                track.keys.silence(message.channel, tick)
            case "set_tempo" if message.tempo:
                track.tempos.append(Change(tick, 6e7 / message.tempo))
            case "time_signature" if message.numerator and message.denominator <= SMALLEST:
                track.metres.append(Change(tick, (message.numerator, message.denominator)))
    track.keys.finish(tick)
    return track


def _messages(number: int, chunk: bytes) -> Iterable[Any]:
    """The messages of a track, each with the ticks since the one before it."""
    mido = require("mido", "music")
    body = UNUSED_KEY.sub(b"\xff\x59\x02\0\0", chunk)
    if ENDLESS.search(body):
        raise InputError(f"track {number} is damaged (a number without end): fetch it again")
    alone = struct.pack(">4sIHHH4sI", b"MThd", 6, 0, 1, TICKS, b"MTrk", len(body)) + body
    try:
        # Clipped, bytes that are too large are read as the largest that there can be.
        found: Iterable[Any] = mido.MidiFile(file=io.BytesIO(alone), clip=True).tracks[0]
    except Exception as error:  # it can be damaged in more ways than there are errors
        what = excerpt(error, 80) or "it ends too early"
        raise InputError(f"track {number} is damaged ({what}): make or fetch it again") from error
    return found


def _tune(division: int, tracks: Sequence[Track]) -> Tune:
    struck = [note for track in tracks for note in track.keys.struck if _on_piano(note)]
    if not struck:
        drums = any(track.keys.drums for track in tracks)
        what = "no notes but drums" if drums else "no notes that a piano has"
        raise InputError(f"it has {what}: name a file with a tune in it")
    end = max(note.end for note in struck)
    tempo = _longest([c for track in tracks for c in track.tempos], TEMPO, end)
    metre = _longest([c for track in tracks for c in track.metres], METRE, end)
    quarter = _ticks_a_quarter(division, tempo)
    if end > LONGEST * quarter:
        raise InputError(
            f"it lasts {end / quarter:,.0f} quarters, and a tune at most {LONGEST:,}: "
            "cut it into shorter ones"
        )
    voices = _voices(struck)
    notes = (
        Note(
            note.key.pitch,
            note.start / quarter,
            (note.end - note.start) / quarter,
            note.velocity,
            voices[note.key.part],
        )
        for note in struck
    )
    return Tune(in_order(notes), tempo, metre)


def _on_piano(note: Struck) -> bool:
    return LOWEST <= note.key.pitch <= HIGHEST


def _voices(struck: Iterable[Struck]) -> dict[tuple[int, int], int]:
    """The number of the voice of each track and channel, from the highest mean pitch down."""
    pitches: dict[tuple[int, int], list[int]] = defaultdict(list)
    for note in struck:
        pitches[note.key.part].append(note.key.pitch)
    means = {part: sum(found) / len(found) for part, found in pitches.items()}
    return {part: n for n, part in enumerate(sorted(means, key=lambda p: (-means[p], p)))}


def _longest(changes: Iterable[Change], usual: T, end: int) -> T:
    """The value that holds for most ticks until the end."""
    held: Counter[T] = Counter()
    value, since = usual, 0
    for change in sorted(changes, key=lambda change: change.tick):
        held[value] += min(change.tick, end) - min(since, end)
        value, since = change.value, change.tick
    held[value] += end - min(since, end)
    return max(held, key=lambda value: held[value])


def _ticks_a_quarter(division: int, tempo: float) -> float:
    """For times in seconds, those that the tempo gives a quarter."""
    if division > 0:
        return division
    frames, ticks = FRAMES.get(-(division >> 8), 0.0), division & 0xFF
    if not frames * ticks:
        raise InputError("it does not say how long a quarter is: save it again as type 0 or 1")
    return frames * ticks * 60 / tempo


def _remarks(header: MidiHeader, found: int, tracks: Sequence[Track]) -> Iterator[str]:
    """What was left out and changed, in words."""
    if header.kind == 2 and found > 1:
        yield f"the first of its {found:,} sequences is used"
    if header.tracks != found:
        yield f"it should have {counted(header.tracks, 'track')} and has {found:,}"
    if header.division < 0:
        yield "its times are in seconds, which were made quarters of the tempo"
    keys = [track.keys for track in tracks]
    if drums := sum(each.drums for each in keys):
        yield f"left out {counted(drums, 'note')} of drums"
    if beyond := sum(not _on_piano(note) for each in keys for note in each.struck):
        yield f"left out {counted(beyond, 'note')} that no piano has"
    if flat := sum(each.without_length for each in keys):
        yield f"left out {counted(flat, 'note')} without length"
    if endless := sum(each.without_end for each in keys):
        yield f"{counted(endless, 'note')} without an end: ended with the track"
    for what in ("tempos", "metres"):
        values = {change.value for track in tracks for change in getattr(track, what)}
        if len(values) > 1:
            yield f"of its {len(values):,} {what} the one that holds longest is kept"


def _check_note(number: int, note: Note) -> None:
    """InputError for what MIDI cannot say."""
    if not (0 <= note.pitch <= 127 and 1 <= note.velocity <= 127):
        raise InputError(
            f"note {number} of the tune has the pitch {note.pitch} and the velocity "
            f"{note.velocity}: MIDI has pitches from 0 and velocities from 1, both to 127"
        )
    if not (0 <= note.start < math.inf and 0 < note.length <= LONGEST - note.start):
        raise InputError(
            f"note {number} of the tune begins at {note.start:g} and lasts {note.length:g}: "
            f"give it a length, and a place between 0 and {LONGEST:,} quarters"
        )


def _head(mido: Any, tune: Tune) -> Any:
    """The track of tempo and metre."""
    beats, part = tune.metre
    if not (1 <= beats <= 255 and 1 <= part <= SMALLEST and part.bit_count() == 1):
        raise InputError(
            f"cannot write the metre {beats}/{part}: it needs 1 to 255 beats, each a whole note "
            f"divided by a power of two up to {SMALLEST}"
        )
    if not 60 / 16 <= tune.tempo <= 6e7:
        raise InputError(
            f"cannot write a tempo of {tune.tempo:g} quarters a minute: MIDI has 3.75 to 60,000,000"
        )
    meta = mido.MetaMessage
    return mido.MidiTrack(
        [
            meta("set_tempo", tempo=round(6e7 / tune.tempo)),
            meta("time_signature", numerator=beats, denominator=part),
        ]
    )


def _part(mido: Any, notes: Iterable[Note], channel: int) -> Any:
    """The track of a voice. What ends at a tick ends before anything begins there."""
    events: list[tuple[int, bool, Note]] = []
    for note in notes:
        start = round(note.start * TICKS)
        end = max(start + 1, round((note.start + note.length) * TICKS))
        events += [(start, True, note), (end, False, note)]
    track, now = mido.MidiTrack(), 0
    for tick, begins, note in sorted(events, key=lambda event: event[:2]):
        how = {"channel": channel, "note": note.pitch, "velocity": note.velocity if begins else 0}
        kind = "note_on" if begins else "note_off"
        track.append(mido.Message(kind, time=tick - now, **how))
        now = tick
    return track

"""Notes as they are written: in staves and layers, cut at bar lines and into note values.

Times are integers here, in parts of a quarter, from the beginning of the tune.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from reverie.codecs.tune import Note, Tune
from reverie.tasks.music.timing import bar_length, has_upbeat

GRID = 8
"""The parts of a quarter that are told apart; others are moved to the nearest."""
VALUES = {
    48: (1, 1), 32: (1, 0), 24: (2, 1), 16: (2, 0), 12: (4, 1), 8: (4, 0),
    6: (8, 1), 4: (8, 0), 3: (16, 1), 2: (16, 0), 1: (32, 0),
}  # fmt: skip
"""The parts that each note value takes: the part of a whole note that it is, and its dots."""
PLAIN = (32, 16, 8, 4, 2, 1)
"""The values without a dot."""
MIDDLE = 60
"""The lowest note of the upper staff, where notes belong to no voices."""


class Chord(NamedTuple):
    """Notes that begin and end together and have one note value; a rest where there are none."""

    start: int
    value: int
    pitches: tuple[int, ...]
    """From low to high."""
    before: frozenset[int]
    """Those that are tied to the chord before this one."""
    after: frozenset[int]
    """Those that are tied to the chord after this one."""


class Staff(NamedTuple):
    """Five lines and what stands on them."""

    clef: str
    """G or F."""
    layers: list[list[Chord]]
    """What is read at the same time; without any gaps."""


class Metre(NamedTuple):
    """How time is counted."""

    bar: int
    """The length of a bar."""
    beat: int
    """The length of a beat; in 6/8 and the like that of three eighths."""

    @classmethod
    def of(cls, metre: tuple[int, int]) -> Metre:
        """Raises InputError for what is no metre."""
        bar = round(GRID * bar_length(metre))
        beats, unit = metre
        return cls(bar, 4 * GRID // unit * (3 if beats % 3 == 0 and unit > 4 else 1))


def staves(tune: Tune) -> list[Staff]:
    """The upper and the lower staff. Voices are divided between them, the first ones above; a
    tune of one voice is divided at middle C."""
    metre, (begin, end) = Metre.of(tune.metre), extent(tune)
    parts = by_voice(tune.notes) or by_pitch(tune.notes)
    return [
        Staff(clef, [layer(notes, metre, begin, end) for notes in part])
        for clef, part in zip("GF", parts, strict=True)
    ]


def extent(tune: Tune) -> tuple[int, int]:
    """Where the score begins and ends: with whole bars, or after an upbeat with the notes."""
    bar = Metre.of(tune.metre).bar
    begin = min((round(GRID * note.start) for note in tune.notes), default=0)
    end = max(1, *(last for _, _, last in rounded(tune.notes)), begin + 1)
    return (begin, end) if has_upbeat(tune) else (0, -(-end // bar) * bar)


def by_voice(notes: Sequence[Note]) -> tuple[list[list[Note]], list[list[Note]]] | None:
    """The voices of each staff, or None where there is but one."""
    voices = sorted({note.voice for note in notes})
    if len(voices) < 2:
        return None
    layers = [[note for note in notes if note.voice == voice] for voice in voices]
    half = -(-len(voices) // 2)
    return layers[:half], layers[half:]


def by_pitch(notes: Sequence[Note]) -> tuple[list[list[Note]], list[list[Note]]]:
    """One layer for each staff."""
    upper = [note for note in notes if note.pitch >= MIDDLE]
    lower = [note for note in notes if note.pitch < MIDDLE]
    return [upper], [lower]


def layer(notes: Sequence[Note], metre: Metre, begin: int, end: int) -> list[Chord]:
    """The notes as chords and rests that fill the score: where any of them begins or ends, all
    that sound are cut there, and tied."""
    spans = rounded(notes)
    edges = {edge for _, first, last in spans for edge in (first, last)}
    edges |= {begin, end, *range(begin - begin % metre.bar + metre.bar, end, metre.bar)}
    coming = sorted(spans, key=lambda span: -span[1])
    here: list[tuple[int, int, int]] = []
    chords: list[Chord] = []
    for first, last in pairwise(sorted(edges)):
        here = [span for span in here if span[2] > first]
        while coming and coming[-1][1] == first:
            here.append(coming.pop())
        before = frozenset(pitch for pitch, begun, _ in here if begun < first)
        after = frozenset(pitch for pitch, _, until in here if until > last)
        pitches = tuple(sorted(pitch for pitch, _, _ in here))
        chords += cut(Chord(first, last - first, pitches, before, after), metre)
    return chords


def rounded(notes: Sequence[Note]) -> list[tuple[int, int, int]]:
    """Pitch, start and end of each note in parts; a key that is struck again ends what it held."""
    found: list[tuple[int, int, int]] = []
    for note in sorted(notes, key=lambda note: (note.pitch, note.start)):
        start = round(GRID * note.start)
        end = max(start + 1, round(GRID * (note.start + note.length)))
        if found and found[-1][0] == note.pitch and found[-1][2] > start:
            pitch, earlier, last = found.pop()
            if earlier < start:
                found.append((pitch, earlier, start))
            else:
                end = max(end, last)
        found.append((note.pitch, start, end))
    return found


def cut(chord: Chord, metre: Metre) -> Iterator[Chord]:
    """The same as chords of one note value each, tied; it lies within a bar."""
    at, end = chord.start, chord.start + chord.value
    everything = frozenset(chord.pitches)
    while at < end:
        inside = at % metre.bar
        value = (note_value if everything else rest_value)(inside, end - at, metre.beat)
        yield Chord(
            at,
            value,
            chord.pitches,
            chord.before if at == chord.start else everything,
            chord.after if at + value == end else everything,
        )
        at += value


def note_value(at: int, left: int, beat: int) -> int:
    """The first value of a note that lasts for `left` from `at` in its bar: so that beats are seen.

    What begins on a beat takes the longest value, or whole beats. What begins off it may fill the
    beat, or be as long as one from its middle; else it ends with the beat.
    """
    until = beat - at % beat
    if until == beat:
        if left in VALUES and (left <= beat or beat % 3 or left % beat == 0):
            return left
        return next(v for v in VALUES if v <= left and (left < beat or v % beat == 0))
    if left in VALUES and left == beat == 2 * until:
        return left
    inside = min(left, until)
    return inside if inside in VALUES else plain(at, inside)


def rest_value(at: int, left: int, beat: int) -> int:
    """The same of a rest: only a beat of three parts takes a dot."""
    return beat if beat % 3 == 0 == at % beat and beat <= left else plain(at, left)


def plain(at: int, left: int) -> int:
    """The longest value without a dot that fits and whose multiple the place is."""
    return next(value for value in PLAIN if value <= left and at % value == 0)

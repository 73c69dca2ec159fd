"""Music in voices as symbols: what each voice does at each step of a grid, from the top down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.tune import HIGHEST, LOWEST, Note, Tune, in_order
from reverie.codecs.values import check_fields, damaged_description
from reverie.errors import InputError

REST = 0
"""The symbol for silence."""
MOST_STEPS, MOST_VOICES = 20_000, 16
"""Of a grid."""
LONGEST = 8.0
"""Steps are shorter than so many quarters."""
PLACES = 32
"""Places in a bar that are told apart; longer bars begin again."""

Symbols = npt.NDArray[np.int32]


class VoiceGrid(NamedTuple):
    """A piece in voices, step by step."""

    symbols: Symbols
    """(T, P): of each of P voices."""
    places: npt.NDArray[np.int32]
    """(T,): how many steps behind the beginning of its bar each is."""
    held: npt.NDArray[np.bool_]
    """(T,): where a fermata is."""


@final
@dataclass(frozen=True)
class Voices:
    """Between tunes of so many voices and symbols.

    A voice rests (0), begins the note p (1 + 2 (p - lowest)) or goes on with it (one more). So
    every symbol says what sounds, and whether it was struck then. A step is `step` quarters.
    """

    ranges: tuple[tuple[int, int], ...]
    """The lowest and the highest pitch of each voice, as MIDI numbers them."""
    step: float

    def __post_init__(self) -> None:
        pitches = all(LOWEST <= least <= most <= HIGHEST for least, most in self.ranges)
        if not (1 <= len(self.ranges) <= MOST_VOICES and pitches and 0 < self.step < LONGEST):
            raise damaged_description("voices", "a number of it is out of range")

    @classmethod
    def learn(cls, tunes: Iterable[Tune], voices: int, step: float) -> Self:
        """The codec of tunes, each voice with the range that it has there.

        Raises InputError for a voice without notes, and for more voices.
        """
        pitches: list[list[int]] = [[] for _ in range(voices)]
        for tune in tunes:
            for note in tune.notes:
                if note.voice >= voices:
                    raise InputError(f"the music has more than {voices} voices: raise voices")
                pitches[note.voice].append(note.pitch)
        if not all(pitches):
            raise InputError(f"the music has less than {voices} voices: lower voices")
        return cls(tuple((min(voice), max(voice)) for voice in pitches), float(step))

    @property
    def voices(self) -> int:
        """P."""
        return len(self.ranges)

    @property
    def lowest(self) -> int:
        """The lowest pitch of all voices."""
        return min(least for least, _ in self.ranges)

    @property
    def highest(self) -> int:
        """The highest pitch of all voices."""
        return max(most for _, most in self.ranges)

    @property
    def size(self) -> int:
        """V."""
        return 1 + 2 * (self.highest - self.lowest + 1)

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        ranges, step = check_fields(description, ranges=list, step=float)
        pairs: Any = ranges
        if not all(isinstance(p, list) and [type(n) for n in p] == [int, int] for p in pairs):
            raise damaged_description("voices", "a range is not two numbers")
        return cls(tuple((least, most) for least, most in pairs), step)  # type: ignore[arg-type]

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {"kind": "voices", "ranges": [list(r) for r in self.ranges], "step": self.step}

    def encode(self, tune: Tune, *, upbeat: float = 0.0) -> VoiceGrid:
        """The grid of a tune: notes go to the nearest step, and are one step long at least.

        `upbeat` is the length of the bar before the first whole one, in quarters. Where two notes
        of a voice overlap, the later one is heard. Raises InputError for notes that the codec
        does not have, or of too many voices, and for a tune that is too long.
        """
        if not tune.length / self.step <= MOST_STEPS:
            raise InputError(
                f"the music lasts {tune.length:,.0f} quarters, more than {MOST_STEPS:,} steps of "
                f"{self.step:g}: cut it"
            )
        spans = [self._span(note) for note in tune.notes]
        symbols = np.zeros((max((end for _, end in spans), default=0), self.voices), np.int32)
        for note, (begin, end) in zip(tune.notes, spans, strict=True):
            if not (self.lowest <= note.pitch <= self.highest and note.voice < self.voices):
                raise InputError(
                    f"the note {note.pitch} of voice {note.voice + 1} is none of {self.voices} "
                    f"voices from {self.lowest} to {self.highest}: transpose it, or leave it out"
                )
            symbol = 1 + 2 * (note.pitch - self.lowest)
            symbols[begin + 1 : end, note.voice] = symbol + 1
            symbols[begin, note.voice] = symbol
        return self.grid(symbols, tune.metre, upbeat, tune.fermatas)

    def grid(
        self,
        symbols: Symbols,
        metre: tuple[int, int],
        upbeat: float = 0.0,
        fermatas: Sequence[float] = (),
    ) -> VoiceGrid:
        """Symbols (T, P) with where they are in their bars, and under which of them a note of the
        first voice is held."""
        bar = max(1, round(metre[0] * 4 / metre[1] / self.step))
        places = (np.arange(len(symbols)) - round(upbeat / self.step)) % bar
        held = np.zeros(len(symbols), bool)
        for fermata in fermatas:
            begin = min(math.floor(fermata / self.step + 0.5), max(0, len(symbols) - 1))
            behind = symbols[begin + 1 :, 0]
            stops = np.flatnonzero((behind % 2 == 1) | (behind == REST))
            held[begin : begin + 1 + (int(stops[0]) if len(stops) else len(behind))] = True
        return VoiceGrid(symbols, (places % PLACES).astype(np.int32), held)

    def decode(
        self,
        symbols: npt.ArrayLike,
        *,
        tempo: float = 80.0,
        metre: tuple[int, int] = (4, 4),
        fermatas: Sequence[float] = (),
    ) -> Tune:
        """The tune of symbols (T, P). What goes on with a note that was not there begins it."""
        rows: np.ndarray[Any, Any] = np.asarray(symbols)
        notes = (note for voice in range(rows.shape[1]) for note in self._line(rows, voice))
        return Tune(in_order(notes), tempo, metre, tuple(fermatas))

    def pitch(self, symbol: int) -> int:
        """What a symbol sounds, as MIDI numbers it."""
        return self.lowest + (symbol - 1) // 2

    def shifts(self, pitches: Sequence[Sequence[int]]) -> range:
        """The semitones by which each voice's pitches can be moved within its range: 0 where
        nothing sounds, none where one voice is too high and another too low."""
        sung = [(line, limits) for line, limits in zip(pitches, self.ranges, strict=True) if line]
        down = max((least - min(line) for line, (least, _) in sung), default=0)
        up = min((most - max(line) for line, (_, most) in sung), default=0)
        return range(down, up + 1)

    def _span(self, note: Note) -> tuple[int, int]:
        """The steps of a note: its first one, and the one behind its last."""
        begin = math.floor(note.start / self.step + 0.5)
        end = math.floor((note.start + note.length) / self.step + 0.5)
        return begin, max(begin + 1, end)

    def _line(self, rows: np.ndarray, voice: int) -> list[Note]:
        line: list[Note] = []
        last = REST
        for t, symbol in enumerate(rows[:, voice].tolist()):
            if symbol != REST and symbol == last + last % 2:
                line[-1] = line[-1]._replace(length=line[-1].length + self.step)
            elif symbol != REST:
                line.append(Note(self.pitch(symbol), t * self.step, self.step, voice=voice))
            last = symbol
        return line


def moved(symbols: Symbols, semitones: int) -> Symbols:
    """Symbols so many semitones higher; the caller sees to it that they stay within the codec."""
    return np.where(symbols == REST, REST, symbols + 2 * semitones).astype(np.int32)

"""Handwriting that everybody has: a pen that writes any text in Hershey's fonts.

The fonts (A. V. Hershey 1967) are made of single lines, as a pen makes them. A hand bends
their letters in ways of its own and never writes one twice alike; the pen goes fast where the
way is straight and slowly where it bends, and is looked at in equal times, as by a sensor.
The scale is that of IAM-OnDB: some 20 points a letter.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from textwrap import wrap
from typing import NamedTuple, overload

import numpy as np

from reverie.codecs.ink import Ink
from reverie.codecs.unknown import character_name
from reverie.errors import InputError, missing_extra
from reverie.formats.drawing import PERIOD
from reverie.tasks.handwriting.pen_dynamics import Path, add_tremor, resample_in_time

PRINT, SCRIPT = "futural", "scripts"
"""The fonts of the package whose letters are single lines: apart, and joined up."""

BARE = {"@": (0, 2), "[": (0, 2, 3), "]": (1, 2, 3), "{": (0, 2), "}": (0, 2), "~": (0,)}
"""The lines of these characters that are drawn; the others only make them bold."""

BASELINE = 9.0
"""Where the letters of all fonts stand; they are 21 high, and y goes down."""


class Glyph(NamedTuple):
    """A letter of a font, in units of the font: how wide it is, and its lines."""

    left: float
    width: float
    ways: tuple[Path, ...]


@dataclass(frozen=True)
class PenStyle:
    """How somebody writes; lengths are in units of the font, of which a capital has 21."""

    font: str
    shapes: int
    """The seed of its letters' own shapes."""
    size: float
    """Page units in one of the font."""
    stretch: float
    """Width against height."""
    slant: float
    """How far the top of a letter lies to the right, against its height."""
    spacing: float
    """Between letters."""
    slope: float
    """Of the whole line."""
    drift: float
    """How far the line wanders up and down."""
    jitter: float
    """How far a letter strays."""
    tremor: float
    """How far the pen strays within a letter."""
    roundness: float
    """How far along the way corners are rounded."""
    speed: float
    """From point to point, on a straight way."""

    @classmethod
    def sample(cls, rng: np.random.Generator) -> "PenStyle":
        """A hand by chance."""
        return cls(
            font=str(rng.choice((PRINT, SCRIPT))),
            shapes=int(rng.integers(1 << 31)),
            size=rng.uniform(10, 17),
            stretch=rng.uniform(0.75, 1.15),
            slant=rng.uniform(-0.15, 0.55),
            spacing=rng.uniform(-1.5, 2.0),
            slope=rng.normal(0, 0.015),
            drift=rng.uniform(0.2, 1.5),
            jitter=rng.uniform(0.1, 0.6),
            tremor=rng.uniform(0.05, 0.25),
            roundness=rng.uniform(0.4, 1.3),
            speed=rng.uniform(1.6, 2.6),
        )


@dataclass(frozen=True)
class PenLines(Sequence[Ink]):
    """The lines `texts`, each written by one of `writers` hands, all drawn from `seed`.

    A line is written when it is asked for, the same every time, and differs from that of
    another seed or place. Raises InputError where the extra "pen" is not installed, and for
    characters that the fonts do not have.
    """

    texts: Sequence[str] = field(repr=False)
    writers: int = 40
    seed: int = 0

    def __post_init__(self) -> None:
        if self.writers < 1 or self.seed < 0:
            raise InputError(
                f"cannot write with {self.writers} hands and the seed {self.seed}: "
                "use one hand or more and a seed from 0 on"
            )
        for text in self.texts:
            _refuse_unknown(text)

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> Ink: ...
    @overload
    def __getitem__(self, index: slice) -> list[Ink]: ...
    def __getitem__(self, index: int | slice) -> Ink | list[Ink]:
        """The ink of a line, which holds its text, or those of a slice."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        rng = np.random.default_rng([self.seed, 1, place])
        return write_line(self.texts[place], self.style(int(rng.integers(self.writers))), rng)

    def style(self, number: int) -> PenStyle:
        """One of the hands, by its number from 0 on."""
        return PenStyle.sample(np.random.default_rng([self.seed, 0, number]))


def wrap_lines(text: str, longest: int = 40) -> list[str]:
    """A text in lines of at most `longest` characters, cut between words."""
    return wrap(text, longest)


def write_line(text: str, hand: PenStyle, rng: np.random.Generator) -> Ink:
    """`text` as `hand` writes it this time, on one line that begins at (0, 0), with times.

    Raises InputError where the extra "pen" is not installed, for characters that the fonts do
    not have and for a text without ink.
    """
    _refuse_unknown(text)
    ways = _joined_up(_letters(text, hand, rng))
    if not ways:
        raise InputError("the text is empty: give some letters to write")
    bend = _bend_of_line(ways, hand, rng)
    strokes, clock = [], 0.0
    for way in ways:
        fine = bend(add_tremor(way, hand.roundness, hand.tremor, rng))
        seen = resample_in_time(fine, hand.speed * np.exp(0.15 * rng.normal()))
        times = clock + PERIOD * np.arange(len(seen))
        strokes.append(np.column_stack([seen * hand.size, times]))
        clock = times[-1] + PERIOD * rng.uniform(5, 20)
    return Ink(tuple(strokes), text)


@cache
def glyphs(font: str) -> dict[str, Glyph]:
    """The characters of `PRINT` or `SCRIPT`, in single lines.

    Raises InputError where the extra "pen" is not installed.
    """
    try:
        from HersheyFonts import HersheyFonts
    except ImportError as error:
        raise missing_extra("Hershey-Fonts", "pen") from error
    fonts = HersheyFonts()
    fonts.load_default_font(font)
    known = {
        character: Glyph(
            float(glyph.left_offset), float(glyph.char_width), _ways(character, glyph.strokes)
        )
        for character, glyph in fonts.all_glyphs.items()
        if character.isprintable()
    }
    if font == SCRIPT:  # whose digits and signs are bold
        known |= {c: glyph for c, glyph in glyphs(PRINT).items() if not c.isalpha()}
    return known


def _ways(character: str, strokes: Sequence[Sequence[tuple[int, int]]]) -> tuple[Path, ...]:
    ways = [np.array(stroke, np.float64) for stroke in strokes if stroke]
    return tuple(ways[line] for line in BARE.get(character, range(len(ways))))


def _refuse_unknown(text: str) -> None:
    known = glyphs(PRINT)
    for place, character in enumerate(text):
        if character not in known:
            raise InputError(
                f"the pen cannot write {character_name(character)} at position {place}: "
                "its fonts have the printable characters of ASCII; replace it"
            )


def _letters(text: str, hand: PenStyle, rng: np.random.Generator) -> Iterator[Path]:
    """The lines of all letters where they stand, in units of the font, the baseline at 0."""
    right = 0.0
    for character in text:
        glyph = glyphs(hand.font)[character]
        widen, leaning = rng.normal((1.0, hand.slant), (0.06 * hand.jitter, 0.06))
        lean = np.array([[widen, 0.0], [-leaning, widen]])
        stray = hand.jitter * rng.normal(size=2) * (0.5, 0.8)
        for way in _own_shape(glyph, hand, character):
            standing = (way - (glyph.left, BASELINE)) * (hand.stretch, 1.0)
            yield standing @ lean + stray + (right, 0.0)
        # The letters of the script reach to the next: only words stand apart.
        apart = character == " " or hand.font == PRINT
        gap = hand.spacing + rng.normal(0, 2.0 if character == " " else 0.3) if apart else 0.0
        right += glyph.width * hand.stretch + gap


def _own_shape(glyph: Glyph, hand: PenStyle, character: str) -> list[Path]:
    """The lines of a letter as this hand always bends them: each axis by waves along the other."""
    rng = np.random.default_rng([hand.shapes, ord(character)])
    heights = rng.normal(size=(2, 4)) * (0.7, 0.5, 0.4, 0.3)
    phases = rng.uniform(0, 2 * np.pi, (2, 4))
    turns = 2 * np.pi / 40 * np.arange(1, 5)
    return [
        way + (heights * np.sin(way[:, ::-1, None] * turns + phases)).sum(2) for way in glyph.ways
    ]


def _joined_up(ways: Iterator[Path], reach: float = 3.0) -> list[Path]:
    """Lines that begin where the one before ended, as in script, become one."""
    joined: list[Path] = []
    for way in ways:
        if joined and np.hypot(*(way[0] - joined[-1][-1])) < reach:
            joined[-1] = np.concatenate([joined[-1], way])
        else:
            joined.append(way)
    return joined


def _bend_of_line(
    ways: list[Path], hand: PenStyle, rng: np.random.Generator
) -> Callable[[Path], Path]:
    """How this line bends what stands on it: the slope and the drift of its baseline."""
    middle = max(way[:, 0].max() for way in ways) / 2
    length, phase = rng.uniform(120, 300), rng.uniform(0, 2 * np.pi)

    def bent(way: Path) -> Path:
        x, y = way.T
        wander = hand.drift * np.sin(2 * np.pi * x / length + phase)
        return np.column_stack([x, y + hand.slope * (x - middle) + wander])

    return bent

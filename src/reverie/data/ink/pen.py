"""Synthetic handwriting: a pen that writes any text in Hershey's fonts, without a database.

The fonts (A. V. Hershey 1967) consist of single lines, as of a pen. A writer deforms the letters
in a characteristic way, and each letter a little differently every time; the pen is fast where
the path is straight and slow where it bends, and is sampled at equal times, as by a sensor. The
scale is that of IAM-OnDB: about 20 points per letter.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from textwrap import wrap
from typing import NamedTuple, overload

import numpy as np

from reverie.codecs.ink import Ink
from reverie.codecs.unknown import character_name
from reverie.data.ink.pen_dynamics import Path, add_tremor, resample_in_time
from reverie.errors import InputError, require
from reverie.formats.drawing import PERIOD

PRINT, SCRIPT = "futural", "scripts"
"""The fonts of the package whose letters are single lines: separate, and cursive."""

BARE = {"@": (0, 2), "[": (0, 2, 3), "]": (1, 2, 3), "{": (0, 2), "}": (0, 2), "~": (0,)}
"""The lines of these characters that are used; the others only make them bold."""

BASELINE = 9.0
"""The y of the baseline of all fonts; capitals are 21 high, and y points down."""


class Glyph(NamedTuple):
    """A letter of a font, in units of the font: its left offset, width and lines."""

    left: float
    width: float
    lines: tuple[Path, ...]


@dataclass(frozen=True)
class PenStyle:
    """The style of a writer; lengths are in units of the font, of which a capital has 21."""

    font: str
    shapes: int
    """The seed of the deformation of letters."""
    size: float
    """Page units per unit of the font."""
    stretch: float
    """The ratio of width to height."""
    slant: float
    """The shift of the top of a letter to the right, relative to its height."""
    spacing: float
    """The additional space between letters."""
    slope: float
    """The slope of the line."""
    drift: float
    """The amplitude of the waves of the baseline."""
    jitter: float
    """The standard deviation of the position of a letter."""
    tremor: float
    """The amplitude of the noise of the pen within a letter."""
    roundness: float
    """The length along the path over which corners are rounded."""
    speed: float
    """The distance from point to point on a straight path."""

    @classmethod
    def sample(cls, rng: np.random.Generator) -> "PenStyle":
        """A random style."""
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
    """The lines `texts`, each written by one of `writers` random writers.

    A line is written on access; it depends on the seed and its index only. Raises InputError
    where the extra "pen" is not installed, and for characters that the fonts do not have.
    """

    texts: Sequence[str] = field(repr=False)
    writers: int = 40
    seed: int = 0

    def __post_init__(self) -> None:
        if self.writers < 1 or self.seed < 0:
            raise InputError(
                f"cannot write with {self.writers} writers and the seed {self.seed}: "
                "use one writer or more and a seed from 0 on"
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
        """The ink of a line, with its text, or those of a slice."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        rng = np.random.default_rng([self.seed, 1, place])
        return write_line(self.texts[place], self.style(int(rng.integers(self.writers))), rng)

    def style(self, number: int) -> PenStyle:
        """The style of a writer, by its number from 0 on."""
        return PenStyle.sample(np.random.default_rng([self.seed, 0, number]))


def wrap_lines(text: str, longest: int = 40) -> list[str]:
    """A text in lines of at most `longest` characters, cut between words."""
    return wrap(text, longest)


def write_line(text: str, style: PenStyle, rng: np.random.Generator) -> Ink:
    """`text` in a style, on one line that begins at (0, 0), with times.

    Raises InputError where the extra "pen" is not installed, for characters that the fonts do
    not have and for a text without ink.
    """
    _refuse_unknown(text)
    lines = _join(_letters(text, style, rng))
    if not lines:
        raise InputError("the text is empty: give some letters to write")
    deform = _baseline(lines, style, rng)
    strokes, clock = [], 0.0
    for line in lines:
        fine = deform(add_tremor(line, style.roundness, style.tremor, rng))
        seen = resample_in_time(fine, style.speed * np.exp(0.15 * rng.normal()))
        times = clock + PERIOD * np.arange(len(seen))
        strokes.append(np.column_stack([seen * style.size, times]))
        clock = times[-1] + PERIOD * rng.uniform(5, 20)
    return Ink(tuple(strokes), text)


@cache
def glyphs(font: str) -> dict[str, Glyph]:
    """The characters of `PRINT` or `SCRIPT`, in single lines.

    Raises InputError where the extra "pen" is not installed.
    """
    fonts = require("HersheyFonts", "pen", "Hershey-Fonts").HersheyFonts()
    fonts.load_default_font(font)
    known = {
        character: Glyph(
            float(glyph.left_offset), float(glyph.char_width), _lines_of(character, glyph.strokes)
        )
        for character, glyph in fonts.all_glyphs.items()
        if character.isprintable()
    }
    if font == SCRIPT:  # whose digits and signs are bold
        known |= {c: glyph for c, glyph in glyphs(PRINT).items() if not c.isalpha()}
    return known


def _lines_of(character: str, strokes: Sequence[Sequence[tuple[int, int]]]) -> tuple[Path, ...]:
    lines = [np.array(stroke, np.float64) for stroke in strokes if stroke]
    return tuple(lines[line] for line in BARE.get(character, range(len(lines))))


def _refuse_unknown(text: str) -> None:
    known = glyphs(PRINT)
    for place, character in enumerate(text):
        if character not in known:
            raise InputError(
                f"the pen cannot write {character_name(character)} at position {place}: "
                "its fonts have the printable characters of ASCII; replace it"
            )


def _letters(text: str, style: PenStyle, rng: np.random.Generator) -> Iterator[Path]:
    """The lines of all letters in their positions, in units of the font, the baseline at 0."""
    right = 0.0
    for character in text:
        glyph = glyphs(style.font)[character]
        widen, leaning = rng.normal((1.0, style.slant), (0.06 * style.jitter, 0.06))
        lean = np.array([[widen, 0.0], [-leaning, widen]])
        stray = style.jitter * rng.normal(size=2) * (0.5, 0.8)
        for line in _own_shape(glyph, style, character):
            standing = (line - (glyph.left, BASELINE)) * (style.stretch, 1.0)
            yield standing @ lean + stray + (right, 0.0)
        # The letters of the script touch the next one: only words are separate.
        apart = character == " " or style.font == PRINT
        gap = style.spacing + rng.normal(0, 2.0 if character == " " else 0.3) if apart else 0.0
        right += glyph.width * style.stretch + gap


def _own_shape(glyph: Glyph, style: PenStyle, character: str) -> list[Path]:
    """The lines of a letter, deformed as this writer does: each axis by waves along the other."""
    rng = np.random.default_rng([style.shapes, ord(character)])
    heights = rng.normal(size=(2, 4)) * (0.7, 0.5, 0.4, 0.3)
    phases = rng.uniform(0, 2 * np.pi, (2, 4))
    turns = 2 * np.pi / 40 * np.arange(1, 5)
    return [
        line + (heights * np.sin(line[:, ::-1, None] * turns + phases)).sum(2)
        for line in glyph.lines
    ]


def _join(lines: Iterator[Path], reach: float = 3.0) -> list[Path]:
    """Joins lines that begin where the one before ended, as in script."""
    joined: list[Path] = []
    for line in lines:
        if joined and np.hypot(*(line[0] - joined[-1][-1])) < reach:
            joined[-1] = np.concatenate([joined[-1], line])
        else:
            joined.append(line)
    return joined


def _baseline(
    lines: list[Path], style: PenStyle, rng: np.random.Generator
) -> Callable[[Path], Path]:
    """The deformation of a line by the slope and the waves of its baseline."""
    middle = max(line[:, 0].max() for line in lines) / 2
    length, phase = rng.uniform(120, 300), rng.uniform(0, 2 * np.pi)

    def bend(path: Path) -> Path:
        x, y = path.T
        wander = style.drift * np.sin(2 * np.pi * x / length + phase)
        return np.column_stack([x, y + style.slope * (x - middle) + wander])

    return bend

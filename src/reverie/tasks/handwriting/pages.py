"""Pages of handwriting: the lines of a text in one style, below each other."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from reverie.codecs.ink import Ink, join_inks
from reverie.codecs.level import straighten, usual_size
from reverie.samplers import keys_of
from reverie.tasks.handwriting.generate import Line, StyleExample, Writer
from reverie.tasks.handwriting.layout import (
    letter_sizes,
    size_factors,
    space_evenly,
    word_spaces,
    words_of,
)

ROWS = 32
"""Lines that are written in one batch."""
PER_PAGE = 28
PITCH, GAP = 6.5, 0.6
"""The distance of lines in median sizes, and the fraction of it for an empty line."""

Rank = Callable[[Sequence[Line]], Sequence[float]]
"""The scores of lines: higher is better."""


def by_probability(lines: Sequence[Line]) -> list[float]:
    """The log-probability of each line under the model."""
    return [line.log_prob for line in lines]


class Page(NamedTuple):
    """Some lines of a text, in one style."""

    ink: Ink
    lines: list[Line]


def wrap_text(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` characters, cut between words; empty lines are kept."""
    return [line for part in text.splitlines() for line in textwrap.wrap(part, width) or [""]]


@dataclass(frozen=True)
class Scribe:
    """A writer with its settings, which writes pages; text and example decide the rest."""

    writer: Writer
    seed: int
    bias: float = 0.5
    candidates: int = 1
    """The number of candidates for each line, of which the best is kept."""
    rank: Rank = by_probability
    tries: int = 4
    """The most attempts at a line: one that does not reach the end of its text is written again."""

    def pages(self, lines: Sequence[str], example: StyleExample | None = None) -> Iterator[Page]:
        """The lines as handwriting, page after page, in the style of the example.

        Without one, the longest line of the first page is written first and is the example for
        the others. Pages are not kept.
        """
        for begin in range(0, len(lines), PER_PAGE):
            end = min(begin + PER_PAGE, len(lines))
            part = {n: lines[n] for n in range(begin, end) if lines[n]}
            written: dict[int, Line] = {}
            if example is None and len(part) > 1:
                first = max(part, key=lambda n: len(part[n]))
                written = self.write_lines({first: part[first]})
                if written[first].finished:
                    example = self.writer.continue_from(written[first])
            others = {n: text for n, text in part.items() if n not in written}
            written |= self.write_lines(others, example)
            if written:
                yield make_page({n - begin: line for n, line in written.items()})

    def write_lines(
        self, texts: dict[int, str], example: StyleExample | None = None
    ) -> dict[int, Line]:
        """The best line for each text, by number; the numbers determine the keys."""
        best: dict[int, Line] = {}
        for attempt in range(self.tries):
            left = {n: text for n, text in texts.items() if n not in best or not best[n].finished}
            numbers, share = list(left), max(1, ROWS // self.candidates)
            for begin in range(0, len(numbers), share):
                chosen = {n: left[n] for n in numbers[begin : begin + share]}
                best |= self._attempt(chosen, example, attempt)
        return best

    def _attempt(
        self, texts: dict[int, str], example: StyleExample | None, attempt: int
    ) -> dict[int, Line]:
        """The best candidate for each text in one attempt; finished ones before others.

        A last stroke that was made at the end of the text or behind it is left out where that
        raises the score of a line.
        """
        count = self.candidates
        first = attempt << 24  # so that no two lines and attempts share a key
        keys = jnp.concatenate([keys_of(self.seed, count, first + n * count) for n in texts])
        repeated = [text for text in texts.values() for _ in range(count)]
        lines = self.writer.write(repeated, keys, bias=self.bias, example=example)
        numbers = [number for number in texts for _ in range(count)]
        if count == 1:
            return dict(zip(numbers, lines, strict=True))
        whole = list(zip(numbers, lines, strict=True))
        shorter = [(n, s) for n, line in whole if (s := without_last_stroke(line)) is not line]
        judged = [*shorter, *whole]
        scores = self.rank([line for _, line in judged])
        # Of equals the last wins: the whole line.
        order = sorted(zip(judged, scores, strict=True), key=lambda e: (e[0][1].finished, e[1]))
        return dict(found for found, _ in order)


def without_last_stroke(line: Line) -> Line:
    """The line without its last stroke if that begins at the last character or behind it."""
    strokes, text = line.ink.strokes, line.ink.text
    kept = len(line.ink.points) - len(strokes[-1])
    if line.places is None or not kept or line.places[kept] < len(text) - 1:
        return line
    return line._replace(ink=Ink(strokes[:-1], text), places=line.places[:kept])


def make_page(lines: dict[int, Line]) -> Page:
    """A page with lines at the positions of their numbers, of one size, slope and word space."""
    ordered = dict(sorted(lines.items()))
    return Page(_arrange(_fit_together(ordered)), list(ordered.values()))


def _fit_together(lines: dict[int, Line]) -> dict[int, Ink]:
    """The inks of lines, resized and with even spaces where it is known what their points spell."""
    inks = {number: line.ink for number, line in lines.items()}
    if len(lines) > 1:
        inks = {number: straighten(ink) for number, ink in inks.items()}
    places = {number: line.places for number, line in lines.items() if line.places is not None}
    sizes = [letter_sizes(inks[number], at) for number, at in places.items()]
    for number, factor in zip(places, size_factors(sizes), strict=True):
        inks[number] = inks[number].move(0, 0, factor)
    words = {number: words_of(inks[number], at) for number, at in places.items()}
    spaces = [s for number, own in words.items() for s in word_spaces(inks[number], own)]
    common = float(np.median(spaces)) if spaces else 0.0
    return inks | {number: space_evenly(inks[number], own, common) for number, own in words.items()}


def _arrange(inks: dict[int, Ink]) -> Ink:
    """Inks on the lines of a page, by the number of the line."""
    if len(inks) == 1:
        (ink,) = inks.values()
        return ink.move(-ink.bounds[0], -ink.bounds[1])
    pitch = PITCH * usual_size(list(inks.values()))
    moved: list[Ink] = []
    for number, ink in inks.items():
        empty = number - len(moved)  # empty lines above it
        middle = float(np.median(ink.points[:, 1]))
        down = (number - empty + GAP * empty) * pitch - middle
        moved.append(ink.move(-ink.bounds[0], down))
    return join_inks(moved)

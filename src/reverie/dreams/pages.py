"""Pages of handwriting: a text in lines, all in one hand, set below each other."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from reverie.dreams.hands import Example, Line, Writer
from reverie.dreams.keys import keys_of
from reverie.media.ink import Ink, joined

ROWS = 32
"""Lines that are written at once."""
PER_PAGE = 28
PITCH = 2.0
"""Between lines, in heights of a line."""

Rank = Callable[[Sequence[Line]], Sequence[float]]
"""How good each of some lines is: more is better."""


def by_probability(lines: Sequence[Line]) -> list[float]:
    """How probable the model finds its own points."""
    return [line.log_prob for line in lines]


class Page(NamedTuple):
    """Some lines of a text, in one hand."""

    ink: Ink
    lines: list[Line]


def set_in_lines(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` characters, cut between words; an empty line stays."""
    return [line for part in text.splitlines() for line in textwrap.wrap(part, width) or [""]]


def pages(
    writer: Writer,
    lines: Sequence[str],
    *,
    seed: int,
    bias: float = 0.5,
    example: Example | None = None,
    candidates: int = 1,
    rank: Rank = by_probability,
) -> Iterator[Page]:
    """The lines by hand, page after page, in the hand of the example.

    Without one, the longest line of the first page is written first, and is the example of the
    others. Each line is the best of `candidates`; those that came to the end of their text are
    better than those that did not. No more than a page is kept.
    """
    for begin in range(0, len(lines), PER_PAGE):
        part = {n: lines[n] for n in range(begin, min(begin + PER_PAGE, len(lines))) if lines[n]}
        written: dict[int, Line] = {}
        if example is None and part:
            first = max(part, key=lambda n: len(part[n]))
            written |= _best(writer, {first: part[first]}, seed, bias, None, candidates, rank)
            if len(lines) > 1 and written[first].finished:
                example = writer.example(written[first].ink, part[first])
        others = {n: text for n, text in part.items() if n not in written}
        written |= _best(writer, others, seed, bias, example, candidates, rank)
        if written:
            yield page_of({n - begin: line for n, line in written.items()})


def page_of(lines: dict[int, Line]) -> Page:
    """A page with lines in the places of their numbers."""
    ordered = [lines[n] for n in sorted(lines)]
    return Page(_placed({n: line.ink for n, line in lines.items()}), ordered)


def _best(
    writer: Writer,
    texts: dict[int, str],
    seed: int,
    bias: float,
    example: Example | None,
    candidates: int,
    rank: Rank,
) -> dict[int, Line]:
    """The best line of each text, by their numbers, which choose the keys."""
    best: dict[int, Line] = {}
    share = max(1, ROWS // candidates)
    numbers = list(texts)
    for begin in range(0, len(numbers), share):
        chosen = numbers[begin : begin + share]
        keys = jnp.concatenate([keys_of(seed, candidates, n * candidates) for n in chosen])
        lines = writer.write(
            [texts[n] for n in chosen for _ in range(candidates)], keys, bias=bias, example=example
        )
        scores = rank(lines) if candidates > 1 else [0.0] * len(lines)
        for place, number in enumerate(chosen):
            own = range(place * candidates, (place + 1) * candidates)
            best[number] = lines[max(own, key=lambda n: (lines[n].finished, scores[n]))]
    return best


def _placed(inks: dict[int, Ink]) -> Ink:
    """Inks on the lines of a page, by the number of the line."""
    heights = [float(np.ptp(np.quantile(ink.points[:, 1], (0.02, 0.98)))) for ink in inks.values()]
    pitch = PITCH * float(np.median(heights))
    moved = []
    for number in sorted(inks):
        ink = inks[number]
        middle = float(np.median(ink.points[:, 1]))
        moved.append(ink.moved(-ink.bounds[0], number * pitch - middle))
    return joined(moved) if len(moved) > 1 else moved[0]

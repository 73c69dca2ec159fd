"""A picture of a tune as a piano roll: time from left to right, and the keys of a piano upwards."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from reverie.codecs.tune import HIGHEST, KEYS, LOWEST, Note, Tune
from reverie.errors import InputError, require
from reverie.inspection.panels import (
    LEFT,
    NARROWEST,
    RIGHT,
    TICKED,
    TOP,
    WIDEST,
    WORDS,
    add_colour_bar,
    add_panel,
    make_figure,
    set_title,
)
from reverie.tasks.music.timing import bar_length, has_upbeat

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

LINE, MOST = 64.0, 16
"""The quarters of a line, about, and the most lines of a picture."""
QUARTER, KEY = WIDEST / LINE, 0.05
"""The width of a quarter and the height of a key, in inches."""
AROUND, FEWEST = 2, 24
"""Keys above the highest note and below the lowest one, and the keys that are shown at least."""
THICK, THIN = 0.8, 0.45
"""The height of a note beside that of its key, alone and before probabilities."""
APART = 0.08
"""The quarters between a note and the next."""
SHADES = "#ffffff", "#7d8698"
"""Of what is improbable and of what is certain: notes of any voice can be seen before both."""
COLOURS = ("#1d5fa8", "#c2571a", "#2e7d4f", "#7a3fb5")
"""Of the voices."""
BAR, OCTAVE = "#c9cedb", "#e6e8f0"
"""The lines of bars and below each C."""


def roll_picture(
    tune: Tune,
    probabilities: Float[np.ndarray, "T 88"] | None = None,
    *,
    step: float = 0.25,
    title: str = "",
) -> Figure:
    """The notes, and behind them how probable each key was in each step of `step` quarters.

    Long tunes are in several lines. Raises InputError without the extra "pictures", for
    probabilities of another number of keys, for what is no metre and for tunes that are too long.
    """
    check_probabilities(probabilities, step)
    length = shown_length(tune, probabilities, step)
    keys = key_range(tune, probabilities)
    lines, line = divide_lines(length, bar_length(tune.metre))
    across, high = max(NARROWEST, line * QUARTER), (keys[1] - keys[0] + 1) * KEY
    figure = make_figure(LEFT + across + RIGHT, TOP + lines * (high + TICKED))
    for number in range(lines):
        axes = add_panel(figure, LEFT, TOP + number * (high + TICKED), across, high)
        image = draw_roll(axes, tune, probabilities, step)
        set_ticks(axes, tune, (number * line, (number + 1) * line), keys)
        if number == 0:
            set_title(axes, title)
        if image is not None:
            add_colour_bar(axes, image, "probability")
    axes.set_xlabel("bar", fontsize=8, color=WORDS)
    return figure


def divide_lines(length: float, bar: float) -> tuple[int, float]:
    """How many lines a picture of so many quarters has, and the quarters of each, whole bars.

    InputError where there would be too many.
    """
    bars = math.ceil(length / bar)
    lines = math.ceil(bars / max(1, int(LINE / bar)))
    if lines > MOST:
        raise InputError(f"a tune of {length:,.0f} quarters is too long for a picture: draw a part")
    return lines, math.ceil(bars / lines) * bar


def check_probabilities(probabilities: Float[np.ndarray, "T 88"] | None, step: float) -> None:
    """InputError where they are not of the keys of a piano, or their steps have no length."""
    if probabilities is not None and (
        probabilities.ndim != 2 or probabilities.shape[1] != KEYS or not step > 0
    ):
        raise InputError(
            f"probabilities {probabilities.shape} in steps of {step} quarters cannot be shown: "
            f"give a row of {KEYS} keys for each step, and steps longer than 0"
        )


def shown_length(tune: Tune, probabilities: Float[np.ndarray, "T 88"] | None, step: float) -> float:
    """The quarters that are shown: until the last note and the last step have ended."""
    return max(tune.length, 0 if probabilities is None else step * len(probabilities), 1.0)


def key_range(tune: Tune, probabilities: Float[np.ndarray, "T 88"] | None) -> tuple[int, int]:
    """The lowest and the highest key that are shown: those of the notes, and where some are
    probable."""
    found = [note.pitch for note in tune.notes]
    if probabilities is not None:
        found += (LOWEST + np.flatnonzero(probabilities.max(0, initial=0) > 0.1)).tolist()
    low, high = min(found, default=60) - AROUND, max(found, default=60) + AROUND
    wider = max(0, FEWEST - (high - low + 1))
    return max(0, low - wider // 2), min(127, high + wider - wider // 2)


def draw_roll(
    axes: Axes, tune: Tune, probabilities: Float[np.ndarray, "T 88"] | None, step: float
) -> AxesImage | None:
    """Draws probabilities, and notes before them; returns the image of the former."""
    image = None
    if probabilities is not None:
        colours = require("matplotlib.colors", "pictures")
        image = axes.imshow(
            probabilities.T,
            extent=(0, step * len(probabilities), LOWEST - 0.5, HIGHEST + 0.5),
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            cmap=colours.LinearSegmentedColormap.from_list("shades", SHADES),
            vmin=0,
            vmax=1,
        )
    high = THICK if image is None else THIN
    voices = sorted({note.voice for note in tune.notes})
    for n, voice in enumerate(voices):
        notes = [note for note in tune.notes if note.voice == voice]
        draw_notes(axes, notes, COLOURS[n % len(COLOURS)], high)
    return image


def draw_notes(axes: Axes, notes: list[Note], colour: str, high: float) -> None:
    """Draws notes, with a gap behind each, so that repeated ones are told apart."""
    collections = require("matplotlib.collections", "pictures")
    boxes = []
    for pitch, start, length, *_ in notes:
        end = start + max(length - APART, 0.7 * length)
        below, above = pitch - high / 2, pitch + high / 2
        boxes.append([(start, below), (start, above), (end, above), (end, below)])
    axes.add_collection(collections.PolyCollection(boxes, facecolors=colour, linewidths=0))


def set_ticks(axes: Axes, tune: Tune, span: tuple[float, float], keys: tuple[int, int]) -> None:
    """Shows a stretch in quarters and a range of keys, with lines for bars and octaves."""
    bar, (first, last) = bar_length(tune.metre), span
    bars = np.arange(round(first / bar), round(last / bar) + 1)
    apart = max(1, round(4 / bar)) if len(bars) > 40 else 1
    octaves = [key for key in range(keys[0], keys[1] + 1) if key % 12 == 0]
    axes.set(xlim=span, ylim=(keys[0] - 0.5, keys[1] + 0.5), aspect="auto")
    axes.vlines(bars * bar, *axes.get_ylim(), color=BAR, linewidth=0.6, zorder=0.5)
    axes.hlines([key - 0.5 for key in octaves], *span, color=OCTAVE, linewidth=0.6, zorder=0.5)
    number = 0 if has_upbeat(tune) else 1
    axes.set_xticks(bars[:-1:apart] * bar, [str(n + number) for n in bars[:-1:apart]])
    axes.set_yticks(octaves, [f"C{key // 12 - 1}" for key in octaves])

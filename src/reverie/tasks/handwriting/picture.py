"""The verb `picture`: what a model of handwriting expects, weighs, reads and writes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reverie.codecs.ink import Ink
from reverie.codecs.unknown import character_name
from reverie.data.ink.corpus import open_lines
from reverie.errors import InputError
from reverie.inspection.saving import save_figure
from reverie.samplers import keys_of
from reverie.storage import Loaded
from reverie.tasks.handwriting.density import density as density_of
from reverie.tasks.handwriting.density import make_grid
from reverie.tasks.handwriting.generate import Writer
from reverie.tasks.handwriting.line_trace import LineTrace, read_line
from reverie.tasks.handwriting.options import PictureOptions
from reverie.tasks.handwriting.rows import rows_picture
from reverie.tasks.handwriting.styles import read_style
from reverie.tasks.handwriting.views import density_picture, weights_picture, window_picture
from reverie.tasks.task import Given, Output, Remark

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 2400
"""Cells of a density, side by side, at most."""
BIAS = 0.5
"""Of a line that is written to be looked into: that of `reverie write`."""
BIASES = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0)


class Drawing(NamedTuple):
    """A model, a text and options, of which a picture is made; remarks go to `notes`."""

    loaded: Loaded
    text: str
    options: PictureOptions
    notes: list[Remark]


def picture(loaded: Loaded, given: Given) -> Output:
    """Draws a picture into a file."""
    kind, text = given.values["kind"], " ".join(given.values.get("text", "").split())
    options = given.group(PictureOptions)
    if options.seed is None and not options.trace:
        options = replace(options, seed=secrets.randbelow(2**32))
        yield Remark(f"(--seed {options.seed} draws this again)")
    drawing = Drawing(loaded, text, options, [])
    save_figure(KINDS[kind](drawing), options.out)
    yield from drawing.notes
    yield Remark(f"{options.out}: {kind}")


def density(drawing: Drawing) -> Figure:
    """Where the next point is expected, on the page."""
    line, strokes = _trace(drawing), drawing.loaded.codec.strokes
    grid = make_grid(line, strokes, COLUMNS)
    return density_picture(line.ink, grid, density_of(line, strokes, grid))


def weights(drawing: Drawing) -> Figure:
    """The weights of the components."""
    line = _trace(drawing)
    return weights_picture(line.ink, line.weights)


def window(drawing: Drawing) -> Figure:
    """The window over the text."""
    line = _trace(drawing)
    return window_picture(line.ink, line.ink.text, line.phi)


def biases(drawing: Drawing) -> Figure:
    """A text by one seed, from wild to neat."""
    known = _known_text(drawing.loaded, drawing.text)
    inks = [_write(drawing, [known], bias)[0] for bias in BIASES]
    return rows_picture([[ink] for ink in inks], [f"bias {bias:g}" for bias in BIASES])


def samples(drawing: Drawing) -> Figure:
    """Real lines, and the same texts by the model."""
    real = _real_lines(drawing)
    texts = [ink.text for ink in real]
    own = _write(drawing, texts, drawing.options.bias or 0.0)
    return rows_picture(list(zip(real, own, strict=True)), texts, ["real", "written"])


KINDS: dict[str, Callable[[Drawing], Figure]] = {
    "density": density,
    "weights": weights,
    "window": window,
    "biases": biases,
    "samples": samples,
}


def _trace(drawing: Drawing) -> LineTrace:
    """The trace that was named, or the text as the model writes it, and what the model saw."""
    loaded, text, options, _ = drawing
    if options.trace:
        ink, bias = read_style(options.trace).inks[0], options.bias or 0.0
        text = _known_text(loaded, text or ink.text)
    else:
        bias = BIAS if options.bias is None else options.bias
        (ink,) = _write(drawing, [_known_text(loaded, text)], bias)
    return read_line(loaded.model, loaded.codec, ink, text, bias)


def _known_text(loaded: Loaded, text: str) -> str:
    """The text; InputError where it has a character that the model has never seen."""
    unseen = next((c for c in text if c not in loaded.codec.alphabet.alphabet), None)
    if unseen is not None:
        raise InputError(
            f"the model has never seen {character_name(unseen)}: give a text without it"
        )
    return text


def _write(drawing: Drawing, texts: Sequence[str], bias: float) -> list[Ink]:
    """Each text as a line; notes those that did not come to their end."""
    loaded, seed = drawing.loaded, drawing.options.seed
    assert seed is not None
    lines = Writer(loaded.model, loaded.codec).write(texts, keys_of(seed, len(texts)), bias=bias)
    drawing.notes.extend(
        Remark(
            f"{line.ink.text!r} at bias {bias:g} was ended by the limit, not by the end of "
            "the text: try another --seed"
        )
        for line in lines
        if not line.finished
    )
    return [line.ink for line in lines]


def _real_lines(drawing: Drawing) -> list[Ink]:
    """Some lines whose texts the model can write, of those kept for the test where there are.

    Raises InputError where there are none.
    """
    loaded, options = drawing.loaded, drawing.options
    hands = open_lines(options.data, loaded.config.data, loaded.config.training.seed)
    train, valid, test = hands.parts
    inks = next(part for part in (test, valid, train) if len(part))
    known = set(loaded.codec.alphabet.alphabet)
    order = np.random.default_rng(options.seed).permutation(len(inks))
    fit = (ink for ink in (inks[n] for n in order) if ink.text.strip() and set(ink.text) <= known)
    found = list(islice(fit, options.count))
    if not found:
        raise InputError(
            f"no line of {options.data} has a text that the model can write: give others"
        )
    return found

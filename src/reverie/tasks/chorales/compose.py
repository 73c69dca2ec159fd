"""The verb `compose`: pieces in voices, freely or beneath a melody."""

from __future__ import annotations

import secrets
from typing import NamedTuple

import numpy as np

from reverie.codecs.tune import Tune
from reverie.codecs.voices import Grid, Voices
from reverie.storage import Loaded
from reverie.tasks.chorales.generate import Composer, Drawn
from reverie.tasks.chorales.melody import read_melody
from reverie.tasks.chorales.options import ComposeOptions
from reverie.tasks.music.options import MusicOutput
from reverie.tasks.music.output import Made, deliver
from reverie.tasks.music.timing import bar_length
from reverie.tasks.task import Given, Note, Output

TEMPO = 80.0
"""Quarters a minute."""
PHRASE = 2
"""Bars of a phrase."""


class Frame(NamedTuple):
    """What is known of a piece before it is composed."""

    grid: Grid
    given: np.ndarray
    """(T, P): what of the grid is to stay."""
    tune: Tune
    """Its tempo, metre and fermatas; of its notes those that are given."""
    shift: int = 0
    """By how many semitones it is moved back in the end."""
    notes: tuple[str, ...] = ()


def compose(loaded: Loaded, given: Given) -> Output:
    """Pieces, each in a file or on a page of all; or as text."""
    options, output = given.group(ComposeOptions), given.group(MusicOutput)
    codec: Voices = loaded.codec
    frame = beneath(options, codec) if options.harmonise else empty(options, codec)
    yield from (Note(f"{options.harmonise}: {note}") for note in frame.notes)
    seed = secrets.randbelow(2**32 - options.count) if options.seed is None else options.seed
    if options.seed is None:
        yield Note(f"(--seed {seed} composes this again)")
    drawn = Composer(loaded.model, codec).compose(
        frame.grid,
        frame.given,
        count=options.count,
        seed=seed,
        temperature=options.temperature,
        sweeps=options.sweeps,
    )
    made = [finish(codec, frame, each, seed + n) for n, each in enumerate(drawn)]
    yield from deliver(made, output)


def empty(options: ComposeOptions, codec: Voices) -> Frame:
    """Bars of which nothing is known but where their phrases end: two beats before the bar is full,
    since a phrase begins with an upbeat of one."""
    beats, unit = map(int, options.metre.split("/"))
    bar = bar_length((beats, unit))
    steps = round(options.bars * bar / codec.step)
    upbeat = 4 / unit if beats > 2 else 0.0
    phrase = PHRASE * bar
    ends = np.arange(phrase, options.bars * bar + phrase / 2, phrase)
    fermatas = tuple(float(end) - 4 / unit for end in np.minimum(ends, options.bars * bar))
    symbols = np.zeros((steps, codec.voices), np.int32)
    tune = Tune((), options.tempo or TEMPO, (beats, unit), fermatas)
    grid = codec.grid(symbols, tune.metre, upbeat, ())
    held = np.zeros(steps, bool)
    for fermata in fermatas:
        begin = round(fermata / codec.step)
        held[begin : begin + round(4 / unit / codec.step)] = True
    return Frame(grid._replace(held=held), np.zeros(symbols.shape, bool), tune)


def beneath(options: ComposeOptions, codec: Voices) -> Frame:
    """A melody whose other voices are not known. InputError for one that cannot be harmonised."""
    tune, shift, notes = read_melody(options.harmonise, codec)
    if options.tempo is not None:
        tune = tune._replace(tempo=options.tempo)
    grid = codec.encode(tune)
    given = np.zeros(grid.symbols.shape, bool)
    given[:, 0] = True
    return Frame(grid, given, tune, shift, notes)


def finish(codec: Voices, frame: Frame, drawn: Drawn, seed: int) -> Made:
    """A piece as it is played, and what is to be said of it."""
    tune = codec.decode(
        drawn.symbols,
        tempo=frame.tune.tempo,
        metre=frame.tune.metre,
        fermatas=frame.tune.fermatas,
    )
    back = (note._replace(pitch=note.pitch - frame.shift) for note in tune.notes)
    nats = -drawn.log_probs[~frame.given].sum() / len(drawn.symbols)
    said = f"{len(tune.notes):,} notes, {tune.seconds:.0f} seconds, {nats:.2f} nats a step"
    probabilities = np.roll(drawn.sounding, -frame.shift, axis=1)
    return Made(f"seed {seed}", tune._replace(notes=tuple(back)), probabilities, codec.step, said)

"""The verb `compose`: pieces in voices, freely or beneath a melody."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reverie.codecs.tune import HIGHEST, KEYS, LOWEST, Tune
from reverie.codecs.voices import VoiceGrid, Voices
from reverie.data.music.keys import key_of, sharps_of
from reverie.data.rolls import heard, roll_of
from reverie.storage import Loaded
from reverie.tasks.chorales.data import open_scores
from reverie.tasks.chorales.generate import Composer, Drawn
from reverie.tasks.chorales.melody import read_melody
from reverie.tasks.chorales.options import ComposeOptions
from reverie.tasks.music.novelty import Learned, judge
from reverie.tasks.music.options import MusicOutput
from reverie.tasks.music.output import Composed, check_ready, deliver
from reverie.tasks.music.timing import bar_length
from reverie.tasks.task import Given, Output, Remark, choose_seed

TEMPO = 80.0
"""Quarters a minute."""
PHRASE = 2
"""Bars of a phrase."""
FARTHEST = 6
"""Semitones by which a piece is moved at most."""


class Frame(NamedTuple):
    """What is known of a piece before it is composed."""

    grid: VoiceGrid
    given: np.ndarray
    """(T, P): what of the grid is to stay."""
    tune: Tune
    """Its tempo, metre and fermatas; of its notes those that are given."""
    silence: float = 0.0
    """Quarters of the first bar that are not played, before an upbeat."""
    shift: int | None = None
    """By how many semitones it is moved in the end; None: to where it has few sharps or flats."""
    notes: tuple[str, ...] = ()


def compose(loaded: Loaded, given: Given) -> Output:
    """Pieces, each in a file or on a page of all; or as text."""
    options, output = given.group(ComposeOptions), given.group(MusicOutput)
    codec: Voices = loaded.codec
    frame = beneath(options, codec) if options.harmonise else empty(options, codec)
    yield from (Remark(f"{options.harmonise}: {note}") for note in frame.notes)
    check_ready(output, len(frame.given) * codec.step + frame.silence, frame.tune.metre)
    seed = yield from choose_seed(options.seed, options.count, "composes")
    drawn = Composer(loaded.model, codec).compose(
        frame.grid,
        frame.given,
        count=options.count,
        seed=seed,
        temperature=options.temperature,
        sweeps=options.sweeps,
        candidates=options.candidates,
    )
    made = [finish(codec, frame, each, seed + n) for n, each in enumerate(drawn)]
    if options.novelty:
        given.check_own_data(loaded)
        scores = open_scores(loaded.config.data).parts.train
        learned = Learned([roll_of(score.tune, codec.step).roll for score in scores])
        made = [judge(each, learned) for each in made]
    yield from deliver(made, output)


def empty(options: ComposeOptions, codec: Voices) -> Frame:
    """Bars of which nothing is known but where phrases end: on the last beat but one of a bar, for
    the last is the upbeat of the next phrase; in a metre of two beats with the bar."""
    beats, unit = map(int, options.metre.split("/"))
    bar, beat = bar_length((beats, unit)), 4 / unit
    upbeat = beat if beats > 2 else 0.0
    ends = bar * np.arange(PHRASE, options.bars + PHRASE, PHRASE).clip(max=options.bars)
    fermatas = tuple(float(end) - beat for end in ends)
    steps = max(1, round(options.bars * bar / codec.step))
    tune = Tune((), options.tempo or TEMPO, (beats, unit), fermatas)
    grid = codec.grid(np.zeros((steps, codec.voices), np.int32), tune.metre, upbeat)
    for fermata in fermatas:
        grid.held[round(fermata / codec.step) : round((fermata + beat) / codec.step)] = True
    given = np.zeros(grid.symbols.shape, bool)
    return Frame(grid, given, tune, bar - upbeat if upbeat else 0.0)


def beneath(options: ComposeOptions, codec: Voices) -> Frame:
    """A melody whose other voices are not known. InputError for one that cannot be harmonised."""
    tune, shift, notes = read_melody(options.harmonise, codec)
    if options.tempo is not None:
        tune = tune._replace(tempo=options.tempo)
    grid = codec.encode(tune)
    given = np.zeros(grid.symbols.shape, bool)
    given[:, 0] = True
    if codec.lowest - shift < LOWEST or codec.highest - shift > HIGHEST:
        notes = (*notes, f"moved by {shift:+} semitones: voices beneath it would leave the piano")
        shift = 0
    return Frame(grid, given, tune, shift=-shift, notes=notes)


def finish(codec: Voices, frame: Frame, drawn: Drawn, seed: int) -> Composed:
    """A piece as it is played, and what is to be said of it."""
    tune = codec.decode(
        drawn.symbols,
        tempo=frame.tune.tempo,
        metre=frame.tune.metre,
        fermatas=frame.tune.fermatas,
    )
    shift = easy_shift(tune, codec) if frame.shift is None else frame.shift
    nats = -drawn.log_probs[~frame.given].sum() / len(drawn.symbols)
    said = f"{len(tune.notes):,} notes, {tune.seconds:.0f} seconds, {nats:.2f} nats a step"
    before = np.zeros((round(frame.silence / codec.step), KEYS))
    sounding = np.concatenate([before, heard(drawn.sounding, shift)])
    played = tune.moved(shift, frame.silence)
    return Composed(f"seed {seed}", played, sounding, codec.step, said)


def easy_shift(tune: Tune, codec: Voices) -> int:
    """The semitones by which a tune is moved, its voices within their ranges, to a key with few
    sharps or flats: the model knows all keys, and chooses any."""
    key = key_of(tune)
    pitches = [[note.pitch for note in tune.notes if note.voice == v] for v in range(codec.voices)]
    within = codec.shifts(pitches)
    fitting = range(max(within.start, -FARTHEST), min(within.stop, FARTHEST + 1))
    return min(fitting, key=lambda s: (abs(sharps_of(key, s)), abs(s)), default=0)

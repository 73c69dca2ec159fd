"""Music that a model draws beside real music: chords repeated and dissonant, cadences, parallels.

    music_samples.py [MODEL] [--count N]

Of a model of chorales (by default the one that ships) the pieces are measured on the beats, voice
by voice; of a model of piano rolls in every frame. Both are compared with the test part of the data
that the model learned from.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

import numpy as np

from reverie.codecs.piano_roll import PianoRoll
from reverie.codecs.voices import REST, VoiceGrid, Voices
from reverie.data.rolls import roll_of
from reverie.header import MODELS
from reverie.loading import load
from reverie.padding import pad
from reverie.samplers import Sample, keys_of
from reverie.tasks.chorales.cadences import closure
from reverie.tasks.chorales.compose import empty
from reverie.tasks.chorales.data import grids_of, open_scores
from reverie.tasks.chorales.generate import Composer
from reverie.tasks.chorales.options import ComposeOptions
from reverie.tasks.music.compose import draw_pieces
from reverie.tasks.music.data import open_music

DISSONANT = {1, 2, 6, 10, 11}
"""Semitones, within an octave: seconds, sevenths and the tritone."""
SILENT = -1
TEMPERATURES = (1.0, 0.7)
FRAMES = 64
"""Of a roll that is drawn."""

Shares = dict[str, float]


def chord_shares(chords: Sequence[Sequence[set[int]]]) -> Shares:
    """Of pieces of chords, each a set of pitches."""
    frames = [chord for piece in chords for chord in piece]
    pairs = [pair for piece in chords for pair in pairwise(piece)]
    return {
        "chords as the one before": mean(a == b for a, b in pairs),
        "chords with a second, a seventh or a tritone": mean(map(is_dissonant, frames)),
        "frames of more than 4 notes": mean(len(chord) > 4 for chord in frames),
        "silent frames": mean(not chord for chord in frames),
    }


def mean(found) -> float:
    return float(np.mean(list(found)))


def is_dissonant(chord: set[int]) -> bool:
    return any((a - b) % 12 in DISSONANT for a, b in combinations(chord, 2))


def voice_shares(codec: Voices, grids: Sequence[VoiceGrid]) -> Shares:
    """Of pieces in voices, on the beats."""
    beat = round(1 / codec.step)
    pieces = [pitches(codec, grid.symbols[::beat]) for grid in grids]
    pieces = [p[(p != SILENT).all(1)] for p in pieces]
    moves = np.array([step_pairs(p) for p in pieces]).sum(0)
    limits, every = np.array(codec.ranges), np.concatenate(pieces)
    closures = [closure(codec, grid) for grid in grids]
    shares = chord_shares([[set(row) for row in p.tolist()] for p in pieces])
    return {
        **{name: share for name, share in shares.items() if "frames" not in name},
        "parallel fifths and octaves, of two voices that move the same way": moves[0] / moves[1],
        "crossed voices": mean((np.diff(every) > 0).any(1)),
        "notes outside the range of their voice": mean(
            ((every < limits[:, 0]) | (every > limits[:, 1])).ravel()
        ),
        "phrases that end on a major or minor chord": mean(c.phrases for c in closures),
        "pieces that end on the chord of their key": mean(c.in_its_key for c in closures),
    }


def pitches(codec: Voices, symbols: np.ndarray) -> np.ndarray:
    return np.where(symbols == REST, SILENT, codec.lowest + (symbols - 1) // 2)


def step_pairs(p: np.ndarray) -> tuple[int, int]:
    """How many pairs of voices move in parallel fifths or octaves, and how many the same way."""
    bad = same = 0
    for a, b in combinations(range(p.shape[1]), 2):
        apart = (p[:, a] - p[:, b]) % 12
        up = np.sign(np.diff(p[:, [a, b]], axis=0))
        together = (up[:, 0] == up[:, 1]) & (up[:, 0] != 0)
        bad += int((together & (apart[1:] == apart[:-1]) & np.isin(apart[1:], (0, 7))).sum())
        same += int(together.sum())
    return bad, same


def chorales(loaded, count: int) -> dict[str, Shares]:
    """Real pieces and drawn ones."""
    codec = loaded.codec
    shares = {
        "real": voice_shares(codec, grids_of(codec, open_scores(loaded.config.data).parts.test))
    }
    frame, composer = empty(ComposeOptions(), codec), Composer(loaded.model, codec)
    for t, candidates in ((1.0, 1), (0.7, 1), (0.7, ComposeOptions().candidates)):
        drawn = composer.compose(
            frame.grid, frame.given, count=count, seed=1, temperature=t, candidates=candidates
        )
        grids = [frame.grid._replace(symbols=each.symbols) for each in drawn]
        shares[f"{t:g}, best of {candidates}"] = voice_shares(codec, grids)
    return shares


def rolls(loaded, count: int) -> dict[str, Shares]:
    """Real frames and drawn ones."""
    codec: PianoRoll = loaded.codec

    def sets(pieces: Sequence[np.ndarray]) -> list[list[set[int]]]:
        return [[set(np.flatnonzero(row).tolist()) for row in piece] for piece in pieces]

    shares = {"real": chord_shares(sets(open_music(loaded.config.data).parts.test))}
    for t in TEMPERATURES:
        made = draw_pieces(
            loaded.model, codec, Sample.temperature(t), FRAMES, keys_of(1, count), 100.0
        )
        # What is silent at the end counts as well.
        pieces = [pad(roll_of(each.tune, codec.step).roll, FRAMES) for each in made]
        shares[f"temperature {t:g}"] = chord_shares(sets(pieces))
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default=str(MODELS / "chorales.reverie"))
    parser.add_argument("--count", type=int, default=20)
    given = parser.parse_args()
    loaded = load(given.model)
    measure: Callable = rolls if isinstance(loaded.codec, PianoRoll) else chorales
    found = measure(loaded, given.count)
    print(f"{'':<66}" + "".join(name.rjust(16) for name in found))
    for name in found["real"]:
        print(f"{name:<66}" + "".join(f"{s[name]:16.1%}" for s in found.values()))


if __name__ == "__main__":
    main()

"""The verb `compose`: pieces drawn frame by frame."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.codecs.piano_roll import PianoRoll, Roll
from reverie.codecs.tune import KEYS
from reverie.concepts import Key, Sampler
from reverie.data.rolls import heard, roll_of, transposed, tune_of
from reverie.errors import InputError
from reverie.formats import midi
from reverie.formats.opening import prefix_errors
from reverie.model import SequenceModel
from reverie.rollout import nothing, rollout
from reverie.samplers import Primed, Sample, keys_of
from reverie.storage import Loaded
from reverie.tasks.music.data import open_music
from reverie.tasks.music.novelty import Learned, judge
from reverie.tasks.music.options import MusicOutput, RollComposeOptions
from reverie.tasks.music.output import Composed, check_ready, deliver
from reverie.tasks.task import Given, Output, Remark, choose_seed

BAR = 4.0
"""Quarters."""
DRAWS = 32
"""Samples of a frame, of which its probabilities are the mean."""


def compose(loaded: Loaded, given: Given) -> Output:
    """Pieces, each in a file or on a page of all; or as text."""
    options, output = given.group(RollComposeOptions), given.group(MusicOutput)
    codec: PianoRoll = loaded.codec
    beginning, notes = _beginning(options.prime, codec)
    yield from (Remark(f"{options.prime}: {note}") for note in notes)
    frames = len(beginning) + round(options.bars * BAR / codec.step)
    check_ready(output, frames * codec.step)
    seed = yield from choose_seed(options.seed, options.count, "composes")
    sampler = Primed(jnp.asarray(codec.encode(beginning)), Sample.temperature(options.temperature))
    keys = keys_of(seed, options.count)
    made = draw_pieces(loaded.model, codec, sampler, frames, keys, options.tempo)
    if options.novelty:
        given.check_own_data(loaded)
        learned = Learned(open_music(loaded.config.data).parts.train)
        made = [judge(each, learned) for each in made]
    yield from deliver(made, output)


def draw_pieces(
    model: SequenceModel, codec: PianoRoll, sampler: Sampler, frames: int, keys: Key, tempo: float
) -> list[Composed]:
    """A piece of so many frames for each key."""
    rolls, probabilities = map(np.asarray, _draw_all(model, sampler, frames, keys))
    return [
        _finish(codec, roll, chances, tempo, f"piece {n}")
        for n, (roll, chances) in enumerate(zip(rolls, probabilities, strict=True), 1)
    ]


def _beginning(path: str, codec: PianoRoll) -> tuple[Roll, tuple[str, ...]]:
    """The roll in a file, as the model has them, and remarks on it; without a file none."""
    if not path:
        return np.zeros((0, KEYS), np.uint8), ()
    tune, notes = midi.read(path)
    with prefix_errors(path):
        roll, lost = roll_of(tune, codec.step)
        if not len(roll):
            raise InputError("it has no notes to go on from")
        return transposed(roll, -codec.shift), (*notes, *lost)


def _finish(
    codec: PianoRoll, roll: np.ndarray, chances: np.ndarray, tempo: float, name: str
) -> Composed:
    """A roll as it is played."""
    tune = tune_of(heard(codec.decode(roll), codec.shift), codec.step, tempo)
    said = f"{len(tune.notes):,} notes, {tune.seconds:.0f} seconds"
    return Composed(name, tune, heard(chances, codec.shift), codec.step, said)


@eqx.filter_jit
def _draw_all(
    model: SequenceModel, sampler: Sampler, frames: int, keys: Key
) -> tuple[Float[Array, "B T 88"], Float[Array, "B T 88"]]:
    """Rolls, and how probable each note of them was."""

    def one(key: Key) -> Any:
        drawn = rollout(model, sampler, frames, key=key, record=nothing, score=False)
        again = jax.random.split(jax.random.fold_in(key, frames), DRAWS)
        distribution: Any = drawn.distribution
        draws = jax.lax.map(distribution.sample, again)
        return drawn.values, draws.mean(0)

    return jax.vmap(one)(keys)

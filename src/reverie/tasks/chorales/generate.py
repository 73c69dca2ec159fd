"""Chorales: what is missing of a piece in voices, drawn, and drawn anew."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from reverie.codecs.tune import KEYS, LOWEST
from reverie.codecs.voices import Symbols, VoiceGrid, Voices
from reverie.concepts import Key
from reverie.encoders.voices import Known
from reverie.model import SequenceModel
from reverie.padding import round_up
from reverie.rollout import nothing, rollout
from reverie.samplers import Filled, Sample, key_of
from reverie.tasks.chorales.cadences import closure

UNIT = 64
"""Pieces are drawn in multiples of so many steps, so that few programs are compiled."""
STRETCH = 8.0
"""Quarters that are drawn anew at once."""


class Drawn(NamedTuple):
    """A piece that was drawn."""

    symbols: Symbols
    """(T, P)"""
    log_probs: Float[np.ndarray, "T P"]
    """log p of each symbol given those before it and what was given at first, in nats."""
    sounding: Float[np.ndarray, "T 88"]
    """How probable it was that a key of a piano sounds, in any of the voices."""


class Composer:
    """A model of chorales and its codec."""

    def __init__(self, model: SequenceModel, codec: Voices):
        self.model, self.codec = model, codec

    def compose(
        self,
        grid: VoiceGrid,
        given: np.ndarray,
        *,
        count: int = 1,
        seed: int = 0,
        temperature: float = 1.0,
        sweeps: int = 0,
        candidates: int = 1,
    ) -> list[Drawn]:
        """`count` pieces that are `grid` where `given` (T, P) and drawn elsewhere.

        Each of the `sweeps` draws every part of a piece anew, a stretch of some voices at a time,
        given all others: a chain whose samples are those of the model's conditional distributions
        (Gibbs sampling in blocks). Each piece is the one of its `candidates` that closes best (see
        `closure`), of those that close as well the first. The second piece is the first one of the
        next seed.
        """
        sampler = Sample.temperature(temperature)

        def choose(first: int) -> VoiceGrid:
            seeds = ((first, candidate) for candidate in range(candidates))
            drawn = (self._compose(grid, given, sampler, each, sweeps) for each in seeds)
            return max(drawn, key=partial(closure, self.codec))

        return [self._read(choose(seed + number), given) for number in range(count)]

    def _compose(
        self,
        grid: VoiceGrid,
        given: np.ndarray,
        sampler: Sample,
        seed: tuple[int, int],
        sweeps: int,
    ) -> VoiceGrid:
        """The candidate of such a number of the piece of a seed."""
        key = jax.random.fold_in(key_of(seed[0]), seed[1])
        symbols = self._draw(grid, given, sampler, jax.random.fold_in(key, 0))
        rng = np.random.default_rng(seed)
        for number, known in enumerate(self._blocks(rng, given, sweeps), 1):
            at = jax.random.fold_in(key, number)
            symbols = self._draw(grid._replace(symbols=symbols), known, sampler, at)
        return grid._replace(symbols=symbols)

    def _blocks(
        self, rng: np.random.Generator, given: np.ndarray, sweeps: int
    ) -> Iterator[np.ndarray]:
        """What is known while each block is drawn anew: all but a stretch of some voices, whose
        others come next."""
        steps, voices = given.shape
        free = np.flatnonzero(~given.all(0))
        span = round(STRETCH / self.codec.step)
        for _ in range(sweeps if len(free) else 0):
            for begin in range(-int(rng.integers(span)), steps, span):
                order, cut = rng.permutation(free), rng.integers(1, len(free) + 1)
                for chosen in filter(len, (order[:cut], order[cut:])):
                    known = np.ones((steps, voices), bool)
                    known[max(0, begin) : begin + span, chosen] = False
                    yield known | given

    def _draw(self, grid: VoiceGrid, given: np.ndarray, sampler: Sample, key: Key) -> Symbols:
        """The symbols of a grid where they are given, and others drawn."""
        values = np.asarray(_draw(self.model, self._known(grid, given), sampler, key))
        return values.reshape(-1, self.codec.voices)[: len(given)]

    def _read(self, grid: VoiceGrid, given: np.ndarray) -> Drawn:
        """What the model says of a whole piece of which some was given."""
        log_probs, probs = _read(self.model, self._known(grid, given))
        steps, voices = given.shape
        pitches = np.asarray(probs).reshape(-1, voices, probs.shape[-1])[:steps, :, 1:]
        silent = 1 - (pitches[..., ::2] + pitches[..., 1::2])
        sounding = np.zeros((steps, KEYS))
        first = self.codec.lowest - LOWEST
        sounding[:, first : first + silent.shape[-1]] = 1 - silent.prod(1)
        nats = np.asarray(log_probs).reshape(-1, voices)[:steps]
        return Drawn(grid.symbols, nats, np.clip(sounding, 0, 1))

    def _known(self, grid: VoiceGrid, given: np.ndarray) -> Known:
        source = Known.of(grid.symbols, grid.places, grid.held, given)
        return source.pad(0, round_up(len(given), UNIT))


@eqx.filter_jit
def _draw(model: SequenceModel, source: Known, sampler: Sample, key: Key) -> Int[Array, " N"]:
    condition = model.condition(source)
    values, known = source.symbols.reshape(-1), source.given.reshape(-1)
    filled = Filled(jnp.asarray(values), jnp.asarray(known), sampler)
    steps = values.shape[0]
    return rollout(
        model, filled, steps, key=key, condition=condition, record=nothing, score=False
    ).values


@eqx.filter_jit
def _read(model: SequenceModel, source: Known) -> tuple[Float[Array, " N"], Float[Array, "N V"]]:
    condition = model.condition(source)
    values = jnp.asarray(source.symbols.reshape(-1))
    read = model.unroll(values, model.start(condition), condition)
    return read.distribution.log_prob(values), jax.nn.softmax(read.distribution.logits)

"""A piece in voices, of which some is known: what is given to those who draw the rest."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Condition, Encoder, Key, zero_masked
from reverie.cores.bidirectional import Bidirectional
from reverie.layers import Role, parameter, uniform
from reverie.padding import pad_all


class Known(NamedTuple):
    """What is known of a piece of P voices in S steps, as NumPy arrays or those of jax."""

    symbols: Int[Array, "S P"]
    given: Bool[Array, "S P"]
    """Which of the symbols are known."""
    places: Int[Array, " S"]
    """Where in its bar each step is."""
    held: Bool[Array, " S"]
    """Where a fermata is."""
    mask: Bool[Array, " S"]

    @classmethod
    def of(cls, symbols: Any, places: Any, held: Any, given: Any = None) -> Known:
        """NumPy arrays, all of their steps real; without `given`, nothing of the symbols is."""
        mask: Any = np.ones(len(symbols), bool)
        nothing: Any = np.zeros(np.shape(symbols), bool)
        return cls(symbols, nothing if given is None else given, places, held, mask)

    @property
    def memory_size(self) -> int:
        """S."""
        return len(self.mask)

    def pad(self, steps: int, memory_size: int) -> Known:
        """With masked steps behind its own, as NumPy arrays."""
        return pad_all(self, memory_size)


class KnownVoices(Encoder):
    """What is known around each step, read from both ends, and which voice is in turn.

        x_s = [e(1, s); ...; e(P, s); place; fermata]    e = E_symbol, or E_unknown

    `steps` has a row for each voice of each step in turn, (S P, D + P + X): the outputs of the
    core, the voice as a unit vector, and e of what is known of that voice there, so that what is
    given is what is said. With a key it is drawn what is known, as `draw_given` says; without one
    `given` holds. So one model draws pieces, the voices beneath a melody, and any part of a piece
    anew given all others (Huang 2017; Hadjeres 2017 has a model for each voice in place of that).
    """

    core: Bidirectional
    E: Float[Array, "V X"] = parameter(Role.TABLE)
    """The last row stands for what is not known."""
    E_place: Float[Array, "N X"] = parameter(Role.TABLE)

    def __init__(
        self, size: int, places: int, width: int, core: Bidirectional, *, rng: np.random.Generator
    ):
        """`size` is the number of symbols, `width` is X; the core's inputs are (P + 1) X + 1."""
        self.core = core
        self.E = uniform(rng, size + 1, width, scale=1.0)
        self.E_place = uniform(rng, places, width, scale=1.0)

    def __call__(self, source: Known, *, key: Key | None = None) -> Condition:
        steps, voices = source.symbols.shape
        given = source.given if key is None else draw_given(key, source.mask, voices)
        known = self.E[jnp.where(given, source.symbols, len(self.E) - 1)]
        around = self.E_place[source.places], jnp.asarray(source.held, known.dtype)[:, None]
        xs = jnp.concatenate([known.reshape(steps, -1), *around], -1)
        outs, _ = self.core(zero_masked(source.mask, xs), mask=source.mask)
        repeated = jnp.repeat(outs, voices, 0)
        turns = jnp.tile(jnp.eye(voices, dtype=outs.dtype), (steps, 1))
        rows = [repeated, turns, known.reshape(steps * voices, -1)]
        return Condition(steps=jnp.concatenate(rows, -1))


def draw_given(key: Key, mask: Bool[Array, " S"], voices: int) -> Bool[Array, "S P"]:
    """What is known, by chance: a third of the time nothing, a third the first voice, and else all
    but what some of the voices do in one stretch."""
    kind, hidden, begin, length = jax.random.split(key, 4)
    total = mask.sum()
    span = 1 + jax.random.uniform(length) * total
    first = jax.random.uniform(begin) * total - span / 2
    s = jnp.arange(mask.shape[0])
    inside = (s >= first) & (s < first + span)
    some = jax.random.bernoulli(hidden, 0.5, (voices,))
    some = jnp.where(some.any(), some, True)
    melody = jnp.arange(voices) == 0
    choice = jax.random.randint(kind, (), 0, 3)
    shape = (mask.shape[0], voices)
    return jax.lax.select_n(
        choice,
        jnp.zeros(shape, bool),
        jnp.broadcast_to(melody, shape),
        ~(inside[:, None] & some),
    )

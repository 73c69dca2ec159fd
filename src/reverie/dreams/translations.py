"""Translations: the most probable targets of sources, found by beam search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.beam import Beams, LengthPenalty, beam
from reverie.cores.attentive import AttentiveState
from reverie.encoders import Source
from reverie.media.pair import Pair
from reverie.media.unknown import Unknown
from reverie.model import SequenceModel
from reverie.padding import padded, rounded_up
from reverie.stop import At

ROWS, PLACES = 32, 16
"""Batches have so many rows, and are padded to multiples of the other."""
STRETCH = 2
"""A target is at most so many times as long as the room of its source."""


class Translation(NamedTuple):
    """One hypothesis."""

    text: str
    log_prob: float
    """log p(target | source), in nats."""
    score: float
    """By which it competed."""
    finished: bool
    """It came to an end; False where only the limit ended it."""
    values: np.ndarray
    """Its symbols (T,), with the end."""


class Translator:
    """A model of targets given sources, and the media of both."""

    def __init__(self, model: SequenceModel, medium: Pair):
        self.model, self.medium = model, medium

    def translate(
        self,
        texts: Sequence[str],
        *,
        width: int = 5,
        alpha: float = 1.0,
        unknown: Unknown = "replace",
    ) -> list[list[Translation]]:
        """The best `width` targets of each source, best first.

        Raises InputError for symbols that the model does not know, if `unknown` says so.
        """
        values = [self.medium.asked(text, unknown) for text in texts]
        order = sorted(range(len(texts)), key=lambda n: len(values[n]))
        found: list[list[Translation]] = [[] for _ in texts]
        for begin in range(0, len(order), ROWS):
            chosen = order[begin : begin + ROWS]
            beams = self._beams([values[n] for n in chosen], width, alpha)
            for number, best in zip(chosen, beams, strict=True):
                found[number] = self._told(best)
        return found

    def _beams(self, values: list[np.ndarray], width: int, alpha: float) -> list[Beams]:
        """The beams of sources that are searched side by side."""
        room = rounded_up(max(map(len, values)), PLACES)
        rows = 1 if len(values) == 1 else ROWS
        filled = values + values[-1:] * (rows - len(values))
        sources = Source(
            jnp.asarray(np.stack([padded(v, room) for v in filled])),
            jnp.asarray(np.stack([np.arange(room) < len(v) for v in filled])),
        )
        end, penalty = jnp.asarray(self.medium.end), jnp.asarray(alpha)
        beams = _searched(self.model, sources, end, penalty, width, STRETCH * room)
        arrays = jax.tree.map(np.asarray, beams)
        return [jax.tree.map(lambda a, n=n: a[n], arrays) for n in range(len(values))]

    def _told(self, beams: Beams) -> list[Translation]:
        told = []
        for row in range(len(beams.scores)):
            length = int(beams.lengths[row])
            if not length:
                continue
            values = np.asarray(beams.values[row, :length])
            text = self.medium.answered(values)
            log_prob, score = float(beams.log_probs[row]), float(beams.scores[row])
            told.append(Translation(text, log_prob, score, bool(beams.finished[row]), values))
        return told

    def alignment(self, source: str, values: np.ndarray) -> np.ndarray:
        """alpha (T, S): which symbols of a source each symbol of a target was read from."""
        asked = self.medium.asked(source, "replace")
        given = Source(jnp.asarray(asked), jnp.ones(len(asked), bool))
        return np.asarray(_alpha(self.model, given, jnp.asarray(values)))


@eqx.filter_jit
def _searched(
    model: SequenceModel, sources: Source, end: Array, alpha: Array, width: int, limit: int
) -> Beams:
    def one(source: Source) -> Beams:
        condition = model.condition(source)
        return beam(
            model, width, limit, condition=condition, stop=At(end), normalise=LengthPenalty(alpha)
        )

    return jax.vmap(one)(sources)


@eqx.filter_jit
def _alpha(model: SequenceModel, source: Source, values: Array) -> Float[Array, "T S"]:
    condition = model.condition(source)
    read = model.unroll(values, model.start(condition), condition)
    states: Any = read.states
    alphas = [s.alpha for s in jax.tree.leaves(states, is_leaf=_attends) if _attends(s)]
    return alphas[0]


def _attends(node: object) -> bool:
    return isinstance(node, AttentiveState)

"""Re-ranking the hypotheses of a search by the score of another model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.codecs.pair import END, Pair
from reverie.codecs.text import TextCodec
from reverie.concepts import Example, SymbolSequence
from reverie.model import SequenceModel, nll
from reverie.padding import stack_padded
from reverie.tasks.translation.generate import Translation
from reverie.training.evaluation import sequence_nats

PLACES = 16
"""Texts are padded to multiples of this length."""


class TargetScorer(ABC):
    """Scores targets of a source."""

    @abstractmethod
    def log_probs(self, source: str, targets: Sequence[str]) -> Float[np.ndarray, " N"]:
        """log p in nats of each of the targets of a source."""


class LanguageModelScorer(TargetScorer):
    """log p(target) under a language model: a weight above 0 prefers fluent targets, one below 0
    specific ones (maximum mutual information, Li 2016, eq. 9)."""

    def __init__(self, model: SequenceModel, codec: TextCodec):
        self.model, self.codec = model, codec

    def log_probs(self, source: str, targets: Sequence[str]) -> Float[np.ndarray, " N"]:
        # A line begins after the end of another.
        before = self.codec.encode(END, "skip")
        lines = [self.codec.encode(target + END, "replace") for target in targets]
        values, mask = _pad([np.concatenate([before, line]) for line in lines])
        scored = mask & (np.arange(mask.shape[1]) >= len(before))
        return np.asarray(_line_log_probs(self.model, values, mask, scored))


class BackTranslationScorer(TargetScorer):
    """log p(source | target) under a model that translates back (Li 2016, eq. 11)."""

    def __init__(self, model: SequenceModel, codec: Pair):
        self.model, self.codec = model, codec

    def log_probs(self, source: str, targets: Sequence[str]) -> Float[np.ndarray, " N"]:
        symbols, mask = _pad([self.codec.encode_source(target, "replace") for target in targets])
        line = self.codec.target.encode(source + END, "replace")
        values, real = _pad([line])
        return np.asarray(
            _source_log_probs(self.model, SymbolSequence(symbols, mask), values[0], real[0])
        )


def rerank(
    source: str, found: Sequence[Translation], scorer: TargetScorer, weight: float
) -> list[Translation]:
    """The hypotheses by score + weight log p of the scorer, best first; finished ones before."""
    if not found:
        return []
    scores = scorer.log_probs(source, [translation.text for translation in found])
    rescored = [
        translation._replace(score=translation.score + weight * float(score))
        for translation, score in zip(found, scores, strict=True)
    ]
    return sorted(rescored, key=lambda translation: (not translation.finished, -translation.score))


def _pad(lines: Sequence[np.ndarray]) -> tuple[Array, Array]:
    values, mask = stack_padded(lines, PLACES)
    return jnp.asarray(values), jnp.asarray(mask)


@eqx.filter_jit
def _line_log_probs(
    model: SequenceModel, values: Array, mask: Array, scored: Array
) -> Float[Array, " N"]:
    def one(values: Array, mask: Array, scored: Array) -> Array:
        read = model.unroll(values, mask=mask)
        return -jnp.where(scored, nll(read.distribution, values, mask), 0).sum()

    return jax.vmap(one)(values, mask, scored)


@eqx.filter_jit
def _source_log_probs(
    model: SequenceModel, sources: SymbolSequence, values: Array, mask: Array
) -> Float[Array, " N"]:
    def one(source: SymbolSequence) -> Array:
        return -sequence_nats(model, Example(values, mask, source=source))

    return jax.vmap(one)(sources)

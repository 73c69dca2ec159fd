"""Translations: the most probable targets of sources, found by beam search."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.codecs.pair import Pair
from reverie.codecs.unknown import Unknown
from reverie.concepts import SymbolSequence
from reverie.cores.attentive import attention_states
from reverie.errors import InputError
from reverie.model import SequenceModel
from reverie.padding import stack_padded
from reverie.search.sources import Hypothesis, SearchSettings, search_sources
from reverie.threads import cores_to_use

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
    """Models of targets given sources, and the media of both.

    Several models are an ensemble: their probabilities are averaged, and where one shows what it
    looked at, it is the first.
    """

    def __init__(self, models: SequenceModel | Sequence[SequenceModel], codec: Pair):
        self.models = (models,) if isinstance(models, SequenceModel) else tuple(models)
        self.codec = codec

    def translate(
        self,
        texts: Sequence[str],
        searching: SearchSettings = SearchSettings(),
        *,
        unknown: Unknown = "replace",
    ) -> list[list[Translation]]:
        """The best `width` targets of each source, best first.

        Raises InputError for symbols that the model does not know, if `unknown` says so.
        """
        values = [self.codec.encode_source(text, unknown) for text in texts]
        order = sorted(range(len(texts)), key=lambda n: len(values[n]))
        found: list[list[Translation]] = [[] for _ in texts]
        batches = [order[begin : begin + ROWS] for begin in range(0, len(order), ROWS)]
        with ThreadPoolExecutor(cores_to_use()) as pool:
            translated = pool.map(lambda b: self._find([values[n] for n in b], searching), batches)
            for chosen, best_of_each in zip(batches, translated, strict=True):
                for number, best in zip(chosen, best_of_each, strict=True):
                    found[number] = best
        return found

    def _find(self, values: list[np.ndarray], searching: SearchSettings) -> list[list[Translation]]:
        """The translations of sources that are searched side by side."""
        rows = 1 if len(values) == 1 else ROWS
        filled = values + values[-1:] * (rows - len(values))
        # NumPy's arrays, for placing each by itself takes longer than a step.
        padded: Any = stack_padded(filled, PLACES)
        sources = SymbolSequence(*padded)
        limit = searching.longest or STRETCH * sources.mask.shape[1]
        found = search_sources(self.models, sources, self.codec.end, limit, searching)
        return [[self._translation(each) for each in best] for best in found[: len(values)]]

    def _translation(self, found: Hypothesis) -> Translation:
        text = self.codec.decode_target(found.values)
        return Translation(text, found.log_prob, found.score, found.finished, found.values)

    def alignment(
        self, source: str, values: np.ndarray, *, unknown: Unknown = "replace"
    ) -> Float[np.ndarray, "T S"]:
        """alpha: how much of each symbol of a source each symbol of a target was read from.

        Raises InputError where the model does not look at the source.
        """
        symbols = self.codec.encode_source(source, unknown)
        sequence = SymbolSequence(jnp.asarray(symbols), jnp.ones(len(symbols), bool))
        alphas = _alphas(self.models[0], sequence, jnp.asarray(values))
        if not alphas:
            raise InputError("this model has no attention: there is no alignment to show")
        return np.asarray(alphas[0])


@eqx.filter_jit
def _alphas(
    model: SequenceModel, source: SymbolSequence, values: Array
) -> list[Float[Array, "T S"]]:
    condition = model.condition(source)
    read = model.unroll(values, model.start(condition), condition)
    return [state.alpha for state in attention_states(read.states)]

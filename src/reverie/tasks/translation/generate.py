"""Translations: the most probable targets of sources, found by beam search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.codecs.pair import Pair
from reverie.codecs.unknown import Unknown
from reverie.concepts import SymbolSequence
from reverie.cores.attentive import attention_states
from reverie.ensemble import Ensemble
from reverie.errors import InputError
from reverie.model import SequenceModel
from reverie.padding import stack_padded
from reverie.programs import remember
from reverie.runtime import check_memory
from reverie.search.beam import Beams, Constraint, LengthPenalty, beam
from reverie.search.constraints import All, MinLength, NoRepeat
from reverie.search.diverse import diverse_beam
from reverie.search.penalties import CoveragePenalty
from reverie.stop import OnSymbol
from reverie.threads import cores_to_use

ROWS, PLACES = 32, 16
"""Batches have so many rows, and are padded to multiples of the other."""
PER_HYPOTHESIS, PER_SYMBOL = 4096, 16
"""Bytes that a hypothesis takes at least, and each of its symbols: to refuse what is impossible."""
STRETCH = 2
"""A target is at most so many times as long as the room of its source."""


class SearchSettings(NamedTuple):
    """What is asked of a search."""

    width: int = 5
    alpha: float = 1.0
    """Of the length penalty."""
    coverage: float = 0.0
    """b of the penalty for what was not read."""
    block: int = 0
    """No so many symbols in a row twice; 0: they may be."""
    shortest: int = 1
    longest: int | None = None
    """Symbols of a target, with its end."""
    groups: int = 1
    """Of a diverse search, in which"""
    diversity: float = 0.5
    """is what a symbol costs that the groups before chose, in nats."""


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
            beams = pool.map(lambda b: self._beams([values[n] for n in b], searching), batches)
            for chosen, best_of_each in zip(batches, beams, strict=True):
                for number, best in zip(chosen, best_of_each, strict=True):
                    found[number] = self._translations(best)
        return found

    def _beams(self, values: list[np.ndarray], searching: SearchSettings) -> list[Beams]:
        """The beams of sources that are searched side by side."""
        rows = 1 if len(values) == 1 else ROWS
        filled = values + values[-1:] * (rows - len(values))
        # NumPy's arrays, for placing each by itself takes longer than a step.
        padded: Any = stack_padded(filled, PLACES)
        sources = SymbolSequence(*padded)
        numbers: Any = _numbers(self.codec.end, searching)
        limit = searching.longest or STRETCH * sources.mask.shape[1]
        check_memory(
            rows * searching.width * (PER_HYPOTHESIS + PER_SYMBOL * limit),
            f"a beam of {searching.width:,} hypotheses of {limit:,} symbols",
        )
        block = searching.block if searching.block <= limit else 0  # none is so long
        sizes = searching.width, searching.groups, block, limit
        arrays = jax.tree.map(np.asarray, Beams(*_search(self.models, sources, numbers, sizes)))
        return [jax.tree.map(lambda a, n=n: a[n], arrays) for n in range(len(values))]

    def _translations(self, beams: Beams) -> list[Translation]:
        kept: list[Translation] = []
        for row in range(len(beams.scores)):
            length = int(beams.lengths[row])
            values = np.asarray(beams.values[row, :length])
            # Groups may have found the same.
            if not length or any(np.array_equal(values, other.values) for other in kept):
                continue
            text = self.codec.decode_target(values)
            log_prob, score = float(beams.log_probs[row]), float(beams.scores[row])
            kept.append(Translation(text, log_prob, score, bool(beams.finished[row]), values))
        return kept

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


def _numbers(end: int, searching: SearchSettings) -> tuple[np.ndarray, ...]:
    """As arrays, so that other numbers are not compiled anew."""
    real = searching.alpha, searching.coverage, searching.diversity
    whole = end, searching.shortest
    return (
        *(np.asarray(number, jnp.result_type(float)) for number in real),
        *(np.asarray(number, jnp.result_type(int)) for number in whole),
    )


@remember
def _search(
    models: tuple[SequenceModel, ...],
    sources: SymbolSequence,
    numbers: tuple[Array, ...],
    sizes: tuple[int, int, int, int],
) -> tuple[Array, ...]:
    """What `Beams` holds. Compiled once for all lengths up to a room: arrays may change."""
    alpha, coverage, diversity, end, shortest = numbers
    width, groups, block, limit = sizes
    model: Any = models[0] if len(models) == 1 else Ensemble(models)
    constraints: list[Constraint] = [
        MinLength(end, shortest),
        *([NoRepeat(block)] if block else []),
    ]
    search: Callable[..., Beams] = beam
    if groups > 1:
        search = eqx.Partial(diverse_beam, groups=groups, strength=diversity)

    def one(source: SymbolSequence) -> Beams:
        return search(
            model,
            width,
            limit,
            condition=model.condition(source),
            stop=OnSymbol(end),
            normalise=LengthPenalty(alpha),
            constraint=All(tuple(constraints)),
            penalty=CoveragePenalty(coverage),
        )

    return tuple(jax.vmap(one)(sources))


@eqx.filter_jit
def _alphas(
    model: SequenceModel, source: SymbolSequence, values: Array
) -> list[Float[Array, "T S"]]:
    condition = model.condition(source)
    read = model.unroll(values, model.start(condition), condition)
    return [state.alpha for state in attention_states(read.states)]

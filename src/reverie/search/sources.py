"""The best sequences of many sources at once, by any search, compiled once for all of a shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from reverie.ensemble import Ensemble
from reverie.model import SequenceModel
from reverie.programs import remember
from reverie.runtime import check_memory
from reverie.search.beam import Beams, Constraint, LengthPenalty, beam
from reverie.search.constraints import All, MinLength, NoRepeat, Without
from reverie.search.diverse import diverse_beam
from reverie.search.penalties import CoveragePenalty
from reverie.stop import OnSymbol

PER_HYPOTHESIS, PER_SYMBOL = 4096, 16
"""Bytes that a hypothesis takes at least, and each of its symbols: to refuse what is impossible."""


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
    excluded: int = -1
    """A symbol that is never chosen, such as the unknown word; -1: none."""


class Hypothesis(NamedTuple):
    """One sequence that was found."""

    values: np.ndarray
    """Its symbols (T,), with the end."""
    log_prob: float
    """log p(target | source), in nats."""
    score: float
    """By which it competed."""
    finished: bool
    """It came to an end; False where only the limit ended it."""


def search_sources(
    models: tuple[SequenceModel, ...], sources: Any, end: int, limit: int, searching: SearchSettings
) -> list[list[Hypothesis]]:
    """The best `width` sequences of each source, best first, each at most `limit` symbols long.

    `sources` have a leading N. Several models are an ensemble: their probabilities are averaged.
    Raises InputError where this machine cannot hold the hypotheses.
    """
    count = len(jax.tree.leaves(sources)[0])
    check_memory(
        count * searching.width * (PER_HYPOTHESIS + PER_SYMBOL * limit),
        f"a beam of {searching.width:,} hypotheses of {limit:,} symbols",
    )
    block = searching.block if searching.block <= limit else 0  # none is so long
    sizes = searching.width, searching.groups, block, limit
    numbers: Any = _numbers(end, searching)
    arrays = jax.tree.map(np.asarray, Beams(*_search(models, sources, numbers, sizes)))
    return [list(_hypotheses(jax.tree.map(lambda a, n=n: a[n], arrays))) for n in range(count)]


def _hypotheses(beams: Beams) -> Iterator[Hypothesis]:
    """Those that are there, each once: groups may have found the same."""
    found = set()
    for row in range(len(beams.scores)):
        values = np.asarray(beams.values[row, : int(beams.lengths[row])])
        if len(values) and values.tobytes() not in found:
            found.add(values.tobytes())
            log_prob, score = float(beams.log_probs[row]), float(beams.scores[row])
            yield Hypothesis(values, log_prob, score, bool(beams.finished[row]))


def _numbers(end: int, searching: SearchSettings) -> tuple[np.ndarray, ...]:
    """As arrays, so that other numbers are not compiled anew."""
    real = searching.alpha, searching.coverage, searching.diversity
    whole = end, searching.shortest, searching.excluded
    return (
        *(np.asarray(number, jnp.result_type(float)) for number in real),
        *(np.asarray(number, jnp.result_type(int)) for number in whole),
    )


@remember
def _search(
    models: tuple[SequenceModel, ...],
    sources: Any,
    numbers: tuple[Array, ...],
    sizes: tuple[int, int, int, int],
) -> tuple[Array, ...]:
    """What `Beams` holds. Compiled once for all lengths up to a room: arrays may change."""
    alpha, coverage, diversity, end, shortest, excluded = numbers
    width, groups, block, limit = sizes
    model: Any = models[0] if len(models) == 1 else Ensemble(models)
    constraints: list[Constraint] = [
        MinLength(end, shortest),
        Without(excluded),
        *([NoRepeat(block)] if block else []),
    ]
    search: Callable[..., Beams] = beam
    if groups > 1:
        search = eqx.Partial(diverse_beam, groups=groups, strength=diversity)

    def one(source: Any) -> Beams:
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

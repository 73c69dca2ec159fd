"""Exposure bias: how well targets are predicted behind the truth, and behind the model's own.

A model that has only seen true beginnings may get lost behind its own ones. If it does, what it
writes gets worse along the sentence while its loss behind true beginnings does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.model import SequenceModel, nll
from reverie.training.evaluation import each_sequence
from reverie.training.sequences import SequenceReader

BUCKET = 5
"""Positions that are counted together."""


class Exposure(NamedTuple):
    """What happens at positions `begin` to before `end` of a sentence."""

    begin: int
    end: int
    forced: float
    """-log p of the true symbols behind the true ones, nats a symbol."""
    right: float
    """The share of those that were the most probable."""
    free: float
    """The share of the pairs of symbols that end here in free running and are in the target."""
    symbols: int
    """Those of free running that end here."""


def exposures(
    model: SequenceModel, reader: SequenceReader, written: Sequence[np.ndarray]
) -> list[Exposure]:
    """By position: the loss under forcing, and what was `written` in free running.

    `written` are the symbols of each sequence of the reader as the model writes them alone.
    """
    real = [np.asarray(sequence) for sequence in reader.sequences]
    buckets = -(-max(map(len, [*real, *written])) // BUCKET)
    forced = each_sequence(partial(_forced, buckets), model, reader).sum(0)
    shared = [_shared(*two) for two in zip(real, written, strict=True)]
    found = []
    for index, (nats, hits, count) in enumerate(forced.tolist()):
        begin = BUCKET * index
        here = [pairs[begin : begin + BUCKET] for pairs in shared]
        good, own = sum(map(sum, here)), sum(map(len, here))
        if not count or not own:
            break
        found.append(Exposure(begin, begin + BUCKET, nats / count, hits / count, good / own, own))
    return found


def _forced(
    buckets: int, model: SequenceModel, values: Array, mask: Array, given: Any
) -> Float[Array, "K 3"]:
    """In each bucket: -log p of the symbols, how many were the most probable, how many they are."""
    condition = model.condition(given)
    read = model.unroll(values, model.start(condition), condition, mask=mask)
    right = (read.distribution.mode() == values) & mask
    rows = jnp.stack([nll(read.distribution, values, mask), right, mask], -1).astype(float)
    places = jnp.arange(len(values)) // BUCKET
    return jnp.zeros((buckets, 3)).at[places].add(rows, mode="drop")


def _shared(truth: np.ndarray, written: np.ndarray) -> list[bool]:
    """Of each symbol that was written: is it behind the one before it in the truth as well?

    The first symbol has none before it: it is compared with the first of the truth.
    """
    pairs = {(-1, int(truth[0])), *zip(truth[:-1].tolist(), truth[1:].tolist(), strict=True)}
    before = [-1, *written[:-1].tolist()]
    return [pair in pairs for pair in zip(before, written.tolist(), strict=True)]

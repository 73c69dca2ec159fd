"""Exposure bias: prediction after true prefixes, and after the model's own.

A model that was trained on true prefixes only may fail on its own. If so, its output gets worse
along the sentence while its loss after true prefixes does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.concepts import Example
from reverie.model import SequenceModel, nll
from reverie.training.evaluation import each_sequence
from reverie.training.sequences import SequenceReader

BUCKET = 5
"""The number of positions in one bucket."""


class Exposure(NamedTuple):
    """The measures at positions `begin` to before `end` of sentences."""

    begin: int
    end: int
    forced: float
    """-log p of the true symbols given true prefixes, in nats per symbol."""
    right: float
    """The fraction of the true symbols that were the most probable."""
    free: float
    """The fraction of bigrams of free running ending here that are in the target."""
    symbols: int
    """The number of symbols of free running here."""


def exposures(
    model: SequenceModel, reader: SequenceReader, written: Sequence[np.ndarray]
) -> list[Exposure]:
    """The loss under teacher forcing and the quality of free running, by position.

    `written` has the symbols that the model writes by itself for each sequence of the reader.
    """
    real = [np.asarray(example.values) for example in reader.dataset]
    buckets = -(-max(map(len, [*real, *written])) // BUCKET)
    forced = each_sequence(partial(_teacher_forced, buckets), model, reader).sum(0)
    shared = [_known_bigrams(*two) for two in zip(real, written, strict=True)]
    found = []
    for index, (nats, hits, count) in enumerate(forced.tolist()):
        begin = BUCKET * index
        here = [pairs[begin : begin + BUCKET] for pairs in shared]
        good, own = sum(map(sum, here)), sum(map(len, here))
        if not count or not own:
            break
        found.append(Exposure(begin, begin + BUCKET, nats / count, hits / count, good / own, own))
    return found


def _teacher_forced(buckets: int, model: SequenceModel, example: Example) -> Float[Array, "K 3"]:
    """For each bucket: -log p, how many symbols were the most probable, how many they are."""
    values, mask = example.values, example.mask
    assert mask is not None
    condition = model.condition(example.source)
    read = model.unroll(values, model.start(condition), condition, mask=mask)
    right = (read.distribution.mode() == values) & mask
    rows = jnp.stack([nll(read.distribution, values, mask), right, mask], -1).astype(float)
    places = jnp.arange(len(values)) // BUCKET
    return jnp.zeros((buckets, 3)).at[places].add(rows, mode="drop")


def _known_bigrams(truth: np.ndarray, written: np.ndarray) -> list[bool]:
    """For each written symbol, whether the bigram that it ends is in the truth.

    The first symbol is compared with the first of the truth.
    """
    pairs = {(-1, int(truth[0])), *zip(truth[:-1].tolist(), truth[1:].tolist(), strict=True)}
    before = [-1, *written[:-1].tolist()]
    return [pair in pairs for pair in zip(before, written.tolist(), strict=True)]

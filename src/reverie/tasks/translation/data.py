"""Pairs: opened, divided, and read in batches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reverie.codecs.pair import Pair
from reverie.encoders import Source
from reverie.errors import InputError
from reverie.padding import bucket_sizes
from reverie.tasks.translation.options import PairData
from reverie.tasks.translation.pairs import Pairs, copies, read_pairs, read_table, reversals
from reverie.training.sequences import SequenceReader

LETTERS = "abcdefghijklmnopqrstuvwxyz"

LONGEST = 12

"""Of the strings that are made by the machine."""

UNIT, SHAPES, WORTH = 2, 6, 8

"""Batches are padded to multiples of the first, in so many shapes at most: each is compiled for
itself, and is worth it for so many batches."""


class PairParts(NamedTuple):
    """Pairs to learn from, to watch and to measure."""

    train: Pairs
    valid: Pairs
    test: Pairs


def open_pairs(data: PairData, seed: int = 0) -> PairParts:
    """The pairs that options name. InputError where they are missing or do not match."""
    if data.source:
        whole = read_pairs(data.source, data.target)
    elif data.data in ("reverse", "copy"):
        make = reversals if data.data == "reverse" else copies
        whole = make(data.pairs, LONGEST, LETTERS, seed)
    else:
        assert data.data is not None
        whole = read_table(data.data)
    count = len(whole)
    own_valid, own_test = bool(data.valid_source), bool(data.test_source)
    valid = 0 if own_valid else round(data.valid_part * count)
    test = 0 if own_test else round(data.test_part * count)
    learned = count - valid - test
    return PairParts(
        whole.part(0, learned),
        read_pairs(data.valid_source, data.valid_target)
        if own_valid
        else whole.part(learned, learned + valid),
        read_pairs(data.test_source, data.test_target)
        if own_test
        else whole.part(learned + valid, count),
    )


def pairs_reader(
    codec: Pair, pairs: Pairs, rows: int, longest: int | None = None, seed: int = 0
) -> SequenceReader:
    """Targets, each given its source; none longer than `longest` on either side."""
    values, given = [], []
    for source, target in zip(pairs.sources, pairs.targets, strict=True):
        one, other = codec.encode((source, target), "replace")
        if longest is None or max(len(one), len(other)) <= longest:
            values.append(other)
            given.append(Source(one, np.ones(len(one), bool)))  # type: ignore[arg-type]
    if not values:
        raise InputError(f"no pair has {longest} symbols or less a side: raise longest")
    shapes = min(SHAPES, max(1, len(values) // (WORTH * rows)))
    lengths = bucket_sizes(map(len, values), shapes, UNIT)
    places = bucket_sizes((each.memory_size for each in given), shapes, UNIT)
    # As many of the one as of the other: the largest, once more where there are fewer.
    count = max(len(lengths), len(places))
    lengths, places = (most + most[-1:] * (count - len(most)) for most in (lengths, places))
    return SequenceReader(values, rows, given, lengths, places, seed)

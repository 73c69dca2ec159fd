"""Pairs: opened, divided, and read in batches."""

from __future__ import annotations

from reverie.codecs.pair import Pair
from reverie.concepts import Example, SymbolSequence
from reverie.data.dataset import Dataset, Stored, keep_sizes
from reverie.data.split import Split, divide
from reverie.errors import InputError
from reverie.padding import bucket_shapes
from reverie.tasks.translation.options import PairData
from reverie.tasks.translation.pairs import Pairs, copies, read_pairs, read_table, reversals
from reverie.training.sequences import SequenceReader

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONGEST = 12
"""Of the strings that are made by the machine."""
UNIT, SHAPES, WORTH = 2, 6, 8
"""Batches are padded to multiples of the first, in so many shapes at most: each is compiled for
itself, and is worth it for so many batches."""


def open_pairs(data: PairData, seed: int = 0) -> Split[Pairs]:
    """The pairs that options name. InputError where they are missing or do not match."""
    own_valid, own_test = bool(data.valid_source), bool(data.test_source)
    whole = _read_all(data, seed)
    valid_part, test_part = data.valid_part * (not own_valid), data.test_part * (not own_test)
    parts = divide(len(whole), valid_part, test_part).map(lambda r: whole.part(r.start, r.stop))
    if own_valid:
        parts = parts._replace(valid=read_pairs(data.valid_source, data.valid_target, data))
    if own_test:
        parts = parts._replace(test=read_pairs(data.test_source, data.test_target, data))
    return parts


def _read_all(data: PairData, seed: int) -> Pairs:
    """All pairs, but for parts that have files of their own."""
    if data.source:
        return read_pairs(data.source, data.target, data)
    if data.data in ("reverse", "copy"):
        make = reversals if data.data == "reverse" else copies
        return make(data.pairs, LONGEST, LETTERS, seed)
    assert data.data is not None
    return read_table(data.data, data.columns, data)


class PairDataset(Dataset):
    """Targets, each with the source that it is to be made of."""

    def __init__(self, codec: Pair, pairs: Pairs):
        self.codec, self.pairs = codec, pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, n: int) -> Example:
        pair = self.pairs.sources[n], self.pairs.targets[n]
        source, target = self.codec.encode(pair, "replace")
        return Example(target, source=SymbolSequence.of(source))


def pairs_reader(
    codec: Pair, pairs: Pairs, rows: int, longest: int | None = None, seed: int = 0
) -> SequenceReader:
    """Targets, each with its source; none longer than `longest` on either side."""
    dataset: Dataset = Stored(PairDataset(codec, pairs))
    if longest is not None:
        why = f"pairs have more than {longest} symbols a side"
        dataset = keep_sizes(dataset, lambda sizes: max(sizes) <= longest, why)
    if not len(dataset):
        raise InputError(f"no pair has {longest} symbols or less a side: raise longest")
    count = min(SHAPES, max(1, len(dataset) // (WORTH * rows)))
    shapes = bucket_shapes(dataset.all_sizes(), count, (UNIT, UNIT))
    return SequenceReader(dataset, rows, shapes, seed)

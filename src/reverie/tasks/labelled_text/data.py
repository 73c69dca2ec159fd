"""Texts and their labels: those that are known, read in batches."""

from __future__ import annotations

import numpy as np

from reverie.codecs.labelled import Labelled
from reverie.codecs.labels import Labels
from reverie.concepts import Condition, Example
from reverie.data.dataset import Dataset, Stored
from reverie.data.shakespeare import plays
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.padding import bucket_shapes
from reverie.tasks.labelled_text.options import LabelledData, PlayData, ReviewData
from reverie.tasks.labelled_text.passages import cut_passages, label_plays, label_speeches
from reverie.tasks.labelled_text.table import (
    Table,
    parse_names,
    read_table,
    split_table,
    with_labels,
)
from reverie.training.sequences import SequenceReader

UNIT, SHAPES = 4, 5
"""Batches are padded to multiples of the first, in so many shapes."""


def open_parts(data: LabelledData, seed: int) -> Split[Table]:
    """The texts that options name, divided. InputError where there are none."""
    match data:
        case ReviewData():
            return _reviews(data, seed)
        case PlayData():
            return _plays(data)
    raise TypeError(f"{type(data).__name__} does not say where its texts are")


def _reviews(data: ReviewData, seed: int) -> Split[Table]:
    if not data.data:
        raise InputError("name a table of texts with --data: CSV, or JSON objects")
    table = read_table(data.data, data.text_column, data.labels, data)
    return split_table(table, data.valid_part, data.test_part, seed)


def _plays(data: PlayData) -> Split[Table]:
    if data.data == "passages":
        stretches, usual = label_plays(plays()), "genre,play"
    else:
        stretches, usual = label_speeches(plays(), data.speakers), "speaker"
    parts = cut_passages(stretches, data.passage, data.valid_part, data.test_part)
    return with_labels(parts, data.labels or usual)


def labels_of(data: LabelledData, table: Table) -> Labels:
    """The labels of a table. InputError where one is to be categorical that is not there."""
    categorical = parse_names(data.categorical) or []
    table.select_labels(categorical)
    return Labels.learn(table.labels, categorical)


def filter_known(table: Table, labels: Labels) -> Table:
    """The rows whose labels can all be told. InputError for a label that the table lacks."""
    table = table.select_labels(labels.names)

    def tellable(row: int) -> bool:
        try:
            labels.encode(table.labels_of(row))
        except InputError:
            return False
        return True

    return table.rows([row for row in range(len(table)) if tellable(row)])


class LabelledDataset(Dataset):
    """Texts of `most` symbols at most, those that are whole with their ends, given their labels."""

    def __init__(self, codec: Labelled, table: Table, most: int):
        self.codec, self.table, self.most = codec, table, most

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, n: int) -> Example:
        labels = self.table.labels_of(n)
        values, vector = self.codec.encode((self.table.texts[n], labels), "replace")
        values = values if self.table.whole else values[:-1]
        return Example(values[: self.most], source=condition_of(vector))


def table_reader(
    codec: Labelled, table: Table, rows: int, most: int, seed: int = 0
) -> SequenceReader:
    """The examples of a `LabelledDataset`."""
    return make_reader(Stored(LabelledDataset(codec, table, most)), rows, seed)


def make_reader(dataset: Dataset, rows: int, seed: int = 0) -> SequenceReader:
    """Batches of texts."""
    shapes = bucket_shapes(dataset.all_sizes(), SHAPES, (UNIT, 0))
    return SequenceReader(dataset, min(rows, len(dataset)), shapes, seed)


def condition_of(vector: np.ndarray) -> Condition:
    """The condition of a vector of labels (C,), or of several (N, C)."""
    return Condition(vector)  # type: ignore[arg-type]

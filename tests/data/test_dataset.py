"""Data sets: what is opened, kept, left out and padded; and how data are divided."""

import jax
import numpy as np
import pytest

from reverie.concepts import Example
from reverie.data.dataset import Dataset, InMemory, Report, Stored, keep_sizes, pad_steps, steps_of
from reverie.data.lanes import Position
from reverie.data.split import Split, SplitOptions, divide
from reverie.errors import InputError
from reverie.padding import bucket_shapes, pad
from reverie.training.sequences import SequenceReader

LONG = 8
"""Bytes of an element."""


class Counted(Dataset):
    """Sequences of so many elements, which count how often each is opened."""

    def __init__(self, lengths):
        self.lengths, self.opened = lengths, [0] * len(lengths)

    def __len__(self):
        return len(self.lengths)

    def __getitem__(self, n):
        self.opened[n] += 1
        return Example(np.full(self.lengths[n], n, np.int64))


class Known(Counted):
    """The same, whose sizes are known."""

    def sizes(self, n):
        return self.lengths[n], 0


def test_a_reader_opens_what_a_batch_needs_and_no_more():
    dataset = Known([1, 2, 3, 4, 5, 6])
    reader = SequenceReader(dataset, 2, bucket_shapes(dataset.all_sizes(), 2, (1, 0)))
    assert reader.padding < 1 and not any(dataset.opened)
    batch, _ = reader.at(Position())
    assert sum(dataset.opened) == 2 and batch.examples.values.shape[0] == 2


def test_what_fits_is_kept_and_all_sizes_are():
    dataset = Counted([3, 4, 2])
    stored = Stored(dataset, limit=5 * LONG)
    assert stored.all_sizes().tolist() == [[3, 0], [4, 0], [2, 0]]
    assert [example.values.tolist() for example in stored] == [[0] * 3, [1] * 4, [2] * 2]
    # The second does not fit beside the first; the third does.
    assert stored.sizes(1) == (4, 0) and dataset.opened == [1, 2, 1]


def test_what_is_left_out_is_told():
    dataset = keep_sizes(Counted([3, 9, 2, 9]), lambda sizes: sizes[0] < 5, "are too long")
    assert [int(example.values[0]) for example in dataset] == [0, 2]
    assert dataset.report == Report("2 are too long: they are left out", 2)
    report = SequenceReader(dataset, 2).report
    assert report.dropped == 2 and report.text.endswith("; 17% of the steps are padding")
    assert keep_sizes(dataset, lambda sizes: True, "").report == dataset.report


def test_masks_and_weights_are_padded_with_the_values():
    example = Example(np.arange(3), np.array([True, True, False]), np.array([0.5, 2, 1]))
    padded = InMemory([example]).pad(example, (4, 0))
    assert padded.mask.tolist() == [True, True, False, False]
    assert padded.weights.tolist() == [0.5, 2, 1, 0]


class Stories(Dataset):
    """Sentences (N, W) and their lengths (N,): a size more than the base class knows."""

    dimensions = ("sentences", "words")

    def __init__(self, stories):
        self.stories = stories

    def __len__(self):
        return len(self.stories)

    def __getitem__(self, n):
        story = self.stories[n]
        words = max(map(len, story))
        rows = np.stack([pad(np.array(sentence), words) for sentence in story])
        return Example((rows, np.array([len(sentence) for sentence in story])))

    def measure(self, example):
        return steps_of(example), example.values[0].shape[1]

    def pad(self, example, sizes):
        rows, lengths = example.values
        wide = np.stack([pad(row, sizes[1]) for row in rows])
        return pad_steps(example._replace(values=(wide, lengths)), sizes[0])


def test_stories_of_sentences_have_a_dimension_of_their_own():
    dataset = Stored(Stories([[[1]], [[1], [2, 3]], [[4, 5, 6, 7]], [[1], [2], [3]]]))
    reader = SequenceReader(dataset, 1, bucket_shapes(dataset.all_sizes(), 2, (1, 1)))
    shapes = [reader.batch(np.array([n])).examples.values[0].shape for n in range(len(dataset))]
    assert reader.ladders.tolist() == [[1, 3], [1, 4]]
    assert shapes == [(1, 1, 1), (1, 3, 4), (1, 3, 4), (1, 3, 4)]
    batch = reader.batch(np.array([1])).examples
    assert batch.mask.tolist() == [[True, True, False]] and batch.values[1].tolist() == [[1, 2, 0]]
    assert all(leaf.shape[0] == 1 for leaf in jax.tree.leaves(batch))


def test_parts_follow_one_another_and_are_changed_alike():
    parts = divide(10, 0.2, 0.1)
    assert parts == (range(7), range(7, 9), range(9, 10))
    assert parts.map(list).valid == [7, 8] and parts.held_out == range(9, 10)
    assert [name for name, _ in parts.measured()] == ["valid", "test"]
    without = Split([1], [2], [])
    assert without.held_out == [2] and without.measured() == [("valid", [2])]


def test_parts_leave_something_to_train_on():
    with pytest.raises(InputError, match="leave nothing to train on"):
        SplitOptions(valid_part=0.5, test_part=0.5)

"""Lanes are contiguous, resumable, divisible and, in evaluation, complete."""

import numpy as np
import pytest

from reverie.data.lanes import Lanes, Position, evaluation_lanes
from reverie.errors import InputError

VALUES = np.arange(1000, dtype=np.uint16)


def read(lanes, position, count):
    segments = []
    for _ in range(count):
        values, is_first, following = lanes.at(position)
        segments.append((values, is_first, position))
        position = following
    return segments


def test_segments_of_a_lane_join():
    lanes = Lanes(VALUES, lanes=4, length=7)
    epoch = read(lanes, Position(), lanes.segments_per_epoch)
    assert [is_first for _, is_first, _ in epoch] == [True] + [False] * (len(epoch) - 1)
    whole = np.concatenate([values for values, _, _ in epoch], axis=1)
    assert whole.dtype == np.int32 and np.all(np.diff(whole, axis=1) == 1)
    assert whole[:, 0].tolist() == [lane * lanes.lane_length for lane in range(4)]


def test_the_place_of_each_element_is_as_documented():
    lanes = Lanes(VALUES, lanes=3, length=10, seed=5)
    for values, _, (epoch, segment) in read(lanes, Position(), 100):
        begin = lanes.offset(epoch) + segment * 10
        expected = begin + np.arange(3)[:, None] * lanes.lane_length + np.arange(10)
        assert np.array_equal(values, expected)


def test_epochs_are_shifted():
    lanes = Lanes(VALUES, lanes=2, length=16, seed=1)
    offsets = [lanes.offset(epoch) for epoch in range(50)]
    assert offsets[0] == 0 and len(set(offsets)) > 10 and max(offsets) < 16
    assert offsets == [Lanes(VALUES, 2, 16, seed=1).offset(epoch) for epoch in range(50)]
    assert offsets != [Lanes(VALUES, 2, 16, seed=2).offset(epoch) for epoch in range(50)]


def test_a_position_is_all_it_takes_to_resume():
    straight = read(Lanes(VALUES, 4, 9, seed=3), Position(), 80)
    for values, is_first, position in straight[::7]:
        again, again_fresh, _ = Lanes(VALUES, 4, 9, seed=3).at(position)
        assert np.array_equal(values, again) and is_first == again_fresh


def test_shards_together_are_the_whole():
    lanes = Lanes(VALUES, lanes=6, length=5, seed=2)
    for position in (Position(0, 0), Position(3, 2)):
        values, is_first, following = lanes.at(position)
        shares = [lanes.shard(index, 3).at(position) for index in range(3)]
        assert np.array_equal(np.concatenate([share[0] for share in shares]), values)
        assert {share[1:] for share in shares} == {(is_first, following)}
    with pytest.raises(InputError, match="share of 6 lanes"):
        lanes.shard(0, 4)


@pytest.mark.parametrize("count", [12, 13, 15, 16, 100])
def test_short_texts_stay_within_bounds(count):
    lanes = Lanes(VALUES[:count], lanes=3, length=4)
    for values, _, _ in read(lanes, Position(), 60):
        assert values.shape == (3, 4) and values.max() < count


def test_what_cannot_be_read_is_refused():
    with pytest.raises(InputError, match="11 elements but 3 lanes of 4 need 12"):
        Lanes(VALUES[:11], lanes=3, length=4)
    with pytest.raises(InputError, match="positive"):
        Lanes(VALUES, lanes=0, length=4)
    with pytest.raises(InputError, match="no segment 99"):
        Lanes(VALUES, lanes=3, length=4).at(Position(0, 99))
    with pytest.raises(InputError, match="cannot evaluate"):
        evaluation_lanes(VALUES[:0], 1, 4)


@pytest.mark.parametrize("lanes", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [1, 2, 5, 12, 50, 99])
def test_evaluation_meets_every_element_once(lanes, count):
    met = []
    for number, (values, mask, is_first) in enumerate(evaluation_lanes(VALUES[:count], lanes, 4)):
        assert values.shape == mask.shape == (lanes, 4) and is_first == (number == 0)
        met += values[mask].tolist()
    assert sorted(met) == list(range(count))
    if lanes == 1:
        assert met == list(range(count))

"""The codec of piano rolls."""

import json

import numpy as np
import pytest

from reverie.check import check_codec
from reverie.codecs.piano_roll import PianoRoll, check_roll
from reverie.errors import InputError


def test_rolls_are_invertible_and_describe_themselves(rng):
    rolls = [rng.integers(0, 2, (count, 88), np.uint8) for count in (0, 1, 30)]
    for codec in (PianoRoll(0.25), PianoRoll(1.0, -12)):
        check_codec(codec, rolls)
        assert PianoRoll.from_description(json.loads(json.dumps(codec.describe()))) == codec
    assert codec.encode(rolls[2]).dtype == np.float32
    assert codec.decode(codec.encode(rolls[2])).dtype == np.uint8


@pytest.mark.parametrize(
    ("roll", "message"),
    [
        (np.zeros((3, 87)), r"shape \(3, 87\)"),
        (np.zeros(88), r"shape \(88,\)"),
        (np.zeros((3, 88), complex), "type complex128"),
        (np.full((3, 88), "a"), "type <U1"),
        (np.eye(3, 88) * 2, "frame 0 .* has 2.0 in column 0"),
        (np.full((3, 88), np.nan), "has nan"),
    ],
)
def test_what_is_no_roll_is_refused(roll, message):
    with pytest.raises(InputError, match=message):
        check_roll(roll)


@pytest.mark.parametrize(
    "change", [{"step": 0.0}, {"step": 1}, {"step": float("nan")}, {"shift": 99}, {"tempo": 1}]
)
def test_a_description_that_was_changed_is_refused(change):
    with pytest.raises(InputError, match="unchanged copy"):
        PianoRoll.from_description(PianoRoll(0.5).describe() | change)

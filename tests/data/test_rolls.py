"""Tunes and piano rolls of one another."""

import numpy as np
import pytest

from reverie.codecs.tune import KEYS, LOWEST, Note, Tune
from reverie.data.rolls import roll_of, transposed, tune_of
from reverie.errors import InputError


def frames(tune, step=0.5):
    """The keys that sound, frame by frame, as MIDI numbers."""
    return [(np.flatnonzero(frame) + LOWEST).tolist() for frame in roll_of(tune, step).roll]


def tune(*notes):
    return Tune(tuple(Note(*note) for note in notes))


def random_roll(rng, count=40, share=0.1):
    roll = (rng.random((count, KEYS)) < share).astype(np.uint8)
    roll[-1, 0] = 1  # else the silence at its end would be lost
    return roll


def test_a_note_sounds_from_the_line_near_its_start_to_the_one_near_its_end():
    assert frames(tune((60, 0.0, 1.0), (64, 0.5, 0.5))) == [[60], [60, 64]]
    assert frames(tune((60, 0.2, 0.5))) == [[60]]
    assert frames(tune((60, 0.25, 0.5))) == [[], [60]]
    assert frames(tune((60, 0.1, 0.01))) == [[60]]
    assert frames(tune((21, 1.0, 0.1), (108, 0.0, 1.0))) == [[108], [108], [21]]
    assert roll_of(Tune(()), 0.5).roll.shape == (0, 88)


def test_what_quantising_loses_is_told():
    assert roll_of(tune((60, 0.0, 1.0), (62, 1.0, 1.0)), 0.25).notes == ()
    said = roll_of(tune((60, 0.2, 1.0), (62, 1.5, 1.0)), 0.5).notes
    assert said == ("50.0% of the notes were moved by more than a quarter of a step",)
    said = roll_of(tune((60, 0.0, 1.0), (60, 1.0, 1.0), (60, 0.0, 2.0), (64, 0.0, 1.0)), 0.5).notes
    assert said == ("50.0% of the notes became one with another of their pitch",)


def test_a_roll_comes_back(rng):
    for step in (0.25, 0.5, 1.0, 1 / 3):
        roll = random_roll(rng)
        made = tune_of(roll, step, 80.0, (3, 4))
        assert made.tempo == 80 and made.metre == (3, 4)
        assert list(made.notes) == sorted(made.notes, key=lambda note: (note.start, note.pitch))
        np.testing.assert_array_equal(roll_of(made, step).roll, roll)
    assert tune_of(np.zeros((9, 88), np.uint8), 1.0).notes == ()


def test_frames_of_one_key_in_a_row_are_one_note():
    roll = np.zeros((6, 88), np.uint8)
    roll[1:3, 0] = roll[3:, 87] = roll[4, 0] = 1
    assert [note[:3] for note in tune_of(roll, 0.5).notes] == [
        (21, 0.5, 1.0),
        (108, 1.5, 1.5),
        (21, 2.0, 0.5),
    ]


def test_transposing_moves_all_notes_or_refuses(rng):
    roll = np.zeros((5, 88), np.uint8)
    roll[:, 10:70] = random_roll(rng, 5, 0.5)[:, 10:70]
    roll[0, [10, 69]] = 1
    for semitones in (-10, 0, 18):
        moved = transposed(roll, semitones)
        np.testing.assert_array_equal(transposed(moved, -semitones), roll)
    for semitones in (-11, 19, 200):
        with pytest.raises(InputError, match="from 31 to 90 cannot be moved"):
            transposed(roll, semitones)
    assert not transposed(roll * 0, 300).any()


@pytest.mark.parametrize(
    ("made", "step", "message"),
    [
        (tune((60, 0.0, 1.0)), 0.0, "step of 0 quarters"),
        (tune((60, 0.0, 1.0)), float("nan"), "step of nan"),
        (tune((60, 0.0, 1.0)), 1e-300, "more than 1,000,000 steps"),
        (tune((60, 0.0, 1e12)), 0.5, "lasts 1,000,000,000,000 quarters"),
        (tune((60, 0.0, float("inf"))), 0.5, "lasts inf"),
        (tune((20, 0.0, 1.0)), 0.5, "not from 21 to 108"),
        (tune((109, 0.0, 1.0)), 0.5, "not from 21 to 108"),
        (tune((60, -1.0, 1.0)), 0.5, "before its beginning"),
    ],
)
def test_what_makes_no_roll_is_refused(made, step, message):
    with pytest.raises(InputError, match=message):
        roll_of(made, step)

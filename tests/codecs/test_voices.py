"""The codec of music in voices: what each voice does at each step, and where in its bar that is."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from reverie.check import check_codec
from reverie.codecs.tune import Note, Tune
from reverie.codecs.voices import LONGEST, MOST_STEPS, PLACES, Voices, moved
from reverie.errors import InputError

RANGES = ((60, 72), (55, 67), (40, 60))
CODEC = Voices(RANGES, 0.5)
EMPTY = np.zeros((12, 3), np.int32)


@dataclass
class Notes:
    """A codec between notes and symbols alone, as `check_codec` wants them."""

    voices: Voices

    def encode(self, notes):
        return self.voices.encode(tune_of(notes)).symbols

    def decode(self, symbols):
        return self.voices.decode(symbols).notes

    def describe(self):
        return self.voices.describe()

    @classmethod
    def from_description(cls, description):
        return cls(Voices.from_description(description))


def tune_of(notes, **how) -> Tune:
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch, note.voice))
    return Tune(tuple(ordered), **how)


def random_notes(rng, codec) -> tuple[Note, ...]:
    """Notes and rests on the grid, of which some are struck again at once."""
    notes = []
    for voice, (least, most) in enumerate(codec.ranges):
        at, pitch = 0, least
        while at < 14:
            length = int(rng.integers(1, 5))
            if rng.random() < 0.7:
                pitch = pitch if rng.random() < 0.4 else int(rng.integers(least, most + 1))
                notes.append(Note(pitch, at * codec.step, length * codec.step, voice=voice))
            at += length
    return tune_of(notes).notes


def line(*notes, codec=CODEC) -> list[int]:
    """The symbols of the first voice where it sings notes of (pitch, start, length)."""
    return codec.encode(tune_of([Note(*note) for note in notes])).symbols[:, 0].tolist()


def struck(pitch, codec=CODEC) -> int:
    return 1 + 2 * (pitch - codec.lowest)


@pytest.mark.parametrize("step", [0.25, 0.5, 1.0])
def test_tunes_on_the_grid_come_back(rng, step):
    codec = Voices(RANGES, step)
    samples = [random_notes(rng, codec) for _ in range(20)] + [()]
    check_codec(Notes(codec), samples, same=lambda a, b: a == b)
    assert codec.encode(tune_of(samples[0])).symbols.max() < codec.size


def test_a_symbol_says_what_sounds_and_whether_it_was_struck():
    first, again = struck(62), struck(60)
    found = line((62, 0.5, 1.5), (62, 2.0, 0.5), (60, 3.0, 1.0))
    assert found == [0, first, first + 1, first + 1, first, 0, again, again + 1]
    assert [CODEC.pitch(symbol) for symbol in (first, first + 1, again)] == [62, 62, 60]
    assert CODEC.lowest == 40 and CODEC.highest == 72 and CODEC.voices == 3
    assert CODEC.size == 1 + 2 * 33


def test_what_a_tune_says_besides_its_notes_is_handed_on():
    how = {"tempo": 66.0, "metre": (3, 4), "fermatas": (2.0,)}
    assert CODEC.decode(EMPTY, **how) == Tune((), **how)


def test_notes_off_the_grid_go_to_the_nearest_step_and_are_one_step_long_at_least():
    s = struck(60)
    assert line((60, 0.2, 0.9)) == [s, s + 1]  # from 0.4 steps to 2.2
    assert line((60, 0.3, 0.9)) == [0, s]  # from 0.6 steps to 2.4
    assert line((60, 0.25, 0.75)) == [0, s]  # the later one of two
    assert line((60, 0.0, 0.01)) == [s]
    assert line((60, 0.0, 0.5), (62, 1.0, 0.1)) == [s, 0, s + 4]
    assert line((60, 0.7, 0.05)) == [0, s]


def test_where_notes_overlap_the_later_one_is_heard():
    s = struck(60)
    assert line((60, 0.0, 1.5), (64, 0.5, 2.0)) == [s, s + 8, s + 9, s + 9, s + 9]
    assert line((60, 0.0, 1.0), (64, 0.1, 0.9)) == [s + 8, s + 9]


def test_what_goes_on_with_a_note_that_was_not_there_begins_it():
    a, b = struck(60), struck(62)
    symbols = EMPTY.copy()
    symbols[:7, 0] = a + 1, a + 1, b + 1, b, a + 1, 0, a + 1
    notes = CODEC.decode(symbols).notes
    assert [(note.pitch, note.start, note.length) for note in notes] == [
        (60, 0.0, 1.0), (62, 1.0, 0.5), (62, 1.5, 0.5), (60, 2.0, 0.5), (60, 3.0, 0.5),
    ]  # fmt: skip


def test_any_symbols_are_a_tune_that_sounds_like_them(rng):
    symbols = rng.integers(0, CODEC.size, (40, 3)).astype(np.int32)
    symbols[rng.random(symbols.shape) < 0.5] = struck(60) + 1
    sounding = np.zeros_like(symbols)
    for note in CODEC.decode(symbols).notes:
        steps = slice(round(2 * note.start), round(2 * (note.start + note.length)))
        assert not sounding[steps, note.voice].any()
        sounding[steps, note.voice] = note.pitch
    assert sounding.tolist() == [[s and CODEC.pitch(s) for s in row] for row in symbols.tolist()]


@pytest.mark.parametrize(
    ("metre", "upbeat", "expected"),
    [
        ((4, 4), 0.0, [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3]),
        ((4, 4), 1.0, [6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1]),
        ((3, 4), 0.5, [5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4]),
        ((6, 8), 0.0, [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]),
        ((2, 2), 0.0, [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3]),
        ((1, 16), 0.0, [0] * 12),
    ],
)
def test_places_are_those_in_bars(metre, upbeat, expected):
    assert CODEC.grid(EMPTY, metre, upbeat).places.tolist() == expected
    tune = Tune((Note(60, 0.0, 6.0),), metre=metre)
    assert CODEC.encode(tune, upbeat=upbeat).places.tolist() == expected


def test_places_of_a_bar_that_is_longer_begin_again():
    long = np.zeros((90, 1), np.int32)
    places = Voices(RANGES[:1], 0.25).grid(long, (10, 4)).places
    assert places.tolist() == [n % 40 % PLACES for n in range(90)]


def test_a_fermata_lasts_as_long_as_the_note_of_the_first_voice():
    notes = [Note(60, 0, 1), Note(60, 1, 1.5), Note(62, 2.5, 0.5), Note(64, 4.0, 1.0)]
    notes += [Note(48, 0, 5, voice=2)]

    def held(*fermatas):
        tune = tune_of(notes, fermatas=fermatas)
        return np.flatnonzero(CODEC.encode(tune).held).tolist()

    assert held() == []
    assert held(1.0) == [2, 3, 4]
    assert held(1.5) == [3, 4]
    assert held(2.5) == [5]
    assert held(0.0, 4.0) == [0, 1, 8, 9]
    assert held(3.0) == [6]  # a rest
    assert held(77.0) == [9]
    assert CODEC.encode(Tune((), fermatas=(1.0,))).held.shape == (0,)


def test_each_voice_has_the_range_of_its_notes():
    tunes = [tune_of([Note(60, 0, 1), Note(50, 0, 1, voice=1), Note(71, 1, 1)]) for _ in range(2)]
    tunes.append(tune_of([Note(48, 0, 1, voice=1), Note(52, 1, 1, voice=1)]))
    codec = Voices.learn(iter(tunes), 2, 1)
    assert codec == Voices(((60, 71), (48, 52)), 1.0)
    assert Voices.from_description(json.loads(json.dumps(codec.describe()))) == codec
    with pytest.raises(InputError, match="more than 1 voices: raise voices"):
        Voices.learn(tunes, 1, 0.5)
    with pytest.raises(InputError, match="less than 3 voices: lower voices"):
        Voices.learn(tunes, 3, 0.5)
    with pytest.raises(InputError, match="less than 1 voices"):
        Voices.learn([], 1, 0.5)


@pytest.mark.parametrize(
    ("note", "message"),
    [
        (Note(60, 0, 1, voice=3), "the note 60 of voice 4 is none of 3 voices from 40 to 72"),
        (Note(39, 0, 1), "the note 39 of voice 1 is none"),
        (Note(73, 0, 1, voice=1), "the note 73 of voice 2 is none"),
        (Note(60, 0, MOST_STEPS), "lasts 20,000 quarters, more than 20,000 steps"),
        (Note(60, 0, float("inf")), "lasts inf quarters"),
        (Note(60, 1e300, 1), "cut it"),
    ],
)
def test_what_it_cannot_say_is_refused(note, message):
    with pytest.raises(InputError, match=message) as caught:
        CODEC.encode(Tune((note,)))
    assert str(caught.value).isprintable()


def test_the_longest_tune_is_encoded():
    assert len(CODEC.encode(Tune((Note(60, 0, MOST_STEPS / 2),))).symbols) == MOST_STEPS


@pytest.mark.parametrize(
    "change",
    [
        {"step": 0.0},
        {"step": 1},
        {"step": LONGEST},
        {"step": float("nan")},
        {"ranges": []},
        {"ranges": [[60, 72]] * 17},
        {"ranges": [[72, 60]]},
        {"ranges": [[20, 60]]},
        {"ranges": [[60, 109]]},
        {"ranges": [[60]]},
        {"ranges": [[60.0, 72.0]]},
        {"ranges": [[True, 72]]},
        {"ranges": ["ab"]},
        {"ranges": "ab"},
        {"tempo": 1},
    ],
    ids=str,
)
def test_a_description_that_was_changed_is_refused(change):
    with pytest.raises(InputError, match="unchanged copy"):
        Voices.from_description(CODEC.describe() | change)


def test_symbols_are_moved_and_rests_stay(rng):
    notes = tune_of(Note(p, s, 1.0) for s, p in enumerate((60, 62, 67)))
    for semitones in (-3, 0, 5):
        higher = notes._replace(
            notes=tuple(note._replace(pitch=note.pitch + semitones) for note in notes.notes)
        )
        codec = Voices(((50, 80),), 0.5)
        found = moved(codec.encode(notes).symbols, semitones)
        np.testing.assert_array_equal(found, codec.encode(higher).symbols)
        assert found.dtype == np.int32
    assert not moved(EMPTY, 4).any()

"""Chorales before they are drawn and as they are played: bars, melodies, keys."""

from itertools import product

import numpy as np
import pytest
from malformed.valid import midi as midi_file
from malformed.valid import midi_track
from tasks.test_chorales import WIDE, random_grid

from reverie.codecs.tune import KEYS, LOWEST, Note, Tune
from reverie.codecs.voices import Voices
from reverie.data.music.keys import key_of, sharps_of
from reverie.errors import InputError
from reverie.formats import midi
from reverie.tasks.chorales.compose import FARTHEST, beneath, easy_shift, empty, finish
from reverie.tasks.chorales.generate import Drawn
from reverie.tasks.chorales.melody import LONG, fitting_shift, phrase_ends, read_melody, sing
from reverie.tasks.chorales.options import METRES, ComposeOptions

# What is known of a piece without a melody.


@pytest.mark.parametrize("metre", METRES)
@pytest.mark.parametrize("bars", [1, 2, 3, 8])
def test_of_bars_it_is_known_where_phrases_end(metre, bars):
    frame = empty(ComposeOptions(bars=bars, metre=metre), WIDE)
    beats, unit = map(int, metre.split("/"))
    bar, beat = 4 * beats / unit, 4 / unit
    upbeat = beat if beats > 2 else 0.0
    assert len(frame.grid.symbols) == 2 * bars * bar
    assert not frame.given.any() and frame.tune.metre == (beats, unit)
    ends = [min(end, bars) * bar - beat for end in range(2, bars + 2, 2)]
    assert list(frame.tune.fermatas) == ends
    expected = {step for end in ends for step in range(round(2 * end), round(2 * (end + beat)))}
    assert np.flatnonzero(frame.grid.held).tolist() == sorted(expected)
    assert frame.grid.held[-1]
    # A phrase begins with an upbeat, before which the first bar is silent.
    first = round(2 * (bar - upbeat)) if upbeat else 0
    assert frame.grid.places[0] == first == round(2 * frame.silence)


def test_a_step_that_is_longer_than_the_piece_is_one_step():
    frame = empty(ComposeOptions(bars=1, metre="2/4"), Voices(WIDE.ranges, 6.0))
    assert frame.grid.symbols.shape == (1, 3)


def drawn_of(codec, notes, steps) -> Drawn:
    tune = Tune(tuple(sorted(notes, key=lambda n: (n.start, n.pitch))))
    symbols = np.zeros((steps, codec.voices), np.int32)
    found = codec.encode(tune).symbols
    symbols[: len(found)] = found
    sounding = np.zeros((steps, KEYS))
    for note in notes:
        sounding[:, note.pitch - LOWEST] = 1
    return Drawn(symbols, np.full(symbols.shape, -0.5), sounding)


def test_a_piece_is_told_where_it_sounds():
    frame = empty(ComposeOptions(bars=2, metre="3/4", tempo=90.0), WIDE)
    notes = [Note(66, 0.0, 1.0), Note(61, 1.0, 2.0, voice=1)]
    made = finish(WIDE, frame, drawn_of(WIDE, notes, 12), 5)
    assert made.name == "seed 5" and made.tune.tempo == 90 and made.tune.metre == (3, 4)
    shift = made.tune.notes[0].pitch - 66
    assert [(n.pitch - shift, n.start, n.length, n.voice) for n in made.tune.notes] == [
        (66, 2.0, 1.0, 0), (61, 3.0, 2.0, 1),
    ]  # fmt: skip
    assert made.tune.fermatas == (6.0 + 1.0,)
    # Before the upbeat nothing sounds.
    assert made.probabilities.shape == (4 + 12, KEYS) and not made.probabilities[:4].any()
    sounding = np.flatnonzero(made.probabilities[4]) + LOWEST - shift
    assert sounding.tolist() == [61, 66]
    assert made.remark.startswith("2 notes, 2 seconds, 1.50 nats a step")


def test_a_piece_without_a_melody_is_moved_to_few_sharps_or_flats(rng):
    least = []
    for _ in range(30):
        tune = WIDE.decode(random_grid(rng, 4, WIDE).symbols)
        shift, key = easy_shift(tune, WIDE), key_of(tune)
        moved = [n._replace(pitch=n.pitch + shift) for n in tune.notes]
        others = {
            s: abs(sharps_of(key, s))
            for s in range(-FARTHEST, FARTHEST + 1)
            if all(
                low <= n.pitch + s <= high
                for n in tune.notes
                for low, high in [WIDE.ranges[n.voice]]
            )
        }
        assert others[shift] == min(others.values())
        assert sharps_of(key_of(Tune(tuple(moved)))) == sharps_of(key, shift)
        least.append(others[shift])
    assert min(least) == 0 and easy_shift(Tune(()), WIDE) == 0
    beyond = Tune((Note(50, 0, 1), Note(90, 1, 1)))
    assert easy_shift(beyond, WIDE) == 0


# Melodies.


def melody_file(path, *notes, voice=()) -> str:
    """A file of notes of (pitch, start, length), and others of a second voice."""
    found = [Note(*note) for note in notes] + [Note(*note, voice=1) for note in voice]
    midi.write(Tune(tuple(sorted(found, key=lambda n: (n.start, n.pitch))), 60.0, (3, 4)), path)
    return str(path)


def test_notes_are_sung_one_after_the_other():
    line = [Note(60, 0, 2), Note(62, 1, 0.5), Note(64, 2, 3), Note(67, 2, 1), Note(65, 4, 1)]
    assert [(n.pitch, n.start, n.length) for n in sing(line)] == [
        (60, 0, 1), (62, 1, 0.5), (67, 2, 1), (65, 4, 1),
    ]  # fmt: skip


def test_a_melody_is_moved_to_the_middle_by_octaves_if_any_fits():
    for low, span, least, room in product(range(30, 90, 7), (0, 5, 9), (48, 60), (9, 14, 21)):
        pitches, within = [low + span, low, low + span // 2], (least, least + room)
        fitting = {
            shift: abs(2 * low + span + 2 * shift - 2 * least - room)
            for shift in range(-80, 80)
            if all(within[0] <= pitch + shift <= within[1] for pitch in pitches)
        }
        octaves = {shift: off for shift, off in fitting.items() if shift % 12 == 0}
        found = fitting_shift(pitches, within)
        best = octaves or fitting
        assert best[found] == min(best.values())
    with pytest.raises(InputError, match="spans 13 semitones, and the voice .* 12: give a part"):
        fitting_shift([60, 73], (60, 72))


def test_phrases_end_on_long_notes_before_rests_and_at_the_end():
    def ends(*notes):
        return [n.start for n in phrase_ends(tuple(Note(60, *note) for note in notes))]

    assert ends((0, 1), (1, 1), (2, 1)) == [2]
    assert ends((0, 1), (1, LONG), (3, 1), (4, 1)) == [1, 4]
    assert ends((0, 1), (1, 0.5), (2.5, 1), (3.5, 1)) == [1, 3.5]  # a rest of one quarter
    assert ends((0, 1), (1, 0.75), (2.5, 1), (3.5, 1)) == [3.5]
    # Where all notes are long, only those of twice the usual length end a phrase.
    assert ends((0, 2), (2, 2), (4, 2), (6, 4), (10, 2)) == [6, 10]


def test_a_melody_is_the_highest_voice_of_a_file_in_the_range_of_the_first(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    low = [(48, 0.0, 1.0)], [(55, 0.0, 1.0), (57, 1.0, 3.0), (60, 5.0, 1.0)]
    path = melody_file(tmp_path / "a.mid", *low[1], voice=low[0])
    tune, shift, notes = read_melody(path, WIDE)
    assert shift == 12 and notes == ("left out 1 note of other voices",)
    assert [(n.pitch, n.start, n.length) for n in tune.notes] == [
        (67, 0, 1), (69, 1, 3), (72, 5, 1),
    ]  # fmt: skip
    assert tune.fermatas == (1.0, 5.0) and (tune.tempo, tune.metre) == (60.0, (3, 4))


def test_what_a_melody_drowns_is_not_sung_and_need_not_fit(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    chords = [(p, float(n), 1.0) for n in range(2) for p in (30, 64 + n)]
    tune, shift, _ = read_melody(melody_file(tmp_path / "a.mid", *chords), WIDE)
    assert shift == 0 and [n.pitch for n in tune.notes] == [64, 65]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"no music", "no MIDI file"),
        (midi_file(midi_track((0, b"\x99\x24\x50"), (480, b"\x89\x24\x40"))), "no notes but drums"),
        (midi_file(midi_track((0, b"\x90\x3c\x50"), (480, b"\x80\x3c\x40"))), "less than two"),
        (
            midi_file(
                midi_track((0, b"\x90\x3c\x50\0\x90\x40\x50"), (480, b"\x80\x3c\x40\0\x80\x40\x40"))
            ),
            "less than two notes",
        ),
        (
            midi_file(
                midi_track(
                    *((delta, bytes((kind, pitch, 80)))
                      for pitch in (40, 70) for delta, kind in ((0, 0x90), (480, 0x80)))
                )
            ),
            "spans 30 semitones",
        ),
    ],
    ids=["empty", "text", "drums", "one note", "one chord", "wide"],
)  # fmt: skip
def test_what_cannot_be_harmonised_is_refused(tmp_path, data, message):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    (tmp_path / "a.mid").write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read_melody(tmp_path / "a.mid", WIDE)
    assert "a.mid" in str(caught.value) and str(caught.value).isprintable()


def test_two_notes_are_a_melody_and_come_back_where_they_were(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    path = melody_file(tmp_path / "a.mid", (55, 0.0, 1.0), (53, 1.0, 1.0))
    frame = beneath(ComposeOptions(harmonise=path), WIDE)
    assert frame.shift == -12 and frame.notes == () and frame.tune.tempo == 60
    assert frame.given[:, 0].all() and not frame.given[:, 1:].any()
    assert frame.grid.held.tolist() == [False, False, True, True]
    notes = [*frame.tune.notes, Note(60, 0.0, 2.0, voice=1)]
    made = finish(WIDE, frame, drawn_of(WIDE, notes, 4), 0)
    assert [(n.pitch, n.voice) for n in made.tune.notes] == [(48, 1), (55, 0), (53, 0)]
    assert np.flatnonzero(made.probabilities[0]).tolist() == [48 - 21, 53 - 21, 55 - 21]
    # The mean over steps is that of what was drawn alone.
    assert "1.00 nats a step" in made.remark
    assert beneath(ComposeOptions(harmonise=path, tempo=50.0), WIDE).tune.tempo == 50


def test_a_melody_that_has_no_room_beneath_it_stays_where_it_is_sung(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    low = melody_file(tmp_path / "a.mid", (LOWEST + 2, 0.0, 1.0), (LOWEST, 1.0, 1.0))
    frame = beneath(ComposeOptions(harmonise=low), WIDE)
    assert frame.shift == 0 and "moved by +48 semitones" in frame.notes[0]
    high = melody_file(tmp_path / "b.mid", (96, 0.0, 1.0), (91, 1.0, 1.0))
    frame = beneath(ComposeOptions(harmonise=high), WIDE)
    assert frame.shift == 24 and not frame.notes


def test_notes_that_are_too_short_for_the_grid_are_a_piece(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    path = melody_file(tmp_path / "a.mid", (64, 0.0, 0.01), (65, 0.02, 0.01))
    frame = beneath(ComposeOptions(harmonise=path), WIDE)
    assert len(frame.grid.symbols) == 1 and frame.given[0, 0]

"""MIDI files: what is written comes back, and what others write is read or refused in a line."""

import random
from collections import defaultdict

import pytest
from fuzz import attempt
from malformed.valid import midi, midi_track

from reverie.codecs.tune import HIGHEST, LOWEST, Note, Tune
from reverie.errors import InputError
from reverie.formats import midi as midi_format
from reverie.formats.midi import read, write

pytest.importorskip("mido", reason="the extra 'music' is not installed")

GRIDS = (1, 2, 3, 4, 6, 8, 12, 16, 24)
"""Parts of a quarter on which notes of random tunes lie."""


def on(pitch, velocity=80, channel=0):
    return bytes((0x90 | channel, pitch, velocity))


def off(pitch, channel=0):
    return bytes((0x80 | channel, pitch, 64))


def tempo(microseconds):
    return b"\xff\x51\x03" + microseconds.to_bytes(3, "big")


def metre(beats, power):
    return bytes((0xFF, 0x58, 4, beats, power, 24, 8))


def read_bytes(tmp_path, data):
    path = tmp_path / "a.mid"
    path.write_bytes(data)
    return read(path)


def read_track(tmp_path, *events, **how):
    """What is read of a file of one track."""
    return read_bytes(tmp_path, midi(midi_track(*events), **{"kind": 0, **how}))


def places(tune):
    return [(note.pitch, note.start, note.length) for note in tune.notes]


def check_refusal(tmp_path, data, message):
    with pytest.raises(InputError, match=message) as caught:
        read_bytes(tmp_path, data)
    said = str(caught.value)
    assert "a.mid" in said and said.isprintable()


def random_tune(seed):
    """A tune on a grid, whose voices are numbered from the top and overlap on no pitch."""
    chance = random.Random(seed)
    grid = chance.choice(GRIDS)
    busy = defaultdict(int)
    parts = []
    for _ in range(chance.randint(1, 20)):
        part = []
        for _ in range(chance.randint(1, 12)):
            pitch = chance.randint(LOWEST, HIGHEST)
            start = busy[len(parts), pitch] + chance.randint(0, 30)
            length = chance.randint(1, 9)
            busy[len(parts), pitch] = start + length
            part.append((pitch, start / grid, length / grid, chance.randint(1, 127)))
        parts.append(part)
    parts.sort(key=lambda part: -sum(note[0] for note in part) / len(part))
    notes = [Note(*note, voice) for voice, part in enumerate(parts) for note in part]
    notes.sort(key=lambda note: (note.start, note.pitch, note.voice))
    metre = chance.randint(1, 15), 2 ** chance.randint(0, 5)
    return Tune(tuple(notes), 6e7 / chance.randint(100_000, 3_000_000), metre)


@pytest.mark.parametrize("seed", range(60))
def test_a_tune_comes_back(tmp_path, seed):
    tune = random_tune(seed)
    write(tune, tmp_path / "a.mid")
    assert read(tmp_path / "a.mid") == (tune, ())


def test_a_chorale_comes_back_but_for_its_fermatas(tmp_path):
    notes = tuple(
        Note(pitch, 0.0, 2.0, voice=voice) for voice, pitch in enumerate((72, 67, 64, 48))
    )
    tune = Tune(notes[::-1], 90.0, (3, 2), (2.0,))
    write(tune, tmp_path / "a.mid")
    back, told = read(tmp_path / "a.mid")
    assert back.notes == tune.notes and back.metre == (3, 2) and not told
    assert back.tempo == pytest.approx(90, rel=1e-6) and back.fermatas == ()


@pytest.mark.parametrize(
    ("tune", "message"),
    [
        (Tune((Note(128, 0.0, 1.0),)), "note 1 .* pitch 128"),
        (Tune((Note(60, 0.0, 1.0), Note(60, 1.0, 1.0, 0))), "note 2 .* velocity 0"),
        (Tune((Note(60, -1.0, 1.0),)), "note 1 .* begins at -1"),
        (Tune((Note(60, 0.0, 0.0),)), "lasts 0"),
        (Tune((Note(60, 0.0, float("nan")),)), "lasts nan"),
        (Tune((Note(60, float("inf"), 1.0),)), "begins at inf"),
        (Tune((Note(60, 99_999.0, 9.0),)), "100,000 quarters"),
        (Tune((), metre=(4, 3)), "metre 4/3"),
        (Tune((), metre=(0, 4)), "metre 0/4"),
        (Tune((), tempo=1.0), "tempo of 1 "),
        (Tune((), tempo=float("nan")), "tempo of nan"),
    ],
)
def test_what_midi_cannot_say_is_not_written(tmp_path, tune, message):
    path = tmp_path / "a.mid"
    path.write_bytes(b"as it was")
    with pytest.raises(InputError, match=message):
        write(tune, path)
    assert path.read_bytes() == b"as it was" and len(list(tmp_path.iterdir())) == 1


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot write .*none"):
        write(Tune((Note(60, 0.0, 1.0),)), tmp_path / "none" / "a.mid")


def test_the_tracks_of_type_1_are_voices_and_so_are_channels(tmp_path):
    low, high = midi_track((0, on(40)), (480, off(40))), midi_track((0, on(70)), (480, off(70)))
    both = midi_track((0, on(40, channel=1)), (0, on(70)), (480, off(40, 1)), (0, off(70)))
    for data in (midi(low, high), midi(both, kind=0), midi(both)):
        tune, told = read_bytes(tmp_path, data)
        assert [(note.pitch, note.voice) for note in tune.notes] == [(40, 1), (70, 0)]
        assert not told and tune.tempo == 120 and tune.metre == (4, 4)


def test_of_type_2_the_first_sequence_is_used(tmp_path):
    first, second = midi_track((0, on(60)), (480, off(60))), midi_track((0, on(70)), (9, off(70)))
    tune, told = read_bytes(tmp_path, midi(first, second, kind=2))
    assert places(tune) == [(60, 0, 1)] and told == ("the first of its 2 sequences is used",)


def test_drums_and_notes_that_no_piano_has_are_left_out(tmp_path):
    events = [(0, on(36, channel=9)), (0, on(60)), (0, on(20)), (0, on(109))]
    ends = [(480, off(36, 9)), (0, off(60)), (0, off(20)), (0, off(109))]
    tune, told = read_track(tmp_path, *events, *ends)
    assert places(tune) == [(60, 0, 1)]
    assert told == ("left out 1 note of drums", "left out 2 notes that no piano has")


@pytest.mark.parametrize(
    ("events", "notes"),
    [
        # The earlier ends where the later begins, and the later where the last end comes.
        ([(0, on(60)), (240, on(60)), (240, off(60)), (240, off(60))], [(0, 0.5), (0.5, 1.0)]),
        # An end that comes right after the next beginning belongs to the note before.
        ([(0, on(60)), (480, on(60)), (0, off(60)), (480, off(60))], [(0, 1.0), (1.0, 1.0)]),
        # Struck twice and ended once.
        (
            [(0, on(60)), (240, on(60)), (240, off(60)), (960, b"\xb0\x01\x00")],
            [(0, 0.5), (0.5, 0.5)],
        ),
        # No velocity is an end, and an end without a beginning is nothing.
        ([(0, off(60)), (0, on(60)), (480, on(60, 0)), (0, off(60))], [(0, 1.0)]),
        # All notes off.
        ([(0, on(60)), (480, b"\xb0\x7b\x00"), (480, off(60))], [(0, 1.0)]),
        # Running status.
        ([(0, on(60)), (480, b"\x3c\x00"), (0, b"\x3c\x50"), (480, b"\x3c\x00")], [(0, 1), (1, 1)]),
    ],
)
def test_ends_belong_to_beginnings(tmp_path, events, notes):
    tune, told = read_track(tmp_path, *events)
    assert [(note.start, note.length) for note in tune.notes] == notes and not told


def test_notes_without_length_or_end_are_told(tmp_path):
    tune, told = read_track(
        tmp_path,
        (0, on(60)),
        (0, off(60)),
        (0, on(62)),
        (480, off(62)),
        (0, on(64)),
        (480, b"\xb0\x01\x00"),
    )
    assert places(tune) == [(62, 0, 1), (64, 1, 1)]
    assert told == ("left out 1 note without length", "1 note without an end: ended with the track")


def test_the_tempo_and_the_metre_that_hold_longest_are_kept(tmp_path):
    changes = [(0, tempo(500_000)), (0, metre(3, 2)), (480, tempo(750_000)), (0, metre(6, 3))]
    tune, told = read_track(tmp_path, (0, on(60)), *changes, (960, off(60)), (0, tempo(1)))
    assert tune.tempo == 80 and tune.metre == (6, 8)
    assert told == (
        "of its 3 tempos the one that holds longest is kept",
        "of its 2 metres the one that holds longest is kept",
    )
    odd = [(0, tempo(0)), (0, metre(0, 2)), (0, metre(4, 200))]
    tune, told = read_track(tmp_path, *odd, (0, on(60)), (960, off(60)))
    assert tune.tempo == 120 and tune.metre == (4, 4) and not told


def test_times_in_seconds_become_quarters(tmp_path):
    events = [(0, tempo(1_000_000)), (0, on(60)), (1000, off(60))]
    for frames, quarters in ((25, 1), (30, 1000 / 1200), (29, 1001 / 1200)):
        division = -(frames << 8) + 40
        tune, told = read_track(tmp_path, *events, division=division)
        assert tune.notes[0].length == pytest.approx(quarters, rel=1e-4)
        assert told == ("its times are in seconds, which were made quarters of the tempo",)


def test_what_is_odd_is_read(tmp_path):
    track = midi_track((0, on(60)), (480, off(60)))
    key = midi_track((0, b"\xff\x59\x02\x99\x07"), (0, on(60, 0xFF)), (480, off(60)))
    alien = midi(track).replace(b"MTrk", b"XFIH\0\0\0\2abMTrk")
    for data in (midi(key), alien, midi(track) + b"tail"):
        tune, told = read_bytes(tmp_path, data)
        assert places(tune) == [(60, 0, 1)] and not told
    _, told = read_bytes(tmp_path, midi(track, said=9))
    assert told == ("it should have 9 tracks and has 1",)


NOTE = midi_track((0, on(60)), (480, off(60)))
LONG = (1 << 28) - 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"MThd", "no MIDI file"),
        (b"RIFF" + midi(NOTE), "no MIDI file"),
        (midi(NOTE, kind=7), "type 7"),
        (midi(NOTE)[:-5], "ends in the middle of track 1"),
        (midi(NOTE, NOTE)[:-5], "ends in the middle of track 2"),
        (midi(NOTE[:-6]), r"track 1 is damaged \(it ends too early\)"),
        (midi(b"\x00\x40\x40"), "track 1 is damaged .*running status"),
        (midi(b"\x00\xf4\x40"), "track 1 is damaged .*undefined status"),
        (midi(midi_track((0, b"\xff\x58\x01\x03"))), "track 1 is damaged"),
        (midi(b"\xff" * 100_000 + NOTE), "number without end"),
        (midi(midi_track((0, b"\xff\x01\xff\xff\xff\x7f"))), "track 1 is damaged .*length"),
        (midi(), "no notes that a piano has"),
        (midi(midi_track()), "no notes that a piano has"),
        (midi(midi_track((0, on(36, channel=9)), (480, off(36, 9)))), "no notes but drums"),
        (midi(midi_track((0, on(60)), (LONG, off(60)))), "lasts 559,241 quarters"),
        (midi(midi_track((LONG, on(60)), (9, off(60)))), "lasts 559,241 quarters"),
        (midi(midi_track((0, on(60)), (LONG, b"\xb0\x01\x00"))), "lasts 559,241 quarters"),
        (midi(*[midi_track()] * 3000), "more than 1,000 tracks"),
        (midi(NOTE, division=0), "how long a quarter is"),
        (midi(NOTE, division=-(77 << 8) + 40), "how long a quarter is"),
        (midi(NOTE, division=-(25 << 8)), "how long a quarter is"),
        (midi(NOTE) + bytes(2 << 20), "larger than 2 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_line(tmp_path, data, message):
    check_refusal(tmp_path, data, message)


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot read .*none"):
        read(tmp_path / "none.mid")
    with pytest.raises(InputError, match="cannot read"):
        read(tmp_path)
    with open(tmp_path / "huge.mid", "wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(InputError, match="larger than 256 MB"):
        read(tmp_path / "huge.mid")


def test_random_bytes_are_refused_or_a_tune(tmp_path):
    chance = random.Random(0)
    for number in range(200):
        junk = chance.randbytes(chance.choice((1, 20, 400)))
        data = (junk, midi(junk), midi(NOTE, junk, kind=number % 4), NOTE + junk)[number % 4]
        (tmp_path / "a.mid").write_bytes(data)
        assert attempt(read_all, tmp_path / "a.mid") in (True, False)


def read_all(path):
    tune, _ = read(path)
    assert tune.notes and tune.length <= midi_format.LONGEST

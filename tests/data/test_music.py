"""Where music comes from: piano rolls of others, folders of MIDI files, and what music21 brings."""

import json
from importlib.metadata import PackageNotFoundError
from itertools import islice, pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from malformed.valid import mat_cells, mat_file, midi, midi_files, midi_track, roll_files

from reverie.codecs.piano_roll import PianoRoll
from reverie.codecs.tune import Note, Tune
from reverie.data.music import corpora
from reverie.data.music.corpora import chorales, folk_tunes
from reverie.data.music.folder import open_folder
from reverie.data.music.keys import MAJOR, MINOR, MusicKey, key_of, note_name, to_c
from reverie.data.music.matlab import how_to_play, open_matlab
from reverie.data.music.pieces import RollCollection
from reverie.data.music.report import examine
from reverie.data.rolls import roll_of, transposed
from reverie.data.split import Split
from reverie.errors import InputError

NAMES = ("traindata", "validdata", "testdata")

# Keys.


@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("tonic", range(12))
def test_each_key_is_found_in_its_own_profile(tonic, minor):
    profile = MINOR if minor else MAJOR
    notes = [Note(60 + (tonic + n) % 12, 0.0, length) for n, length in enumerate(profile)]
    key = key_of(Tune(tuple(notes)))
    assert (key.tonic, key.minor) == (tonic, minor) and key.correlation == pytest.approx(1)
    assert -6 <= to_c(key) <= 5 and (tonic + to_c(key)) % 12 == 0
    moved = [note._replace(pitch=note.pitch + to_c(key)) for note in notes]
    assert key_of(Tune(tuple(moved))).name == ("C minor" if minor else "C major")


def test_keys_of_rolls_and_of_silence():
    scale = Tune(
        tuple(Note(pitch, n / 2, 0.5) for n, pitch in enumerate((67, 69, 71, 72, 74, 76, 78, 79)))
    )
    assert key_of(roll_of(scale, 0.5).roll).name == key_of(scale).name == "G major"
    for silence in (Tune(()), np.zeros((4, 88), np.uint8), np.ones((4, 84 + 4), np.uint8)[:0]):
        assert key_of(silence) == MusicKey(0, False, 0.0)
    assert [note_name(pitch) for pitch in (21, 60, 61, 108)] == ["A0", "C4", "C#4", "C8"]


# Piano rolls as MATLAB files.


def test_rolls_of_a_file_in_their_parts(tmp_path):
    for name, data in roll_files().items():
        (tmp_path / name).write_bytes(data)
        pieces = open_matlab(tmp_path / name)
        assert [len(part) for part in pieces.parts] == [2, 2, 2]
        assert pieces.parts.train[0].sum(1).tolist() == [1, 1, 2, 2, 1, 1]
        assert {roll.dtype for part in pieces.parts for roll in part} == {np.dtype(np.uint8)}
        assert pieces.summary().endswith("2 pieces to learn from, 2 to watch, 2 for the test")


def test_how_rolls_are_played_is_in_the_name_of_their_file():
    assert how_to_play("music/JSB_Chorales.mat") == how_to_play("jsb.mat") == PianoRoll(1.0, -12)
    assert how_to_play("jsb/Nottingham.mat") == PianoRoll(0.5)


def test_what_are_no_rolls_is_refused(tmp_path):
    roll = np.zeros((4, 88), np.uint8)
    parts = [mat_cells(name, roll) for name in NAMES]
    forms = [
        ([*parts[:2], mat_cells("testdata", roll, roll + 2)], "piece 2 of testdata: .* has 2"),
        ([*parts[:2], mat_cells("testdata", roll[:, :80])], r"piece 1 of testdata: .*\(4, 80\)"),
        (parts[:2], "has traindata, validdata and lacks testdata"),
        ([mat_cells("traindata"), *parts[1:]], "no pieces"),
    ]
    path = tmp_path / "a.mat"
    for variables, message in forms:
        path.write_bytes(mat_file(*variables))
        with pytest.raises(InputError, match=message) as caught:
            open_matlab(path)
        assert str(caught.value).startswith(str(path)) and str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "pieces", "frames"),
    [
        ("JSB_Chorales", (229, 76, 77), (13_807, 4_602, 4_725)),
        ("Nottingham", (694, 173, 170), (176_561, 45_513, 44_463)),
        ("MuseData", (524, 135, 124), (245_202, 82_755, 64_339)),
        ("Piano_midi", (87, 12, 25), (75_911, 8_540, 19_036)),
    ],
)
def test_the_published_collections_are_as_they_should_be(data, name, pieces, frames):
    path = data / "music" / f"{name}.mat"
    if not path.is_file():
        pytest.skip(f"no {path}")
    report = examine(open_matlab(path))
    assert tuple(report.pieces.values()) == pieces and tuple(report.frames.values()) == frames
    assert next(iter(report.keys)) == "C major"  # they were transposed before
    if name == "JSB_Chorales":
        assert (report.lowest, report.highest) == (43, 96) and not report.shared
    if name == "Nottingham":
        assert report.shared == {
            "train twice": 1,
            "both train and valid": 1,
            "both train and test": 1,
        }


# Folders of MIDI files.


def test_a_folder_is_read_in_order_and_what_is_left_out_is_said(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    (tmp_path / "deep").mkdir()
    for name, data in midi_files().items():
        (tmp_path / "deep" / name).write_bytes(data)
    (tmp_path / "z.MIDI").write_bytes(midi_files()["b.mid"])
    (tmp_path / "bad.mid").write_bytes(b"text")
    (tmp_path / "deep" / "cut.midi").write_bytes(midi_files()["a.mid"][:-9])
    (tmp_path / "read.me").write_bytes(b"text")
    pieces = open_folder(tmp_path, 0.5, valid_part=0.25, test_part=0.25)
    assert [len(part) for part in pieces.parts] == [2, 1, 1] and pieces.codec == PianoRoll(0.5)
    assert pieces.parts.train[1].sum(1).tolist() == [2, 2, 2, 2]
    assert pieces.notes[0].startswith(f"left out: {tmp_path}/bad.mid: it is no MIDI file")
    assert "cut.midi: it ends in the middle of track 1" in pieces.notes[1]
    assert "a.mid: left out 1 note of drums" in pieces.notes
    assert "4" not in pieces.summary().partition("pieces")[0].removeprefix(str(tmp_path))


def test_a_folder_is_transposed_to_c_on_the_piano(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    chords = {"low": (23, 28, 32), "middle": (67, 71, 74), "top": (98, 103, 107)}  # E, G, G
    for name, pitches in chords.items():
        begin = [(0, bytes((0x90, pitch, 80))) for pitch in pitches]
        (tmp_path / f"{name}.mid").write_bytes(midi(midi_track(*begin, (480, b"\xb0\x7b\x00"))))
    plain, moved = (open_folder(tmp_path, 1.0, transpose=t).parts.train for t in (False, True))
    for roll, other, semitones in zip(plain, moved, (8, 5, -7), strict=True):
        np.testing.assert_array_equal(transposed(roll, semitones), other)


def test_a_folder_without_music_is_refused(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    with pytest.raises(InputError, match="no MIDI files below it"):
        open_folder(tmp_path, 0.5)
    with pytest.raises(InputError, match="no MIDI files below it"):
        open_folder(tmp_path / "none", 0.5)
    for n in range(9):
        (tmp_path / f"{n}.mid").write_bytes(b"text")
    with pytest.raises(
        InputError, match=r"none of the 9 MIDI files .* used \(/.*0.mid: it is no MIDI"
    ):
        open_folder(tmp_path, 0.5)
    (tmp_path / "a.mid").write_bytes(midi_files()["a.mid"])
    notes = open_folder(tmp_path, 0.5).notes
    assert sum(note.startswith("left out") for note in notes) == 5
    assert "and so of 4 more" in notes


# Reports.


def test_a_report_counts_what_there_is():
    roll = np.zeros((6, 88), np.uint8)
    roll[1:5, 39] = roll[3:, 43] = 1
    other = transposed(roll, 1)
    parts = Split([roll, other, other], [roll], [])
    report = examine(pieces_of(parts))
    assert report.pieces == {"train": 3, "valid": 1} and report.frames == {"train": 18, "valid": 6}
    assert (report.lowest, report.highest, report.longest) == (60, 65, 6)
    assert report.at_once == {0: 4, 1: 12, 2: 8} and report.silent == pytest.approx(1 / 6)
    assert report.repeated == pytest.approx(2 * 4 / 24)
    assert sum(report.keys.values()) == 4
    assert report.shared == {"train twice": 1, "both train and valid": 1}
    said = report.to_text()
    assert "train: 3 pieces, 18 frames" in said and "from C4 to F4 (60 to 65)" in said
    assert "played -12 semitones" in said and "a remark" in said
    assert json.loads(report.to_json())["silent"] == report.silent


def test_a_report_on_silence():
    report = examine(pieces_of(Split([np.zeros((3, 88), np.uint8)], [], [])))
    assert report.lowest is None and report.keys == {} and "nothing sounds" in report.to_text()


def pieces_of(parts):
    return RollCollection("a.mat", parts, PianoRoll(1.0, -12), ("a remark",))


# What music21 brings.


@pytest.fixture
def _few(monkeypatch):
    """Only the first scores of each collection, of which reading takes a second."""
    pytest.importorskip("music21", reason="the extra 'music-data' is not installed")
    for name in ("_chorale_sheets", "_tune_sheets"):
        usual = getattr(corpora, name)
        monkeypatch.setattr(corpora, name, lambda *folder, usual=usual: islice(usual(*folder), 3))


@pytest.mark.usefixtures("_few")
def test_chorales_are_four_voices(tmp_path):
    library = chorales(cache=tmp_path)
    assert [piece.name for piece in library.pieces] == ["bwv10.7", "bwv101.7"]
    assert library.notes == ("left out 1 score: it has more or fewer than 4 voices",)
    first, second = library.pieces
    assert [len(voice) > 20 for voice in first.voices] == [True] * 4
    means = [sum(note.pitch for note in voice) / len(voice) for voice in first.voices]
    assert means == sorted(means, reverse=True)
    assert first.tune.fermatas == (16, 32, 52, 72) and first.tune.metre == (4, 4)
    assert (first.key.name, first.sharps, first.upbeat) == ("G minor", -2, 0)
    assert (second.key.name, second.sharps, second.upbeat) == ("D minor", -1, 1)
    assert first.tune.notes[0] == Note(55, 0.0, 2.0, voice=3) and first.tune.length == 88


@pytest.mark.usefixtures("_few")
@pytest.mark.parametrize("collection", ["aird", "ryan"])
def test_folk_tunes_are_melodies(tmp_path, collection):
    library = folk_tunes(collection, cache=tmp_path)
    assert len(library.pieces) == 3
    for piece in library.pieces:
        ((*melody,),) = piece.voices
        assert len(melody) > 30 and piece.title != piece.name
        assert all(b.start >= a.start + a.length - 1e-9 for a, b in pairwise(melody))


@pytest.mark.usefixtures("_few")
def test_what_was_read_is_kept_until_it_is_damaged(tmp_path, monkeypatch):
    first = chorales(cache=tmp_path)
    (kept,) = tmp_path.rglob("*.json")
    content = kept.read_bytes()
    for damage in (b"", b"{}", b"[]", content[:-40], content.replace(b"metre", b"meter")):
        kept.write_bytes(damage)
        assert chorales(cache=tmp_path) == first and kept.read_bytes() == content

    def fail(*arguments):
        raise AssertionError("read again")

    monkeypatch.setattr(corpora, "_read", fail)
    assert chorales(cache=tmp_path) == first
    with pytest.raises(AssertionError):
        folk_tunes("ryan", cache=tmp_path)


def test_without_music21_it_is_said_what_to_install(tmp_path, monkeypatch):
    def fail(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(corpora, "version", fail)
    with pytest.raises(InputError, match=r"pip install 'reverie\[music-data\]'"):
        chorales(cache=tmp_path)
    with pytest.raises(InputError, match="use one of aird, essen, oneill, ryan"):
        folk_tunes("none", cache=tmp_path)


def test_a_music21_without_its_corpus_is_refused(tmp_path, monkeypatch):
    bare = SimpleNamespace(getCorpusFilePath=lambda: tmp_path)
    monkeypatch.setattr(corpora, "version", lambda name: "1.0")
    monkeypatch.setattr(corpora, "require", lambda *names: bare)
    with pytest.raises(InputError, match="comes without bach"):
        chorales(cache=tmp_path)


def test_all_collections_have_terms():
    assert set(corpora.TERMS) == {"chorales", *corpora.FOLDERS}

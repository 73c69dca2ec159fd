"""Music that was made: as text, as files, and how much of it is copied."""

from itertools import product

import numpy as np
import pytest
from tasks.test_music import random_roll, scale

from reverie.codecs.tune import KEYS, Note, Tune
from reverie.data.rolls import roll_of, transposed
from reverie.errors import InputError
from reverie.formats import midi
from reverie.tasks.music.novelty import Learned, judge
from reverie.tasks.music.options import MUSIC, SUFFIXES, MusicOutput, check_output
from reverie.tasks.music.output import Composed, begun, deliver, text_of
from reverie.tasks.task import Given

# What is written.

MADE = Composed(
    "one",
    Tune((Note(48, 0.0, 2.5, voice=1), Note(60, 0.0, 1.0), Note(64, 1.0, 0.5)), 90.0, (3, 4)),
    np.random.default_rng(0).uniform(size=(6, KEYS)),
    0.5,
    "a remark",
)


def test_as_text_each_voice_is_a_line():
    assert text_of(MADE.tune) == "C4 E4:0.5\nC3:2.5"
    assert text_of(Tune(())) == ""
    (text, other) = deliver([MADE, MADE._replace(tune=Tune((Note(61, 0, 1),)))], MusicOutput())
    assert (text, other) == ("C4 E4:0.5\nC3:2.5\n", "C#4\n")


@pytest.mark.parametrize("minor", [False, True])
def test_each_key_has_its_signature(minor):
    for sharps in range(-5, 7):
        tonic = (7 * sharps - 3 * minor) % 12
        assert MADE._replace(tune=scale(tonic, minor, 0.1)).sharps == sharps


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"out": "a.ogg"}, "a.ogg must end in .mid, .midi, .wav"),
        ({"out": "music"}, "must end in"),
        ({"out": "none/a.mid"}, "no folder to write none/a.mid into"),
        ({"sound_font": "a.sf2"}, "a sound font is for .wav"),
        ({"sound_font": "a.sf2", "out": "a.mid"}, "a sound font is for .wav"),
        ({"score": True}, "a score is a .svg"),
        ({"score": True, "out": "a.wav"}, "a score is a .svg"),
    ],
    ids=str,
)
def test_what_cannot_be_written_is_told_before_it_is_made(values, message):
    with pytest.raises(InputError, match=message):
        check_output(Given(MUSIC.verbs["compose"], values))


def test_what_can_be_written_is_accepted():
    for suffix, score in product((*SUFFIXES, ".PNG"), (False, True)):
        if not score or suffix.lower() in (".svg", ".png", ".html"):
            check_output(Given(MUSIC.verbs["compose"], {"out": f"a{suffix}", "score": score}))
    check_output(Given(MUSIC.verbs["compose"], {"out": "a.WAV", "sound_font": "a.sf2"}))


HEADS = {
    ".mid": b"MThd", ".midi": b"MThd", ".wav": b"RIFF", ".svg": b"<", ".png": b"\x89PNG",
    ".html": b"<!doctype",
}  # fmt: skip


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".HTML", ".Mid"])
def test_each_kind_of_file_is_written(tmp_path, suffix):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    path = tmp_path / f"a{suffix}"
    (said,) = deliver([MADE], MusicOutput(out=str(path)))
    assert said == f"{path}: a remark"
    assert path.read_bytes().lower().startswith(HEADS[suffix.lower()].lower())
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".svg", ".png", ".html"])
def test_a_score_is_engraved(tmp_path, suffix):
    pytest.importorskip("verovio", reason="no verovio to engrave with")
    pytest.importorskip("resvg_py", reason="no resvg to draw with")
    plain, score = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    list(deliver([MADE], MusicOutput(out=str(plain))))
    list(deliver([MADE], MusicOutput(out=str(score), score=True)))
    assert plain.read_bytes() != score.read_bytes()
    if suffix == ".html":
        assert "Score of one" in score.read_text() and "Score of" not in plain.read_text()


def test_each_piece_has_its_file_and_a_page_has_all(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    made = [MADE._replace(name=f"name {n}", remark=f"remark {n}") for n in range(3)]
    said = list(deliver(made, MusicOutput(out=str(tmp_path / "a.mid"))))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-1.mid", "a-2.mid", "a-3.mid"]
    assert said[2] == f"{tmp_path / 'a-3.mid'}: remark 2"
    assert midi.read(tmp_path / "a-2.mid").tune.notes == MADE.tune.notes
    (line,) = deliver(made, MusicOutput(out=str(tmp_path / "a.html")))
    assert line.endswith("remark 0, remark 1, remark 2")
    page = (tmp_path / "a.html").read_text()
    assert page.count("<section") == 3 and all(f"name {n}" in page for n in range(3))


def test_sound_begins_with_the_first_note():
    late = Tune((Note(60, 3.0, 1.0), Note(62, 4.0, 1.0)), fermatas=(4.0,))
    assert begun(late) == Tune((Note(60, 0.0, 1.0), Note(62, 1.0, 1.0)), fermatas=(1.0,))
    assert begun(Tune(())) == Tune(())


# What is copied.


def test_what_was_learned_is_known_again_in_any_key(rng):
    middle = abs(np.arange(KEYS) - 44) < 20
    rolls = [random_roll(rng, frames, 0.05) * middle for frames in (9, 12)]
    learned = Learned(rolls)
    for semitones in (-12, 0, 7):
        moved = [transposed(roll, semitones) for roll in rolls]
        assert [learned.copied(roll) for roll in moved] == [9, 12]
        # A span is known but for its first frame, which has come from nowhere.
        assert learned.copied(moved[1][4:9]) in (4, 5)
        # Pieces do not follow one another.
        both = np.concatenate([moved[0][-4:], moved[1][:5]])
        assert learned.copied(both) <= 5
    assert learned.copied(random_roll(rng, 20, 0.5)) == 0
    assert learned.copied(np.zeros((0, KEYS), np.uint8)) == 0
    assert Learned([]).copied(rolls[0]) == 0


def test_it_is_said_how_much_was_copied():
    roll = roll_of(MADE.tune, MADE.step).roll
    (whole, none) = (judge(MADE, Learned(rolls)) for rolls in ([transposed(roll, 7)], []))
    assert whole.remark == "a remark, at most 2.5 quarters as learned"
    assert none.remark == "a remark, at most 0 quarters as learned"
    assert whole._replace(remark="") == MADE._replace(remark="")

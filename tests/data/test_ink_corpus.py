"""Where ink comes from, how it is distorted, and how mistakes are counted."""

import json

import numpy as np
import pytest

from reverie.codecs.ink import Ink
from reverie.data.ink.corpus import is_iam, open_files, open_iam, open_pen
from reverie.data.ink.distortion import Distortion
from reverie.errors import InputError
from reverie.metrics.edit_distance import character_kind, edit_distance, misread_by
from reverie.recipes import recipe

LINE = {"strokes": [[[0, 0], [5, 9], [9, 3]], [[12, 1], [14, 6]]], "text": "ab"}


def test_a_pen_writes_lines_of_a_text(tmp_path):
    (tmp_path / "text.txt").write_text(
        "one two three four five six seven eight\n" * 30 + "\N{SNOWMAN}"
    )
    hands = open_pen(str(tmp_path / "text.txt"), 10, 3, 0, 0.2, 0.2)
    assert [len(part) for part in hands.parts] == [6, 2, 2]
    texts = [ink.text for part in hands.parts for ink in part]
    assert all("\N{SNOWMAN}" not in text for text in texts) and "by pen" in hands.name
    again = open_pen(str(tmp_path / "text.txt"), 10, 3, 0, 0.2, 0.2)
    np.testing.assert_array_equal(hands.parts.test[1].points, again.parts.test[1].points)
    with pytest.raises(InputError, match="lines that the pen can write, not 5000"):
        open_pen(str(tmp_path / "text.txt"), 5000, 3, 0, 0.1, 0.1)


def test_a_pen_reads_on_until_it_has_enough_lines(tmp_path, monkeypatch):
    for number in range(6):
        (tmp_path / f"{number}.txt").write_text(f"{'abcdefg'[number:]} one two three four\n" * 20)
    assert len(open_pen(str(tmp_path), 50, 3, 0, 0.0, 0.0).parts.train) == 50
    # The default of the recipe, without the minute that it takes to write its lines.
    monkeypatch.setattr("reverie.data.ink.corpus.PenLines", lambda lines, hands, seed: lines)
    data = recipe("handwriting").Config().data
    assert len(open_pen(data.text, data.lines, data.hands, 0, 0.1, 0.1).parts.train) == 3200


def test_files_and_folders_of_ink(tmp_path):
    (tmp_path / "two.json").write_text(json.dumps([LINE, LINE | {"text": "cd"}]))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.json").write_text(json.dumps(LINE))
    hands = open_files(tmp_path, 0.34, 0.34)
    assert [[ink.text for ink in part] for part in hands.parts] == [["ab"], ["ab"], ["cd"]]
    assert len(open_files(tmp_path / "two.json", 0, 0).parts.train) == 2
    assert not is_iam(tmp_path)
    with pytest.raises(InputError, match="no file or folder"):
        open_files(tmp_path / "none", 0, 0)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no strokes below it"):
        open_files(tmp_path / "empty", 0, 0)


def test_what_is_left_out_of_a_folder_is_said(tmp_path):
    hidden = "<path display='none' d='M0 0h1'/>"
    (tmp_path / "a.svg").write_text(f"<svg><title>ab</title><path d='M0 0h1'/>{hidden}</svg>")
    (tmp_path / "b.xml").write_text("<notes/>")
    (tmp_path / "c.xml").write_text(
        "<Stroke start_time='1.5' end_time='2.5'><Point x='7' y='8' time='1.5'/></Stroke>"
    )
    (tmp_path / "d.ndjson").write_text('{"word": "cat", "drawing": [[[0, 10], [5, 9]]]}\n')
    corpus = open_files(tmp_path, 0, 0)
    assert [ink.text for ink in corpus.parts.train] == ["ab", "", "cat"]
    assert corpus.notes == ("left out 1 file of other XML", "a.svg: left out 1 hidden line")
    assert corpus.summary().endswith(f"; {'; '.join(corpus.notes)}")
    for n in range(9):
        (tmp_path / f"a{n}.svg").write_text(f"<svg><path d='M0 0h1'/>{hidden}</svg>")
    assert open_files(tmp_path, 0, 0).notes[-1] == "and so of 6 more"


@pytest.mark.slow
def test_iam_is_known_when_it_is_seen(data):
    folder = data / "iamondb"
    assert is_iam(folder)
    clean, graves = (open_iam(folder, clean=clean).parts for clean in (True, False))
    assert len(clean.train) == 6873 and len(clean.test) == 3859
    assert len(graves.train) == 10732 and len(graves.test) == 0 and len(graves.valid) == 1438


def test_distortion_keeps_text_times_and_shape(rng):
    ink = Ink((np.column_stack([rng.normal(size=(9, 2)), np.arange(9)]),), "abc")
    one, other = Distortion.draw(rng)(ink), Distortion.draw(rng)(ink)
    assert one.text == "abc" and one.timed
    np.testing.assert_array_equal(one.points[:, 2], ink.points[:, 2])
    assert not np.allclose(one.points, other.points)


def test_mistakes_are_counted_over_all():
    found = edit_distance(["the cat", "sat"], ["teh cat", "sat on"])
    assert found.characters == pytest.approx(5 / 10) and found.words == pytest.approx(2 / 3)
    assert "50.0% of the characters" in found.summary()
    assert edit_distance([], []).characters == 0


def test_misread_characters_are_counted_by_kind():
    found = misread_by(character_kind, ["The 39.", "no"], ["the 38", "not"])
    assert found["capital"] == (1, 1.0) and found["digit"] == (2, 0.5) and found["sign"] == (1, 1.0)
    assert found["letter"] == (4, 0.0) and found["space"] == (1, 0.0)

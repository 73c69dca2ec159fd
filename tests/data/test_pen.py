"""The pen that writes any text."""

import string
import sys
from dataclasses import replace

import numpy as np
import pytest

from reverie.data.ink.pen import (
    PRINT,
    SCRIPT,
    PenLines,
    PenStyle,
    glyphs,
    wrap_lines,
    write_line,
)
from reverie.data.ink.pen_dynamics import resample_finely, resample_in_time, smooth
from reverie.errors import InputError

TEXTS = ["The quick brown fox", "jumps over", "the lazy dog; 012!"] * 4


@pytest.fixture(autouse=True)
def _with_fonts():
    pytest.importorskip("HersheyFonts", reason="the extra 'pen' is not installed")


def equal(one, other):
    return np.array_equal(one.points, other.points) and np.array_equal(one.ends, other.ends)


def test_a_seed_and_a_place_say_everything():
    lines, again = PenLines(TEXTS, seed=3), PenLines(TEXTS, seed=3)
    assert len(lines) == 12 and [ink.text for ink in lines] == TEXTS
    assert equal(lines[7], again[7]) and equal(lines[-1], lines[11])
    assert all(equal(a, b) for a, b in zip(lines[2:4], again[2:4], strict=True))
    assert not equal(lines[0], lines[3]) and not equal(lines[0], PenLines(TEXTS, seed=4)[0])


def test_hands_differ_and_stay_themselves():
    lines = PenLines(TEXTS, writers=5, seed=1)
    hands = [lines.style(number) for number in range(5)]
    assert len({hand.size for hand in hands}) == 5 and hands[2] == lines.style(2)
    one, other = (write_line("hand", hands[0], np.random.default_rng(n)) for n in (1, 2))
    assert not equal(one, other) and len(one.strokes) == len(other.strokes)


@pytest.mark.parametrize("font", [PRINT, SCRIPT])
def test_every_printable_character_can_be_written(font, rng):
    hand = replace(PenStyle.sample(rng), font=font)
    for character in sorted(set(string.printable) - set(string.whitespace)):
        ink = write_line(character, hand, rng)
        assert len(ink.points) >= 2 and ink.text == character and ink.timed
    assert glyphs(font)["x"].width > 0


def test_letters_have_about_as_many_points_as_those_of_real_pens():
    inks = list(PenLines(["The quick brown fox jumps over the lazy dog"] * 40, seed=0))
    points = np.array([len(ink.points) / len(ink.text) for ink in inks])
    assert points.min() > 10 and points.max() < 45 and 15 < points.mean() < 30
    steps = np.concatenate([np.hypot(*np.diff(ink.points[:, :2], axis=0).T) for ink in inks])
    on_paper = steps[~np.concatenate([ink.ends[:-1] for ink in inks])]
    assert 10 < np.median(on_paper) < 30 and on_paper.max() < 100


def test_lines_run_to_the_right_and_no_further_than_their_text():
    for ink in PenLines(["a line of some words"] * 20, seed=5):
        left, top, right, bottom = ink.bounds
        assert -100 < left < 200 and 1500 < right < 7000 and bottom - top < 1200


def test_a_pen_is_slow_in_corners_and_at_ends():
    corner = smooth(resample_finely(np.array([[0.0, 0], [60, 0], [60, 60]]), 0.25), 4)
    seen = resample_in_time(corner, 2.0)
    steps = np.hypot(*np.diff(seen, axis=0).T)
    middle = len(steps) // 2
    assert steps[0] < 1.2 and steps[-1] < 1.2 and steps.max() == pytest.approx(2.0, rel=0.05)
    assert steps[middle - 2 : middle + 2].mean() < 1.8
    assert np.allclose(seen[[0, -1]], [[0, 0], [60, 60]])


def test_lines_of_a_text_are_cut_between_words():
    assert wrap_lines("one two\nthree  four", 8) == ["one two", "three", "four"]
    assert wrap_lines(" \n") == []


@pytest.mark.parametrize("text", ["caf\xe9", "tab\t", "\U0001f600"])
def test_characters_without_a_letter_are_named(text, rng):
    with pytest.raises(InputError, match=r"cannot write .*U\+.* at position"):
        PenLines(["fine", text])
    with pytest.raises(InputError, match="cannot write"):
        write_line(text, PenStyle.sample(rng), rng)


def test_what_cannot_be_written(rng):
    for text in ("", "   "):
        with pytest.raises(InputError, match="the text is empty"):
            write_line(text, PenStyle.sample(rng), rng)
    for wrong in ({"writers": 0}, {"seed": -1}):
        with pytest.raises(InputError, match="cannot write with"):
            PenLines(["a"], **wrong)


def test_without_the_fonts_the_extra_is_named(monkeypatch):
    glyphs.cache_clear()
    monkeypatch.setitem(sys.modules, "HersheyFonts", None)
    with pytest.raises(InputError, match=r"reverie\[pen\]"):
        PenLines(["a"])

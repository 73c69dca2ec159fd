"""Ink, the medium of strokes, and the drawings made of them."""

import json
import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from reverie.check import check_codec
from reverie.codecs.ink import Ink, join_inks
from reverie.codecs.strokes import Strokes
from reverie.errors import InputError
from reverie.formats.drawing import schedule, usual_speed, widths
from reverie.formats.ink_files import write_ink

LETTER = [[[0, 0], [3, 40], [-2, 80.5]], [[-10, 30], [14, 31]], [[20, 82]]]
TIMED = [[[5, 5, 0.0], [9, 5, 0.01]], [[9, 9, 9.5], [7, 30, 9.52], [7, 31, 9.52]]]
MEDIUM = Strokes((8.2, 0.1), (42.7, 36.6))


def ink(strokes=LETTER, text="t."):
    return Ink(tuple(strokes), text)


def same(one, other):
    return len(one.strokes) == len(other.strokes) and all(
        a.shape == b.shape and np.allclose(a, b, atol=1e-3)
        for a, b in zip(one.strokes, other.strokes, strict=True)
    )


def scribble(rng, strokes):
    return Ink(tuple(rng.normal(0, 40, (rng.integers(1, 30), 2)).cumsum(0) for _ in range(strokes)))


# Ink.


def test_ink_knows_its_points_and_where_strokes_end():
    assert ink().points.shape == (6, 2)
    assert ink().ends.tolist() == [False, False, True, False, True, True]
    assert ink().bounds == (-10, 0, 20, 82)
    assert ink(TIMED).timed and not ink().timed
    assert same(Ink.of_points(ink().points, ink().ends), ink())


def test_moving_ink_leaves_its_times():
    moved = ink(TIMED).move(10, -5, 2)
    assert moved.strokes[0].tolist() == [[20, 5, 0.0], [28, 5, 0.01]]
    both = join_inks([ink(TIMED, "a"), ink(LETTER, "b")])
    assert both.text == "a\nb" and len(both.strokes) == 5 and not both.timed


@pytest.mark.parametrize(
    ("strokes", "message"),
    [
        ([], "no strokes"),
        ([[]], "stroke 1 .* not a list of points"),
        ([[[0, 0]], [[1, 2, 3, 4]]], "stroke 2"),
        ([[[0, 0], [1]]], "stroke 1"),
        ([[["a", "b"]]], "stroke 1"),
        ([[[0, 0]], [[1, 2], [3, float("nan")]]], "point 2 of stroke 2 .* not a finite number"),
        ([[[0, 0]], [[float("inf"), 2]]], "point 1 of stroke 2"),
        ([[[0, 0, 1]], [[0, 1, 0.5]]], "point 1 of stroke 2 .* earlier"),
        ([[[0, 0, 1]], [[0, 1]]], "some strokes .* have times"),
    ],
)
def test_ink_that_cannot_be_is_refused_in_a_sentence(strokes, message):
    with pytest.raises(InputError, match=message) as caught:
        ink(strokes)
    assert "\n" not in str(caught.value)


# The medium.


def test_offsets_and_bits_are_those_of_the_paper():
    offsets, bits = Strokes((1.0, 2.0), (10.0, 5.0)).encode(ink())
    assert offsets.dtype == bits.dtype == np.float32
    assert np.allclose(offsets[0], [(3 - 1) / 10, (40 - 2) / 5])
    assert bits.tolist() == [[0], [1], [0], [1], [1]]


def test_the_medium_keeps_its_promises(rng):
    samples = [scribble(rng, n) for n in (1, 2, 30)]
    samples = [s.move(*-s.points[0]) for s in samples if len(s.strokes[0]) > 1]
    assert len(samples) == 3
    check_codec(MEDIUM, samples, same=same)


def test_two_thousand_points_come_back_where_they_were(rng):
    long = Ink((rng.normal(0, 40, (2000, 2)).cumsum(0),))
    back = MEDIUM.decode(MEDIUM.encode(long), "text")
    shift = long.points[0] - back.points[0]
    assert np.abs(back.points + shift - long.points).max() < 0.01 and back.text == "text"


def test_a_dot_at_the_beginning_is_not_lost():
    values = MEDIUM.encode(ink([[[5, 5]], [[9, 9], [8, 8]]]))
    assert values[1].tolist() == [[1], [0], [1]]
    assert [len(s) for s in MEDIUM.decode(values).strokes] == [2, 2]
    again = MEDIUM.decode(MEDIUM.encode(ink([[[5, 5]]])))
    assert len(again.strokes) == 1 and np.allclose(again.points, 0, atol=1e-6)


def test_a_learned_medium_makes_mean_0_and_deviation_1(rng):
    inks = [scribble(rng, 5).move(3, 4, 7) for _ in range(20)]
    codec = Strokes.learn(inks)
    offsets = np.concatenate([codec.encode(i)[0] for i in inks]).astype(np.float64)
    assert np.allclose(offsets.mean(0), 0, atol=1e-6) and np.allclose(offsets.std(0), 1, atol=1e-6)


@pytest.mark.parametrize("strokes", [[], [[[0, 0]]], [[[0, 0], [1, 0], [5, 0]]]])
def test_a_scale_needs_movement(strokes):
    with pytest.raises(InputError, match="give more ink"):
        Strokes.learn([ink(strokes)] if strokes else [])


@pytest.mark.parametrize(
    "change",
    [
        {"scale": [1.0, 0.0]},
        {"scale": [1.0, -1.0]},
        {"scale": [1.0]},
        {"mean": [0.0, float("nan")]},
        {"mean": ["0", "0"]},
        {"mean": 3},
        {"more": 1},
    ],
)
def test_a_wrong_description_is_refused(change):
    with pytest.raises(InputError, match="description"):
        Strokes.from_description({**MEDIUM.describe(), **change})


@pytest.mark.parametrize(
    ("offsets", "bits"),
    [
        (np.zeros((3, 3)), np.zeros((3, 1))),
        (np.zeros((3, 2)), np.zeros(3)),
        (np.full((3, 2), np.nan), np.zeros((3, 1))),
    ],
)
def test_values_that_are_no_steps_are_refused(offsets, bits):
    with pytest.raises(InputError, match="cannot decode"):
        MEDIUM.decode((offsets, bits))


# Drawings.


@pytest.mark.parametrize("options", [{}, {"animated": True}, {"by_speed": True}])
def test_every_svg_is_xml_with_a_page_around_the_ink(tmp_path, options):
    write_ink(ink(text="bad \x00\ud800 characters"), tmp_path / "a.svg", **options)
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    left, top, width, height = map(float, root.get("viewBox").split())
    assert left < -10 and top < 0 and left + width > 20 and top + height > 82
    assert root[0].text == "bad  characters"
    paths = root.findall(".//{http://www.w3.org/2000/svg}path")
    assert len(paths) == 3 or options == {"by_speed": True}


def test_the_moving_svg_takes_the_time_that_writing_took(tmp_path):
    write_ink(ink(TIMED), tmp_path / "a.svg", animated=True)
    text = (tmp_path / "a.svg").read_text()
    assert set(re.findall(r'dur="([\d.]+)s"', text)) == {"0.43"}  # its pause of 9 s cut to 0.4
    for times, values in re.findall(r'keyTimes="([^"]*)" values="([^"]*)"', text):
        moments = [float(moment) for moment in times.split(";")]
        assert moments[0] == 0 and moments == sorted(moments) and moments[-1] <= 1
        assert len(values.split(";")) == len(moments)


def test_fast_lines_are_thin():
    fast = np.array([[0, 0, 0.0], [50, 0, 0.02], [100, 0, 0.04]])
    slow = np.array([[0, 0, 1.0], [5, 0, 1.02], [10, 0, 1.04]])
    usual = usual_speed(ink([fast, slow]))
    assert widths(fast, 3, usual).max() < 3 < widths(slow, 3, usual).min()


def test_the_schedule_of_ink_without_times():
    moments = schedule(ink())
    assert moments[0] == 0 and (np.diff(moments) > 0).all() and moments[-1] < 1


@pytest.mark.parametrize("by_speed", [False, True])
def test_pictures(tmp_path, by_speed):
    image = pytest.importorskip("PIL.Image", reason="the extra 'pictures' is not installed")
    write_ink(ink(), tmp_path / "a.png", by_speed=by_speed)
    with image.open(tmp_path / "a.png") as picture:
        grey = np.asarray(picture.convert("L"))
    assert grey.max() == 255 and grey.min() < 60 and (grey[:, 0] == 255).all()
    write_ink(ink(TIMED), tmp_path / "a.gif", by_speed=by_speed)
    with image.open(tmp_path / "a.gif") as moving:
        frames = []
        for number in range(moving.n_frames):
            moving.seek(number)
            frames.append(np.asarray(moving.convert("L")).astype(int).sum())
    assert len(frames) > 2 and frames == sorted(frames, reverse=True) and frames[-1] < frames[0]


def test_one_dot_is_a_picture_too(tmp_path):
    pytest.importorskip("PIL", reason="the extra 'pictures' is not installed")
    for name in ("a.png", "a.gif", "a.svg", "a.gcode"):
        write_ink(ink([[[5, 5]]]), tmp_path / name)
        assert (tmp_path / name).stat().st_size


def test_a_very_long_line_stays_a_picture_of_a_bounded_size(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="the extra 'pictures' is not installed")
    letters = [np.array([[x, 0], [x + 5, 40]]) for x in range(0, 40_000, 40)]
    write_ink(ink(letters), tmp_path / "a.png")
    with image.open(tmp_path / "a.png") as picture:
        assert picture.width == 6000
    with pytest.raises(InputError, match="too long for a picture"):
        write_ink(ink([*letters, np.array([[9e7, 0]])]), tmp_path / "b.png")


def test_without_pillow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(InputError, match=r"reverie\[pictures\]"):
        write_ink(ink(), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_gcode_is_in_millimetres_with_y_upwards(tmp_path):
    write_ink(ink(text="über\nall"), tmp_path / "a.gcode")
    lines = (tmp_path / "a.gcode").read_text(encoding="ascii").splitlines()
    assert lines[0] == "; ?ber all" and lines[-1].startswith("M2")
    places = np.array(re.findall(r"X([-\d.]+) Y([-\d.]+)", "\n".join(lines)), float)
    assert places.min() == 0 and places.max() == 180
    assert "G0 X21.951 Y180.000" in lines  # the highest point, where the first stroke begins
    assert sum(line.startswith("G1 Z0") for line in lines) == 3


def test_json_is_plain(tmp_path):
    write_ink(ink(TIMED), tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == {"text": "t.", "strokes": TIMED}


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.pdf", {}, "must end in"),
        ("a", {}, "must end in"),
        ("a.png", {"animated": True}, "cannot be animated"),
        ("a.json", {"by_speed": True}, "lines of one width"),
        ("a.svg", {"by_speed": True, "animated": True}, "lines of one width"),
        ("none/a.svg", {}, "cannot write"),
        ("none/a.inkml", {}, "cannot write"),
    ],
)
def test_what_cannot_be_drawn(tmp_path, name, options, message):
    with pytest.raises(InputError, match=message) as caught:
        write_ink(ink(), tmp_path / name, **options)
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []

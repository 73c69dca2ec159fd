"""What a reader and a writer deal in: motion, handwriting, substitutes, Braille, lines."""

import json

import numpy as np
import pytest

from reverie.check import check_codec
from reverie.codecs.handwriting import Handwriting
from reverie.codecs.ink import Ink, join_inks
from reverie.codecs.level import Rescaling, level, slope, usual_size, usual_step
from reverie.codecs.motion import Motion
from reverie.codecs.reading import Reading
from reverie.errors import InputError
from reverie.formats.braille import to_braille
from reverie.formats.drawing import pen_width, usual_speed
from reverie.tasks.handwriting.substitutes import nearest
from reverie.tasks.transcription.lines import split_lines


def wave(rng, points: int = 200, text: str = "wave") -> Ink:
    """A line of three strokes."""
    x = np.sort(rng.uniform(0, 4000, points))
    y = 150 * np.sin(x / 90) + 60 * np.sin(x / 37)
    return Ink(tuple(np.array_split(np.column_stack([x, y]), 3)), text)


def change(ink: Ink, matrix, shift=(0.0, 0.0)) -> Ink:
    return Ink(tuple(s @ np.asarray(matrix).T + shift for s in ink.strokes), ink.text)


# Motion.


def test_motion_knows_no_place_size_slope_or_speed(rng):
    ink, motion = wave(rng), Motion()
    plain = motion.encode(ink)
    assert plain.dtype == np.float32 and plain.shape[1] == motion.width == 12
    for other in (
        change(ink, np.eye(2), (500, -80)),
        change(ink, 3 * np.eye(2)),
        change(ink, [[1, 0], [0.05, 1]]),
    ):
        np.testing.assert_allclose(motion.encode(other), plain, atol=2e-3)
    finer = Ink(tuple(np.repeat(s, 2, axis=0) for s in ink.strokes))
    np.testing.assert_allclose(motion.encode(finer), plain, atol=2e-3)


def test_motion_goes_through_the_air_once_a_stroke(rng):
    rows = Motion(window=1).encode(wave(rng))
    assert rows[:, 2].sum() == 3 and rows[0, 2] == 1
    steps = np.hypot(*np.sinh(rows[rows[:, 2] == 0, :2]).T)
    assert 0.9 < np.median(steps) <= steps.max() < 1.05  # chords are shorter than the way


def test_a_dot_is_one_motion_and_a_flat_line_some():
    for dot in ([[3, 3]], [[0.3, 3], [0.1 + 0.2, 3]]):
        rows = Motion(window=2).encode(Ink((dot,)))
        assert rows.tolist() == [[0, 0, 1, 0, 0, 0, 0, 0]]
    assert np.isfinite(Motion().encode(Ink(([[0, 0], [50, 0]],)))).all()


SCALES = [1e-90, 1e-12, 1.0, 1e12, 1e90]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dash", [[294, 0], [294, 6], [294, -6.1], [0.7, 0.1], [0, 5], [3, 5]])
@pytest.mark.parametrize("bend", [0.0, 1e-15, 1e-6])
def test_a_straight_stroke_has_a_size_at_any_slant(scale, dash, bend):
    x, y = np.array(dash) * scale
    ink = Ink(([[0, 0], [x / 3, y / 3 + bend * x], [x, y]],), "-")
    size = level(ink)[1]
    assert size == pytest.approx(np.std([0, max(x, y) / 3, max(x, y)]), rel=1e-3)
    assert pen_width(ink) > size / 1000
    assert 1 < len(Motion(window=1).encode(ink)) < 20
    (scaled,) = Rescaling.fit([ink], 120.0, 15.0)([ink])
    assert np.ptp(scaled.points, axis=0).max() == pytest.approx(120 * max(x, y) / size, rel=0.06)
    assert to_braille(ink)


@pytest.mark.parametrize("scale", SCALES)
def test_sizes_are_relative(rng, scale):
    one = wave(rng)
    other = one.move(0, 0, scale)
    for measure in (usual_speed, pen_width, lambda ink: usual_size([ink])):
        assert measure(other) == pytest.approx(scale * measure(one), rel=1e-9)
    assert slope(other) == pytest.approx(slope(one))
    assert len(split_lines(other)) == len(split_lines(one)) == 1
    np.testing.assert_allclose(Motion().encode(other), Motion().encode(one), atol=1e-4)
    assert to_braille(other) == to_braille(one)


def test_dots_have_no_size_and_rounding_is_no_extent(rng):
    dot = Ink(([[0.1 + 0.2, 3e3], [0.3, 3e3]],))
    for small in (dot, wave(rng).move(0, 0, 1e-200)):
        with pytest.raises(InputError, match="single dot"):
            level(small)
    assert to_braille(Ink(([[1e20, 0], [1e20 + 1e10, 1e10]],))) == "\N{BRAILLE PATTERN DOTS-1}"
    line = wave(rng)
    assert usual_size([dot, line]) == usual_size([line])
    with pytest.raises(InputError, match="single dot"):
        usual_size([dot, dot])


def test_a_line_that_goes_on_and_on_is_refused_before_it_is_resampled():
    x, y = np.tile([0.0, 1e6], 50_000), np.linspace(0, 6e4, 100_000)
    for work in (Motion().encode, lambda ink: Rescaling.fit([ink], 1.0, 0.1)([ink])):
        with pytest.raises(InputError, match="100,000 are the most for a line"):
            work(Ink((np.column_stack([x, y]),)))


@pytest.mark.parametrize("description", [{"spacing": 0.0}, {"window": 0}, {"more": 1}])
def test_a_changed_description_is_told(description):
    said = json.loads(json.dumps(Motion().describe())) | description
    with pytest.raises(InputError, match="unchanged copy"):
        Motion.from_description(said)


# Handwriting and Reading.


def test_handwriting_keeps_strokes_alphabet_and_counts(rng):
    inks = [wave(rng, text="abba"), wave(rng, text="a cab")]
    codec = Handwriting.learn(inks)
    assert codec.alphabet.alphabet == " abc" and codec.counts == (1, 4, 3, 1)
    assert (codec.count("b"), codec.count("x")) == (3, 0)
    np.testing.assert_array_equal(codec.encode_text("ab").argmax(1), [1, 2])
    check_codec(codec, inks, same=lambda a, b: len(a.strokes) == len(b.strokes))
    again = Handwriting.from_description(json.loads(json.dumps(codec.describe())))
    assert again == codec


def test_handwriting_fits_ink_of_other_sizes_and_pens(rng):
    inks = [wave(rng, text="abba") for _ in range(3)]
    codec = Handwriting.learn(inks)
    same = codec.rescaling(inks)(inks)
    assert all(a is b for a, b in zip(same, inks, strict=True))
    small = [change(ink, 0.1 * np.eye(2)) for ink in inks]
    for one, other in zip(codec.rescaling(small)(small), inks, strict=True):
        np.testing.assert_allclose(one.points, other.points, rtol=1e-3, atol=1e-3)
    coarse = [Ink(tuple(s[::5] for s in ink.strokes), ink.text) for ink in small]
    mended = codec.rescaling(coarse)(coarse)
    assert usual_step(mended) == pytest.approx(codec.step, rel=0.1)
    assert usual_size(mended) == pytest.approx(codec.height, rel=0.25)
    assert mended[0].text == "abba"
    # A scale found on some lines is that of others of their origin, whatever their own size.
    large = [change(ink, 0.2 * np.eye(2)) for ink in inks]
    for one, other in zip(codec.rescaling(small)(large), inks, strict=True):
        np.testing.assert_allclose(one.points, 2 * other.points, rtol=1e-3, atol=1e-3)


def test_handwriting_needs_texts(rng):
    with pytest.raises(InputError, match="has a text"):
        Handwriting.learn([wave(rng, text="")])
    with pytest.raises(InputError, match="has a text"):
        Reading.learn([wave(rng, text="")])


@pytest.mark.parametrize("counts", [[1, 2], [1, 2, 3, "4"], "no"])
def test_changed_counts_are_told(rng, counts):
    said = Handwriting.learn([wave(rng, text="abc ")]).describe() | {"counts": counts}
    with pytest.raises(InputError, match="unchanged copy"):
        Handwriting.from_description(said)


def test_reading_comes_back_from_its_description(rng):
    codec = Reading.learn([wave(rng, text="ab")], Motion(0.5, 2))
    again = Reading.from_description(json.loads(json.dumps(codec.describe())))
    assert again == codec and again.encode(wave(rng)).shape[1] == 8


# Substitutes.


def test_the_nearest_characters():
    known = set("abcdefghijklmnopqrstuvwxyzABCE'\"-. ()")
    assert nearest("é", known) == "e" and nearest("É", known) == "E"
    assert nearest("\N{RIGHT SINGLE QUOTATION MARK}", known) == "'"
    assert nearest("\N{HORIZONTAL ELLIPSIS}", known) == "..."
    assert nearest("D", known) == "d" and nearest("ß", known) == "ss"
    assert nearest("[", known) == "("
    assert nearest("\N{GRINNING FACE}", known) is None and nearest("漢", known) is None


# Braille.


def test_braille_draws_strokes():
    assert to_braille(Ink(([[0, 0], [3, 0]],)), 2, 1) == "⠉⠉"
    square = Ink(([[0, 0], [0, 3], [1, 3], [1, 0], [0, 0]],))
    assert to_braille(square, 1, 1) == "⣿"[:0] + "⣿"
    assert to_braille(Ink(([[5, 5]],))) == "⠁"


def test_braille_stays_within_its_columns(rng):
    lines = to_braille(wave(rng), 40, 5).splitlines()
    assert 1 <= len(lines) <= 5 and max(map(len, lines)) <= 40


# Lines of a page.


def test_lines_of_a_page(rng):
    lines = [wave(rng).move(0, 900 * number) for number in range(3)]
    found = split_lines(join_inks(lines))
    assert [len(line.strokes) for line in found] == [3, 3, 3]
    assert [line.text for line in split_lines(lines[0])] == ["wave"]

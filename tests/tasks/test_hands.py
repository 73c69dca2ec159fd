"""Writing: keys, batches, examples, pages, and reading what was written."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from recipes.small_codecs import medium_of

from reverie.codecs.handwriting import Handwriting
from reverie.codecs.ink import Ink
from reverie.codecs.level import slope, usual_size, usual_step
from reverie.cores.soft_window import EndOfText, WindowState
from reverie.errors import InputError
from reverie.recipes import recipe
from reverie.samplers import keys_of
from reverie.settings import change
from reverie.tasks.handwriting.data import draw_versions, lines_reader, repeat_factors
from reverie.tasks.handwriting.generate import (
    EndOfLine,
    Line,
    Scribbler,
    StyleExample,
    Writer,
    shorten,
)
from reverie.tasks.handwriting.layout import (
    letter_sizes,
    size_factors,
    space_evenly,
    spelling,
    word_spaces,
    words_of,
)
from reverie.tasks.handwriting.options import WritingData
from reverie.tasks.handwriting.pages import (
    Scribe,
    by_probability,
    make_page,
    without_last_stroke,
    wrap_text,
)
from reverie.tasks.handwriting.task import Conditional, Unconditional
from reverie.tasks.transcription.generate import Recogniser

SMALL = {"hidden": 6, "layers": 2}


def built(name: str, **options):
    system, codec = recipe(name), medium_of(name)
    config = change(system.Config(), SMALL | options)
    return system.build(config, codec, rng=np.random.default_rng(3)), codec


@pytest.fixture(scope="module")
def writer() -> Writer:
    """A pen that knows nothing, but whose window moves a third of a character a step."""
    model, codec = built("handwriting", components=2, gaussians=2)
    quicker = model.core.window.linear.b.at[4:].set(jnp.log(0.3))
    model = eqx.tree_at(lambda m: m.core.window.linear.b, model, quicker)
    return Writer(model, codec)


def same(one: Ink, other: Ink) -> bool:
    return np.array_equal(one.points, other.points) and np.array_equal(one.ends, other.ends)


def test_a_line_is_its_key_whatever_is_written_beside_it(writer):
    keys = keys_of(5, 3)
    lines = writer.write(["abc", "fad", "a"], keys)
    assert [line.ink.text for line in lines] == ["abc", "fad", "a"]
    alone = writer.write(["fad"], keys[1:2])[0]
    np.testing.assert_allclose(alone.ink.points, lines[1].ink.points, rtol=1e-3, atol=1e-2)
    assert same(writer.write(["fad"], keys[1:2])[0].ink, alone.ink)
    assert not same(writer.write(["fad"], keys[2:3])[0].ink, alone.ink)


def test_it_stops_behind_the_text_and_says_so(writer):
    line = writer.write(["abcdef"], keys_of(0, 1))[0]
    assert line.finished and 5 < len(line.ink.points) < 60 and np.isfinite(line.log_prob)


def test_it_writes_on_after_an_example(writer):
    before = writer.write(["abcdef"], keys_of(0, 1))[0].ink
    fit = replace(writer.codec, height=usual_size([before]), step=usual_step([before]))
    example = Writer(writer.model, fit).example(before, "abcdef")
    np.testing.assert_array_equal(example.values[0], writer.codec.encode(before)[0])
    free, primed = (writer.write(["bad"], keys_of(1, 1), example=e)[0] for e in (None, example))
    assert primed.finished and not same(free.ink, primed.ink)
    assert len(primed.ink.points) < 60  # the example itself is not part of it


def test_strokes_that_are_no_part_of_the_text_are_left_out():
    def spelled(ink: Ink, *places: int) -> list[list[list[float]]]:
        kept, at = spelling(ink, np.array(places))
        assert len(at) == len(kept.points)
        return [stroke.tolist() for stroke in kept.strokes]

    first, second, third = [[0.0, 0], [1, 0], [2, 0]], [[5.0, 0], [6, 1]], [[9.0, 9], [20, 9]]
    away = Ink((first, second, third), "a")
    assert spelled(away, 0, 0, 0, 0, 0, 1, 1) == [first, second]
    assert spelled(away, -1, -2, 0, 0, 0, 1, 1) == [second]
    assert spelled(away, -1, 0, 0, 0, 0, 0, 1) == [first[1:], second, third]
    assert spelled(Ink(([[3, 3]],), "a"), -1) == [[[3, 3]]]
    stop = Ink((first, second, [[6.9, 1], [7, 1]]), "ab")  # the first points of a full stop
    assert len(spelled(stop, 0, 0, 0, 0, 0, 2, 2)) == 3
    assert len(spelled(stop, 0, 0, 0, 1, 1, 2, 2)) == 2
    cross = Ink((first, second, [[5, 0.5], [7, 0.5]]), "a")
    assert len(spelled(cross, 0, 0, 0, 0, 0, 1, 1)) == 3


def bar(x: float, height: float = 10.0) -> list[list[float]]:
    return [[x, height * k / 6] for k in range(7)]


def test_words_are_moved_to_even_spaces_and_take_their_crosses_along():
    dot = [[14.0, -3.0]]
    strokes = (bar(0), bar(10), bar(40), bar(50), dot, bar(55), bar(60))
    counts, characters = [len(stroke) for stroke in strokes], [0, 1, 3, 4, 3, 6, 7]
    ink, places = Ink(strokes, "ab cd ef"), np.repeat(characters, counts)
    # A dot made while the window was at c is c's behind the end of "ab", and b's above it.
    assert words_of(ink, places).tolist() == [0, 0, 1, 1, 1, 2, 2]
    nearer = Ink((*strokes[:4], [[9.0, -3.0]], *strokes[5:]), "ab cd ef")
    assert words_of(nearer, places).tolist() == [0, 0, 1, 1, 0, 2, 2]
    words = words_of(nearer, places)
    np.testing.assert_allclose(word_spaces(nearer, words), [30, 5])
    even = space_evenly(nearer, words, 20)
    np.testing.assert_allclose(word_spaces(even, words), [22, 17])
    assert even.strokes[4].tolist() == [[9, -3]] and even.text == "ab cd ef"
    alone = Ink((bar(0),), "a")
    assert space_evenly(alone, np.zeros(1, int), 5) is alone


def test_a_last_stroke_is_left_out_if_that_reads_better(writer):
    ink = Ink((bar(0), bar(5), bar(9)), "ab")
    line = Line(ink, True, 0.0, np.repeat([0, 1, 1], 7))
    shorter = without_last_stroke(line)
    assert len(shorter.ink.strokes) == 2 and len(shorter.places) == 14
    again = without_last_stroke(shorter)
    assert len(again.ink.strokes) == 1 and without_last_stroke(again) is again
    early = line._replace(places=np.repeat([0, 1, 0], 7))
    assert without_last_stroke(early) is early

    def few(lines):
        return [-float(len(line.ink.strokes)) for line in lines]

    whole, short = (
        Scribe(writer, 3, candidates=2, rank=rank).write_lines({0: "abcdef"})[0]
        for rank in (lambda lines: [0.0] * len(lines), few)
    )
    assert len(short.ink.strokes) <= len(whole.ink.strokes)
    assert whole.finished and len(whole.places) == len(whole.ink.points)


def test_sizes_come_from_letters_and_many_of_them_count_more():
    ink = Ink((bar(0), bar(5, 20), bar(9), bar(14, 30)), "ad,f")
    places = np.repeat([0, 1, 2, 3], 7)
    sizes = letter_sizes(ink, places)
    assert len(sizes) == 2 and sizes == pytest.approx(8, rel=0.3)
    many, few, none = np.full(96, 4.0), np.full(1, 4.0), np.zeros(0)
    factors = size_factors([np.full(96, 8.0), np.full(9, 8.0), many, few, none])
    assert factors[0] == pytest.approx((6 / 8) ** (0.8 * 0.96)) and factors[4] == 1
    assert factors[2] == pytest.approx((6 / 4) ** (0.8 * 0.96)) and 1 < factors[3] < factors[2]
    assert size_factors([np.full(50, 1.0), *[np.full(50, 9.0)] * 3])[0] == 1.4
    assert size_factors([none]) == [1.0]


def test_a_line_ends_with_a_lift_of_the_pen_behind_its_text():
    nothing = jnp.zeros(1)
    phi = jnp.array([0.0, 0.1, 0.5])
    state = WindowState(nothing, (), nothing, phi, nothing, nothing, nothing)
    stop = EndOfLine(EndOfText(2))
    down, up = ((jnp.zeros(2), jnp.array([bit])) for bit in (0.0, 1.0))
    assert bool(stop(up, state)) and not bool(stop(down, state))
    within = state._replace(phi=jnp.array([0.0, 0.9, 0.5]))
    assert not bool(stop(up, within))


def test_lines_of_a_page_are_level_and_evenly_spaced(rng):
    x = np.linspace(0, 3000, 120)
    rising = np.column_stack([x, 0.05 * x + 80 * np.sin(x / 50)])
    lines = {n: Line(Ink((rising + rng.normal(size=2),), "a"), True, 0.0) for n in (0, 1, 3)}
    middles = [float(np.median(s[:, 1])) for s in make_page(lines).ink.strokes]
    pitch = middles[1] - middles[0]
    assert middles[2] - middles[1] == pytest.approx(1.6 * pitch, rel=0.05)
    assert abs(slope(Ink((make_page(lines).ink.strokes[0],)))) < 0.005


def test_of_a_long_example_the_first_words_are_enough():
    text = "abc def abc def abc"
    places = np.repeat(np.arange(len(text)), 2)
    bits = np.zeros((len(places), 1), np.float32)
    bits[[5, 20, 30]] = 1
    whole = StyleExample((np.ones((len(places), 2), np.float32), bits), text)
    short = shorten(whole, places)
    assert short.text == "abc def abc" and len(short.values[0]) == len(short.values[1]) == 21
    assert shorten(whole._replace(text="abc def"), places).text == "abc def"
    never = whole._replace(values=(whole.values[0], np.zeros_like(bits)))
    assert shorten(never, places).text == text


def test_an_example_whose_text_does_not_match_is_refused(writer):
    ink = writer.write(["abcdef"], keys_of(0, 1))[0].ink
    with pytest.raises(InputError, match="does not match its trace"):
        writer.example(ink, "abcdef" * 5)
    with pytest.raises(InputError, match="text of the style is missing"):
        writer.example(ink, " ")
    with pytest.raises(InputError, match="does not know"):
        writer.example(ink, "xyz")


def test_pages_are_in_one_hand_and_in_order(writer):
    lines = ["abc", "", "def", "a"] * 20
    made = list(Scribe(writer, 1, bias=0.2).pages(lines))
    assert [len(page.lines) for page in made] == [21, 21, 18]
    assert [line.ink.text for line in made[0].lines][:3] == ["abc", "def", "a"]
    again = list(Scribe(writer, 1, bias=0.2).pages(lines))
    assert same(made[2].ink, again[2].ink)
    tops = [line.ink.bounds for line in made[0].lines]
    assert len(tops) == 21 and made[0].ink.bounds[3] > 10


def test_the_best_candidate_is_kept(writer):
    few = next(Scribe(writer, 1, candidates=4).pages(["abc"])).lines[0]
    keys = keys_of(1, 4)
    all_four = writer.write(["abc"] * 4, keys)
    best = max(all_four, key=lambda line: (line.finished, line.log_prob))
    assert few.log_prob == pytest.approx(best.log_prob, rel=1e-4)
    assert by_probability(all_four)[0] == all_four[0].log_prob


def test_lines_are_cut_between_words_and_empty_ones_stay():
    assert wrap_text("one two three\n\nfour", 8) == ["one two", "three", "", "four"]


def test_a_scribble_has_as_many_points_as_asked_for():
    model, codec = built("handwriting_prediction", components=2)
    lines = Scribbler(model, codec).write(40, keys_of(0, 2))
    assert [len(line.ink.points) for line in lines] == [41, 41]
    assert not same(lines[0].ink, lines[1].ink)


def test_a_reader_reads_any_ink(writer):
    model, codec = built("reading")
    reader = Recogniser(model, codec)
    lines = writer.write(["abc", "fad", "a"], keys_of(5, 3))
    inks = [line.ink for line in lines]
    read = reader.read(inks)
    assert len(read) == 3 and all(0 < found.certainty <= 1 for found in read)
    nats = reader.nats(inks, ["abc", "fad", "a"])
    assert nats[1] == pytest.approx(reader.nats(inks[1:2], ["fad"])[0], rel=1e-3)
    assert reader.legibility(inks)[2] == pytest.approx(-nats[2], rel=1e-3)


def test_what_does_not_come_to_its_end_is_written_again(writer):
    slow = eqx.tree_at(lambda m: m.core.window.linear.b, writer.model, jnp.full(6, -9.0))
    stuck = Scribe(Writer(slow, writer.codec), 1, tries=3)
    calls = []
    stuck.writer.write = lambda texts, keys, **how: (
        calls.append(keys) or Writer.write(stuck.writer, texts, keys, **how)
    )
    line = stuck.write_lines({0: "abc"})[0]
    assert not line.finished and len(calls) == 3
    assert not np.array_equal(jax.random.key_data(calls[0]), jax.random.key_data(calls[1]))


@pytest.mark.parametrize("name", ["handwriting", "handwriting_prediction"])
def test_recurrent_dropout_is_for_learning_only(name):
    """Another mask for each key; without one the network is as if there were none."""
    plain, codec = built(name)
    model, _ = built(name, recurrent_dropout=0.5)
    example = Conditional(codec).example if name == "handwriting" else Unconditional(codec).example
    stroke = np.cumsum(np.random.default_rng(1).normal(size=(6, 2)), 0)
    line = example(Ink((stroke,), "fed"))
    values, condition = line.values, line.source

    def nats(network, key):
        read = network.unroll(values, network.start(condition, key=key), condition)
        return float(-read.distribution.log_prob(values).sum())

    np.testing.assert_allclose(nats(model, None), nats(plain, None), rtol=1e-6)
    assert len({nats(model, jax.random.key(n)) for n in range(3)}) == 3


def test_rare_characters_are_repeated_and_copies_distorted(rng):
    texts = ["aaa", "ab", "aa", "a8", ""] * 20
    factors = repeat_factors(texts, 0.8)
    np.testing.assert_allclose(factors[:5], [1, 2, 1, 2, 1])
    inks = [Ink((np.cumsum(rng.normal(size=(9, 2)), 0),), text) for text in texts]
    once = draw_versions(inks, WritingData(), 0)
    assert [version.line for version in once] == list(range(100)) and once[0].distortion is None
    data = WritingData(copies=3, repeat_rare=0.8)
    versions = draw_versions(inks, data, 0)
    assert versions == draw_versions(inks, data, 0)
    counts = np.bincount([version.line for version in versions])
    np.testing.assert_array_equal(counts[:5], [3, 6, 3, 6, 3])
    factors = repeat_factors(texts, 0.45)  # sqrt(0.45 / 0.2) = 1.5: once or twice
    counts = np.bincount([v.line for v in draw_versions(inks, WritingData(repeat_rare=0.45), 0)])
    assert factors[1] == pytest.approx(1.5) and set(counts.tolist()) == {1, 2}

    codec = Handwriting.learn(inks)
    reader = lines_reader(Conditional(codec).example, inks, 4, versions=versions)
    assert len(reader.dataset) == len(versions) and set(reader.lengths) == {8}
    first = [n for n, version in enumerate(versions) if version.line == 1]
    one, other = (reader.dataset[n].values[0] for n in first[:2])
    assert not np.allclose(one, other) and len(one) == len(other)
    np.testing.assert_array_equal(one, reader.dataset[first[0]].values[0])

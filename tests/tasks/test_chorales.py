"""Chorales: in which keys they are learned, how they are measured, and what is drawn of them."""

from itertools import islice, product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.check.frequency import Tally, check_counts
from reverie.codecs.tune import KEYS, LOWEST, Note, Tune
from reverie.codecs.voices import REST, VoiceGrid, Voices
from reverie.data.music import corpora
from reverie.encoders.voices import Known
from reverie.errors import InputError
from reverie.formats import midi
from reverie.recipes import recipe
from reverie.samplers import Sample
from reverie.settings import change
from reverie.tasks.chorales import generate
from reverie.tasks.chorales.cadences import closure, root_of
from reverie.tasks.chorales.data import (
    VoiceDataset,
    grids_of,
    open_scores,
    shifts_of,
    voice_reader,
)
from reverie.tasks.chorales.generate import STRETCH, Composer
from reverie.tasks.chorales.options import ChoraleData
from reverie.tasks.chorales.task import measure_voices

CODEC = Voices(((60, 62), (59, 61), (58, 60)), 0.5)
WIDE = Voices(((60, 81), (53, 74), (41, 62)), 0.5)
P, V = CODEC.voices, CODEC.size
TINY = {"voices": P, "hidden": 4, "embedding": 3, "around": 3, "dropout": 0.0}


@pytest.fixture(scope="module")
def model():
    """An untrained model with strong opinions."""
    system = recipe("chorales")
    config = change(system.Config(), TINY)
    built = system.build(config, CODEC, rng=np.random.default_rng(0))
    return jax.tree.map(lambda a: 6 * a, built)


@pytest.fixture(scope="module")
def composer(model) -> Composer:
    return Composer(model, CODEC)


def random_grid(rng, steps=10, codec=CODEC) -> VoiceGrid:
    """Notes and rests within the ranges of their voices."""
    symbols = np.zeros((steps, codec.voices), np.int32)
    for voice, (least, most) in enumerate(codec.ranges):
        pitches = rng.integers(least, most + 1, steps)
        said = 1 + 2 * (pitches - codec.lowest) + rng.integers(0, 2, steps)
        symbols[:, voice] = np.where(rng.random(steps) < 0.2, REST, said)
    return codec.grid(symbols, (3, 4), fermatas=(2.0,))


@eqx.filter_jit
def probabilities(model, grid, given):
    """p of all symbols in each place (T, P, V), given those before it there and what is given."""
    condition = model.condition(Known.of(*grid, given))
    read = model.unroll(jnp.reshape(grid.symbols, -1), model.start(condition), condition)
    return jax.nn.softmax(read.distribution.logits).reshape(*given.shape, -1)


def log_p(model, grid, given) -> np.ndarray:
    """log p of each symbol (T, P)."""
    p = np.asarray(probabilities(model, grid, given), float)
    return np.log(np.take_along_axis(p, grid.symbols[..., None], -1)[..., 0])


# In which keys pieces are learned.


def within(codec, grid, shift) -> bool:
    """Whether each voice, so many semitones higher, keeps within its range."""
    return all(
        least <= codec.pitch(symbol) + shift <= most
        for line, (least, most) in zip(grid.symbols.T.tolist(), codec.ranges, strict=True)
        for symbol in line
        if symbol != REST
    )


def test_a_piece_can_be_moved_to_where_all_its_voices_keep_within_their_ranges(rng):
    counts = set()
    for _ in range(40):
        grid = random_grid(rng, 3, WIDE)
        found = shifts_of(WIDE, grid)
        assert list(found) == [shift for shift in range(-50, 51) if within(WIDE, grid, shift)]
        counts.add(len(found))
    assert len(counts) > 5
    silent = WIDE.grid(np.zeros((4, 3), np.int32), (4, 4))
    assert list(shifts_of(WIDE, silent)) == [0]
    # What is not within the ranges stays where it is, or comes closer.
    beyond = WIDE.encode(Tune((Note(58, 0, 1), Note(60, 0, 1, voice=1), Note(50, 0, 1, voice=2))))
    assert min(shifts_of(WIDE, beyond)) == 0


def test_a_piece_is_learned_in_every_key_or_in_its_own(rng):
    grids = [random_grid(rng, steps, WIDE) for steps in (5, 7)]
    keys, own = (VoiceDataset(WIDE, grids, keys=keys) for keys in (True, False))
    assert len(own) == 2 and len(keys) == sum(len(shifts_of(WIDE, grid)) for grid in grids) > 2
    own_rows = [example.values.tolist() for example in own]
    assert own_rows == [grid.symbols.reshape(-1).tolist() for grid in grids]
    found = set()
    for number, example in enumerate(keys):
        source = example.source
        steps = len(source.symbols)
        assert keys.sizes(number) == keys.measure(example) == (3 * steps, steps)
        # Step by step, and in each of them voice by voice.
        np.testing.assert_array_equal(example.values, source.symbols.reshape(-1))
        assert within(WIDE, VoiceGrid(*source[:1], *source[2:4]), 0) and not source.given.any()
        grid = grids[0] if steps == 5 else grids[1]
        np.testing.assert_array_equal(source.places, grid.places)
        np.testing.assert_array_equal(source.held, grid.held)
        assert ((source.symbols == REST) == (grid.symbols == REST)).all()
        sung = source.symbols != REST
        (moved,) = set((source.symbols - grid.symbols)[sung].tolist())
        assert moved % 2 == 0
        found.add((steps, moved // 2))
    expected = {(len(g.symbols), s) for g in grids for s in shifts_of(WIDE, g)}
    assert found == expected


def test_pieces_that_are_too_long_are_left_out_and_told(rng):
    grids = [random_grid(rng, steps) for steps in (5, 9, 7)]
    dataset = VoiceDataset(CODEC, grids, longest=7)
    assert [len(grid.symbols) for grid in dataset.grids] == [5, 7]
    assert dataset.report.text == "1 pieces have more than 7 steps: they are left out"
    assert VoiceDataset(CODEC, grids, longest=9).report.text == ""
    with pytest.raises(InputError, match="no piece is left"):
        voice_reader(VoiceDataset(CODEC, grids, longest=4), 2)
    reader = voice_reader(VoiceDataset(CODEC, [*grids, random_grid(rng, 65)]), 9)
    assert reader.rows == 4 and reader.shapes == [(64 * P, 64), (128 * P, 128)]


# A folder of pieces.


def write_piece(path, voices, pitch=60) -> None:
    notes = [Note(pitch - 5 * v, float(n), 1.0, voice=v) for n in range(3) for v in range(voices)]
    midi.write(Tune(tuple(sorted(notes, key=lambda n: (n.start, n.pitch)))), path)


def test_of_a_folder_the_pieces_of_so_many_voices_are_kept_and_others_told(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    for n, voices in enumerate((2, 3, 2, 2, 1, 2, 2)):
        write_piece(tmp_path / f"{n}.mid", voices, 60 + n)
    (tmp_path / "bad.mid").write_bytes(b"text")
    data = ChoraleData(data=str(tmp_path), voices=2, step=0.5, valid_part=0.2, test_part=0.4)
    scores = open_scores(data)
    named = [[score.name for score in part] for part in scores.parts]
    assert named == [["0.mid", "2.mid"], ["3.mid"], ["5.mid", "6.mid"]]
    assert scores.notes[0] == "left out: 2 files of other than 2 voices"
    assert "bad.mid" in scores.notes[1] and len(scores.notes) == 2
    assert "2 pieces to learn from, 1 to watch, 2 for the test" in scores.summary()
    opened = recipe("chorales").task.load().open(change(recipe("chorales").Config(), vars(data)))
    assert opened.codec == Voices(((60, 66), (55, 61)), 0.5)
    for grids, part in zip(opened.contents(), scores.parts, strict=True):
        expected = grids_of(opened.codec, part)
        assert [g.tolist() for g in grids] == [g.symbols.tolist() for g in expected]
    one = ChoraleData(data=str(tmp_path), voices=1)
    assert open_scores(one).notes[0] == "left out: 6 files of other than 1 voices"


def test_where_no_piece_is_left_it_is_told(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    write_piece(tmp_path / "a.mid", 2)
    with pytest.raises(InputError, match="no file below .* has 4 voices.*set voices"):
        open_scores(ChoraleData(data=str(tmp_path)))
    for name in (tmp_path / "a.mid", tmp_path / "none", "oneill"):
        with pytest.raises(InputError, match="is no folder of MIDI files"):
            open_scores(ChoraleData(data=str(name)))


def test_the_chorales_are_known_by_their_name(tmp_path, monkeypatch):
    pytest.importorskip("music21", reason="the extra 'music-data' is not installed")
    first = list(islice(corpora._chorale_sheets(), 3))
    monkeypatch.setattr(corpora, "_chorale_sheets", lambda: first)
    monkeypatch.setenv("REVERIE_CACHE", str(tmp_path))
    scores = open_scores(ChoraleData(test_part=0.5))
    assert [[score.name for score in part] for part in scores.parts] == [
        ["bwv10.7"], [], ["bwv101.7"],
    ]  # fmt: skip
    ((score,), _, (other,)) = scores.parts
    assert {note.voice for note in score.tune.notes} == {0, 1, 2, 3}
    assert (score.upbeat, other.upbeat) == (0.0, 1.0) and "left out 1 score" in scores.notes[0]
    codec = Voices.learn([score.tune, other.tune], 4, 0.25)
    plain, upbeat = grids_of(codec, [score, other])
    assert plain.places[:5].tolist() == [0, 1, 2, 3, 4]
    assert upbeat.places[:5].tolist() == [12, 13, 14, 15, 0]
    assert plain.held.any() and upbeat.held.any()


# How well they are predicted.


def test_the_measures_are_those_by_hand(composer, rng):
    grids = [random_grid(rng, steps) for steps in (5, 9, 3)]
    found = measure_voices(composer.model, CODEC, grids)
    free, rest = 0.0, 0.0
    for grid in grids:
        nothing, melody = np.zeros((2, *grid.symbols.shape), bool)
        melody[:, 0] = True
        free -= log_p(composer.model, grid, nothing).sum()
        rest -= log_p(composer.model, grid, melody)[:, 1:].sum()
    steps = sum(len(grid.symbols) for grid in grids)
    assert found["test_nats"] == pytest.approx(free / steps, rel=1e-4)
    assert found["test_nats_beneath"] == pytest.approx(rest / steps, rel=1e-4)


# What is drawn.


@pytest.mark.parametrize("sweeps", [0, 1, 3])
def test_what_is_given_stays_whatever_is_drawn_anew(composer, rng, sweeps):
    grid = random_grid(rng, 20)
    for share in (0.0, 0.5, 1.0):
        given = rng.random(grid.symbols.shape) < share
        (drawn,) = composer.compose(grid, given, sweeps=sweeps, seed=3)
        assert drawn.symbols.shape == grid.symbols.shape
        np.testing.assert_array_equal(drawn.symbols[given], grid.symbols[given])
        assert drawn.symbols.min() >= 0 and drawn.symbols.max() < V
        assert share == 1 or (drawn.symbols != grid.symbols).any()


def test_a_piece_depends_on_its_own_seed_alone(composer, rng):
    grid = random_grid(rng)
    given = np.zeros(grid.symbols.shape, bool)

    def pieces(**how):
        return [each.symbols.tolist() for each in composer.compose(grid, given, **how)]

    three = pieces(count=3, seed=7, sweeps=1)
    assert three == [*pieces(count=2, seed=7, sweeps=1), *pieces(seed=9, sweeps=1)]
    assert len({str(piece) for piece in three}) == 3
    assert pieces(seed=7, sweeps=2) != three[:1] != pieces(seed=7)
    cold = [pieces(seed=n, temperature=1e-6) for n in range(3)]
    assert cold[0] == cold[1] == cold[2]


def test_of_several_the_piece_is_kept_that_closes_best(composer, rng):
    grid = random_grid(rng, 20)
    grid = grid._replace(held=np.arange(20) % 5 == 4)
    given = np.zeros(grid.symbols.shape, bool)

    def closing(candidates):
        (drawn,) = composer.compose(grid, given, seed=5, candidates=candidates)
        return closure(composer.codec, grid._replace(symbols=drawn.symbols))

    found = [closing(n) for n in (1, 2, 4, 8, 16)]
    assert found == sorted(found) and found[0] < found[-1]


@pytest.mark.parametrize(
    ("chord", "root"),
    [
        ({60, 64, 67}, 0),
        ({57, 60, 64}, 9),
        ({52, 60, 67}, 0),
        ({55, 64, 72}, None),
        ({60, 64}, 0),
        ({60, 72}, 0),
        ({60, 67}, None),
        ({60, 63, 66}, None),
        ({60, 64, 67, 70}, None),
        ({60, 63, 64}, None),
        (set(), None),
    ],
    ids=str,
)
def test_chords_have_a_root_or_none(chord, root):
    assert root_of(chord) == root


def test_a_piece_closes_in_its_key_or_elsewhere(composer):
    codec = Voices(((60, 81), (48, 69), (36, 60)), 1.0)
    cadence = [(72, 64, 48), (69, 65, 53), (71, 62, 55), (72, 64, 48)]
    elsewhere = [(72, 64, 48), (69, 65, 53), (72, 64, 48), (71, 62, 55)]
    minor = [(p - 3, q - 3 if q != 64 else 60, r - 3) for p, q, r in cadence[:3]]

    def close(chords):
        notes = [
            Note(pitch, float(n), 1.0, voice=voice)
            for n, chord in enumerate(chords)
            for voice, pitch in enumerate(chord)
        ]
        tune = Tune(tuple(sorted(notes, key=lambda note: note.start)), fermatas=(1.0, 3.0))
        return closure(codec, codec.encode(tune))

    assert close(cadence) == (True, 1.0)
    assert close(elsewhere) == (False, 1.0)
    assert close([*cadence[:3], (72, 62, 48)]) == (False, 0.5)
    assert close([*minor, (69, 61, 45)])[0] == close([*minor, (69, 60, 45)])[0]


def test_steps_beyond_a_piece_do_not_matter(composer, rng, monkeypatch):
    grid = random_grid(rng)
    given = rng.random(grid.symbols.shape) < 0.3
    (expected,) = composer.compose(grid, given, sweeps=2)
    for unit in (1, 80):
        monkeypatch.setattr(generate, "UNIT", unit)
        (found,) = composer.compose(grid, given, sweeps=2)
        np.testing.assert_array_equal(found.symbols, expected.symbols)
        np.testing.assert_allclose(found.log_probs, expected.log_probs, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(found.sounding, expected.sounding, atol=1e-5)


def test_what_is_said_of_a_piece_is_what_the_model_says(composer, rng):
    grid = random_grid(rng)
    given = rng.random(grid.symbols.shape) < 0.3
    (drawn,) = composer.compose(grid, given, sweeps=1, temperature=0.5)
    whole = grid._replace(symbols=drawn.symbols)
    p = np.asarray(probabilities(composer.model, whole, given))
    np.testing.assert_allclose(
        drawn.log_probs, log_p(composer.model, whole, given), rtol=1e-4, atol=1e-5
    )
    sounding = np.zeros((len(p), KEYS))
    for step, pitch in np.ndindex(len(p), KEYS):
        silent = 1.0
        for voice in range(P):
            said = [s for s in range(1, V) if CODEC.pitch(s) == LOWEST + pitch]
            silent *= 1 - p[step, voice, said].sum()
        sounding[step, pitch] = 1 - silent
    np.testing.assert_allclose(drawn.sounding, sounding, atol=1e-5)
    assert drawn.sounding.min() == 0 and 0.1 < drawn.sounding.max() <= 1


@pytest.mark.parametrize("melody", [False, True])
def test_pieces_are_as_frequent_as_the_model_says(model, melody):
    """Of one step; a third symbol in the first voice, which is not drawn where it is given."""
    places, held = np.zeros(1, np.int32), np.zeros(1, bool)
    given = np.array([[melody, False, False]])
    every = np.array(list(product(range(V), repeat=P)), np.int32)
    if melody:
        every = every[every[:, 0] == 3]

    @jax.jit
    @jax.vmap
    def chances(symbols):
        grid = VoiceGrid(symbols[None], places, held)
        p = probabilities(model, grid, given)[0, jnp.arange(P), symbols]
        return jnp.where(given[0], 1, p).prod()

    @jax.jit
    @jax.vmap
    def draws(key):
        source = Known.of(every[:1], places, held, given)
        return generate._draw(model, source, Sample(), key)

    mass = np.asarray(chances(every), float)
    assert mass.sum() == pytest.approx(1, abs=1e-4)
    found = np.asarray(draws(jax.random.split(jax.random.key(0), 2**13)))
    index = (found - every[0]) @ [V * V, V, 1]
    check_counts(Tally(mass, np.zeros(len(mass)), np.bincount(index, minlength=len(mass)), 0), 1e-6)


@pytest.mark.parametrize("steps", [1, 9, 40])
def test_each_sweep_draws_each_free_symbol_once(rng, steps):
    composer, span = Composer(None, CODEC), round(STRETCH / CODEC.step)
    givens = [np.zeros((steps, P), bool), np.arange(P) == np.zeros((steps, 1)) + 1]
    givens.append(rng.random((steps, P)) < 0.4)
    for given, seed in product(givens, range(8)):
        drawn = np.zeros((steps, P), int)
        for known in composer._blocks(np.random.default_rng(seed), given, 1):
            assert (known >= given).all()
            (where,) = np.nonzero(~known.all(1))
            assert not len(where) or where[-1] - where[0] < span
            drawn += ~known
        np.testing.assert_array_equal(drawn, ~given)
        thrice = list(composer._blocks(np.random.default_rng(seed), given, 3))
        np.testing.assert_array_equal(np.sum([~known for known in thrice], axis=0), 3 * ~given)
    assert not list(composer._blocks(rng, np.ones((steps, P), bool), 2))


class Again(Composer):
    """Draws the same part anew in each sweep."""

    def _blocks(self, rng, given, sweeps):
        return iter([np.arange(P) + np.zeros((len(given), 1)) > 0] * sweeps)


def test_each_drawing_has_a_chance_of_its_own(model, rng):
    grid = random_grid(rng)
    given = np.zeros(grid.symbols.shape, bool)
    composer = Again(model, CODEC)
    found = [composer.compose(grid, given, sweeps=sweeps)[0].symbols for sweeps in range(4)]
    np.testing.assert_array_equal(*(np.stack(found)[[0, -1], :, 1:]))
    assert len({each[:, 0].tobytes() for each in found}) == 4

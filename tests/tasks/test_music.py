"""Piano rolls: what is learned of them, how they are measured and composed."""

from itertools import islice, product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from malformed.valid import roll_files

from reverie.codecs.piano_roll import PianoRoll
from reverie.codecs.tune import KEYS, LOWEST, Note, Tune
from reverie.data.music import corpora
from reverie.data.music.corpora import Library
from reverie.data.music.keys import MAJOR, MINOR
from reverie.data.music.scores import Piece
from reverie.data.rolls import heard, roll_of, transposed
from reverie.distributions import RBM
from reverie.errors import InputError
from reverie.formats import midi
from reverie.model import SequenceModel
from reverie.padding import pad
from reverie.recipes import recipe
from reverie.samplers import Primed, Sample, keys_of
from reverie.settings import change
from reverie.tasks.music import measure
from reverie.tasks.music.compose import DRAWS, _beginning, draw_pieces
from reverie.tasks.music.data import is_music, library_rolls, open_music
from reverie.tasks.music.excerpts import UNIT, Excerpts, roll_reader
from reverie.tasks.music.measure import measure_rolls, roll_nats
from reverie.tasks.music.options import MusicData
from reverie.tasks.music.output import Composed
from reverie.training.evaluation import mean_loss

TINY = {"cell": "elman", "hidden": 3, "units": 2, "dropout": 0.0}
LENGTHS = (5, 2, 9)


def network(notes="nade", seed=0, **options) -> SequenceModel:
    """An untrained model, whose notes depend on those before them."""
    system = recipe("rnn_nade")
    config = change(system.Config(), TINY | {"notes": notes} | options)
    built = system.build(config, PianoRoll(0.5), rng=np.random.default_rng(seed))
    rng = np.random.default_rng(1)
    return jax.tree.map(lambda a: a + 0.5 * rng.normal(size=a.shape).astype(a.dtype), built)


@pytest.fixture(scope="module")
def nade() -> SequenceModel:
    return network()


@pytest.fixture(scope="module")
def independent() -> SequenceModel:
    return network("independent")


def random_roll(rng, frames, share=0.1) -> np.ndarray:
    return (rng.random((frames, KEYS)) < share).astype(np.uint8)


@pytest.fixture
def rolls(rng) -> list[np.ndarray]:
    return [random_roll(rng, frames) for frames in LENGTHS]


# Excerpts.


@pytest.mark.parametrize(
    ("length", "context"), [(0, 0), (1, 0), (3, 0), (3, 2), (4, 100), (2, 1), (100, 7)]
)
def test_each_frame_counts_once_and_is_read_behind_those_before_it(rolls, length, context):
    dataset = Excerpts(rolls, length, context)
    counted = [np.zeros(len(roll)) for roll in rolls]
    for (piece, begin, end), example in zip(dataset.spans, dataset, strict=True):
        first = max(0, begin - context)
        assert 0 < end - begin <= (length or 100)
        np.testing.assert_array_equal(example.values, rolls[piece][first:end])
        assert example.weights.tolist() == [0.0] * (begin - first) + [1.0] * (end - begin)
        assert example.values.dtype == np.float32
        counted[piece][begin:end] += 1
    assert all((each == 1).all() for each in counted)
    for number, example in enumerate(dataset):
        assert dataset.sizes(number) == dataset.measure(example) == (len(example.values), 0)


def test_excerpts_with_all_their_context_are_predicted_as_whole_pieces(rolls, nade):
    whole = mean_loss(nade, roll_reader(rolls, 3), roll_nats)
    cut = mean_loss(nade, roll_reader(rolls, 3, length=4, context=9), roll_nats)
    blind = mean_loss(nade, roll_reader(rolls, 3, length=4), roll_nats)
    assert cut == pytest.approx(whole, rel=1e-5) and blind != pytest.approx(whole, rel=1e-3)


def test_batches_are_padded_to_few_shapes_and_pieces_without_a_frame_are_none(rng):
    rolls = [random_roll(rng, frames) for frames in (1, 17, 0, 60, 16)]
    reader = roll_reader(rolls, 2)
    assert [shape[0] % UNIT for shape in reader.shapes] == [0, 0, 0]
    assert [shape[0] for shape in reader.shapes] == [16, 32, 64]
    assert len(reader.dataset) == 4 and roll_reader(rolls, 99).rows == 4
    for length in (0, 8):
        with pytest.raises(InputError, match="no frames"):
            roll_reader([rolls[2]], 2, length=length)


# Measures.


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def bernoulli(distribution, values):
    p = sigmoid(np.asarray(distribution.logits, float))
    return np.log(np.where(values == 1, p, 1 - p)).sum(-1)


def nade_by_hand(d, values):
    b, c, W, V = (np.asarray(a, float) for a in (d.b, d.c, d.W, d.V))
    total = np.zeros(len(values))
    for t, value in enumerate(values):
        for n in range(KEYS):
            h = sigmoid(c[t] + W[t, :, :n] @ value[:n])
            p = sigmoid(b[t, n] + V[t, n] @ h)
            total[t] += np.log(p if value[n] else 1 - p)
    return total


def rbm_by_hand(d, values):
    """By a sum over all states of the hidden units."""
    b, c, W = (np.asarray(a, float) for a in (d.b, d.c, d.W))
    total = np.zeros(len(values))
    for t, value in enumerate(values):
        states = [np.array(h) for h in product((0.0, 1.0), repeat=c.shape[-1])]
        joint = [h @ c[t] + h @ W[t] @ value + b[t] @ value for h in states]
        z = [h @ c[t] + np.logaddexp(0, b[t] + h @ W[t]).sum() for h in states]
        total[t] = np.logaddexp.reduce(joint) - np.logaddexp.reduce(z)
    return total


@pytest.mark.parametrize(
    ("notes", "twin"),
    [("independent", bernoulli), ("nade", nade_by_hand), ("rbm", rbm_by_hand)],
)
def test_the_measures_are_those_of_their_twin(request, rolls, notes, twin):
    model = network(notes)
    found = measure_rolls(model, rolls)
    losses, hits, only = [], 0.0, 0.0
    draws = jax.random.split(jax.random.key(0), measure.DRAWS)
    for roll in rolls:
        # In a batch all are padded alike, and so are their draws.
        values, mask = pad(roll, UNIT).astype(np.float32), np.arange(UNIT) < len(roll)
        distribution = model.unroll(jnp.asarray(values), mask=jnp.asarray(mask)).distribution
        losses.append(-twin(jax.tree.map(lambda a, n=len(roll): a[:n], distribution), roll))
        for key in draws:
            said = np.asarray(distribution.sample(key))[: len(roll)]
            hits += (said * roll).sum()
            only += (said != roll).sum()
    frames = sum(LENGTHS)
    assert found.frames == frames and found.least_nats is None
    assert found.nats == pytest.approx(sum(map(np.sum, losses)) / frames, rel=1e-4)
    later = sum(each[1:].sum() for each in losses) / (frames - len(rolls))
    assert found.later_nats == pytest.approx(later, rel=1e-4)
    assert found.accuracy == pytest.approx(hits / (hits + only), abs=1e-3)
    assert f"{found.nats:.3f} nats a frame over 16 frames, " in found.summary()


def test_a_piece_of_one_frame_or_of_none_has_no_later_ones(rng, independent):
    one = random_roll(rng, 1)
    found = measure_rolls(independent, [one, one[:0]])
    assert found.frames == 1 and found.later_nats == 0 and found.nats > 0


@pytest.mark.parametrize(("units", "steps", "apart"), [(21, 2, 1.0), (22, 50, -0.2)])
def test_of_many_hidden_units_there_are_two_bounds(rng, monkeypatch, units, steps, apart):
    """All units but two are tied to nothing, so that log p is known; short walks leave the bounds
    far from it, on their sides."""
    monkeypatch.setattr(measure, "TEMPERATURES", steps)
    model, roll = network("rbm", units=units), random_roll(rng, 2)
    W = jnp.where(jnp.arange(units)[:, None] < 2, 3 * model.emission.W, 0)
    model = eqx.tree_at(lambda m: m.emission.W, model, W)
    found = measure_rolls(model, [roll])
    d = model.unroll(jnp.asarray(roll, jnp.float32)).distribution
    exact = -rbm_by_hand(RBM(d.b, d.c[:, :2], d.W[:, :2]), roll).mean()
    assert found.least_nats is not None
    assert found.least_nats + apart < exact < found.nats - apart
    assert f"(and {found.least_nats:.3f} at the least)" in found.summary()


def test_while_it_learns_an_rbm_is_measured_by_its_pseudo_likelihood(rolls):
    model, values = network("rbm"), jnp.asarray(rolls[0], jnp.float32)
    expected = -model.unroll(values).distribution.pseudo_log_prob(values).mean()
    found = mean_loss(model, roll_reader(rolls[:1], 3), roll_nats)
    assert found == pytest.approx(float(expected), rel=1e-4)


# Which music.


def folder_of(path, *tunes) -> str:
    path.mkdir()
    for number, tune in enumerate(tunes):
        midi.write(tune, path / f"{number}.mid")
    return str(path)


def scale(tonic, minor=False, step=0.5) -> Tune:
    """The notes of a key, each as long as listeners think that it fits."""
    profile = MINOR if minor else MAJOR
    notes = [Note(48 + tonic + n, 0.0, step * round(4 * fit)) for n, fit in enumerate(profile)]
    return Tune(tuple(notes))


def test_what_is_music_is_known_by_its_name(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "A.MIDI").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("a")
    for name in (
        "chorales",
        "essen",
        "ryan",
        "a.mat",
        "x/B.MAT",
        str(tmp_path),
        f"{tmp_path}/deep",
    ):
        assert is_music(name)
    for name in ("folk", "text.txt", f"{tmp_path}/empty", f"{tmp_path}/text.txt", "none/a.mid"):
        assert not is_music(name)


def test_a_folder_is_opened_in_frames_in_c_and_in_parts(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    folder = folder_of(tmp_path / "tunes", *(scale(tonic) for tonic in (0, 2, 7, 9)))
    data = {"data": folder, "valid_part": 0.25, "test_part": 0.25}
    pieces = open_music(MusicData(**data, step=1))
    assert [len(part) for part in pieces.parts] == [2, 1, 1]
    assert PianoRoll.from_description(pieces.codec.describe()) == PianoRoll(1.0)
    plain = open_music(MusicData(**data, transpose=False))
    assert plain.codec == PianoRoll(0.5)
    for tonic, roll in zip((0, 2), plain.parts.train, strict=True):
        np.testing.assert_array_equal(roll, roll_of(scale(tonic), 0.5).roll)
    for tonic, roll, moved in zip(
        (0, 2), plain.parts.train, open_music(MusicData(**data)).parts.train, strict=True
    ):
        np.testing.assert_array_equal(moved, transposed(roll, -tonic))


def test_rolls_of_others_are_opened_as_they_are(tmp_path):
    for name, data in roll_files().items():
        (tmp_path / f"JSB-{name}").write_bytes(data)
        pieces = open_music(MusicData(data=str(tmp_path / f"JSB-{name}"), step=3.0))
        assert pieces.codec == PianoRoll(1.0, -12)


def test_what_is_no_music_is_told(tmp_path):
    with pytest.raises(InputError, match="data must name music"):
        MusicData(data="")
    for name in ("folk", str(tmp_path / "none"), str(tmp_path / "a.mid")):
        with pytest.raises(InputError, match="neither piano rolls .* nor a folder .*essen"):
            open_music(MusicData(data=name))
    with pytest.raises(InputError, match="no MIDI files below"):
        open_music(MusicData(data=str(tmp_path)))


def piece(tonic, minor=False) -> Piece:
    return Piece("a", "A", scale(tonic, minor), 0, 0.0)


def test_the_pieces_of_a_library_are_moved_to_c_unless_they_are_to_stay():
    library = Library([piece(0), piece(3, True), piece(7), piece(10, True)], ("a note",))
    for transpose, shifts in ((True, (0, -3, 5, 2)), (False, (0, 0, 0, 0))):
        data = MusicData(transpose=transpose, step=1, valid_part=0.25, test_part=0.25)
        pieces = library_rolls(data, library)
        assert pieces.name == "chorales" and pieces.notes == ("a note",)
        assert PianoRoll.from_description(pieces.codec.describe()) == PianoRoll(1.0)
        assert [len(part) for part in pieces.parts] == [2, 1, 1]
        found = [roll for part in pieces.parts for roll in part]
        for roll, each, shift in zip(found, library.pieces, shifts, strict=True):
            np.testing.assert_array_equal(roll, transposed(roll_of(each.tune, 1.0).roll, shift))


@pytest.mark.parametrize("name", ["chorales", "ryan"])
def test_what_music21_ships_is_opened_by_its_name(name, tmp_path, monkeypatch):
    pytest.importorskip("music21", reason="the extra 'music-data' is not installed")
    monkeypatch.setenv("REVERIE_CACHE", str(tmp_path))
    for each in ("_chorale_sheets", "_tune_sheets"):
        usual = getattr(corpora, each)
        monkeypatch.setattr(
            corpora, each, lambda *given, usual=usual: list(islice(usual(*given), 2))
        )
    pieces = open_music(MusicData(data=name))
    assert pieces.name == name and not pieces.parts.valid and not pieces.parts.test
    assert len(pieces.parts.train) == (1 if name == "chorales" else 2)
    assert pieces.parts.train[0].sum(1).max() <= 4 and pieces.codec == PianoRoll(0.5)


# What is composed.


def drawn(model, count=1, seed=3, frames=6, codec=PianoRoll(0.5), prime=None, tempo=100.0):
    beginning = np.zeros((0, KEYS), np.uint8) if prime is None else prime
    sampler = Primed(jnp.asarray(codec.encode(beginning)), Sample())
    return draw_pieces(model, codec, sampler, frames, keys_of(seed, count), tempo)


def roll_back(made: Composed, frames=6) -> np.ndarray:
    return pad(roll_of(made.tune, made.step).roll, frames)


def test_a_piece_depends_on_its_seed_and_its_number_alone(nade):
    three = drawn(nade, 3)
    for one, other in zip(three, drawn(nade, 2), strict=False):
        assert one.tune == other.tune and one.name == other.name
    assert len({each.tune for each in three}) == 3
    assert drawn(nade, seed=4)[0].tune != three[0].tune
    assert [each.name for each in three] == ["piece 1", "piece 2", "piece 3"]
    assert three[0].remark == f"{len(three[0].tune.notes)} notes, 2 seconds"
    assert drawn(nade, tempo=60.0)[0].tune.tempo == 60


def test_a_piece_begins_as_it_is_told(nade, rng):
    prime = random_roll(rng, 4)
    for made in drawn(nade, 2, prime=prime):
        found = roll_back(made)
        np.testing.assert_array_equal(found[:4], prime)
    assert (found[4:] != 0).any()


def test_pieces_are_played_where_the_codec_says(nade, rng):
    plain, lower = (drawn(nade, codec=PianoRoll(0.5, shift))[0] for shift in (0, -12))
    assert any(note.pitch < LOWEST + 12 for note in plain.tune.notes)
    # What would leave the piano is not heard.
    np.testing.assert_array_equal(roll_back(lower), heard(roll_back(plain), -12))
    np.testing.assert_array_equal(lower.probabilities[:, :-12], plain.probabilities[:, 12:])
    assert not lower.probabilities[:, -12:].any()


def test_what_is_heard_is_moved_and_does_not_come_round():
    rows = np.eye(KEYS, dtype=np.uint8)
    for semitones in (-12, 0, 5, KEYS - 1):
        found = heard(rows, semitones)
        np.testing.assert_array_equal(found, np.eye(KEYS, k=semitones))
        assert found.dtype == np.uint8


def test_a_beginning_is_read_where_the_codec_has_it(tmp_path):
    pytest.importorskip("mido", reason="the extra 'music' is not installed")
    path = tmp_path / "a.mid"
    midi.write(Tune((Note(60, 0.0, 1.0), Note(64, 0.6, 1.0))), path)
    roll, notes = _beginning(str(path), PianoRoll(0.5, -12))
    assert (np.flatnonzero(roll[0]) + LOWEST).tolist() == [72]
    assert roll.shape == (3, KEYS) and notes == ()
    assert _beginning("", PianoRoll(0.5))[0].shape == (0, KEYS)
    midi.write(Tune((Note(105, 0.0, 1.0),)), path)
    with pytest.raises(InputError, match=r"a.mid: notes from 105 to 105 cannot be moved by 12"):
        _beginning(str(path), PianoRoll(0.5, -12))


def test_how_probable_notes_were_is_the_mean_of_draws_of_their_frames(independent):
    (made,) = drawn(independent, frames=20)
    values = jnp.asarray(roll_back(made, 20), jnp.float32)
    p = sigmoid(np.asarray(independent.unroll(values).distribution.logits, float))
    off = made.probabilities - p
    assert abs(off).max() < 6 * np.sqrt(0.25 / DRAWS)
    assert abs((off**2).sum() / (p * (1 - p) / DRAWS).sum() - 1) < 0.2
    np.testing.assert_allclose(made.probabilities * DRAWS % 1, 0, atol=1e-6)

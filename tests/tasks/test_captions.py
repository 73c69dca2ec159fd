"""Captions: which pictures are opened, what is found in them, and what is begun with."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from reverie.codecs.captions import Captions
from reverie.codecs.words import Words
from reverie.encoders import Features, Pixels
from reverie.errors import InputError
from reverie.loading import load
from reverie.recipes import recipe
from reverie.runs.events import Saved
from reverie.runs.run import Run
from reverie.runs.session import start
from reverie.search.sources import SearchSettings
from reverie.settings import change
from reverie.tasks.captions.data import CaptionDataset, form_of, open_captions
from reverie.tasks.captions.generate import Captioner
from reverie.tasks.captions.options import CaptionData, CaptionNetwork
from reverie.training.policy import SelfCritical

WORDS = Words.learn(["a b\n"])
TINY = {
    "channels": 2,
    "halvings": 2,
    "hidden": 4,
    "width": 3,
    "embedding": 4,
    "dropout": 0.0,
}
SCRATCH, GIVEN = CaptionNetwork(**TINY), CaptionNetwork(**TINY, encoder="features")
C = 5
"""Of features."""


def network(codec, seed=0, spread=4.0, **options):
    """An untrained model with strong opinions."""
    system = recipe("captions")
    if codec.features:
        options |= {"encoder": "features", "data": "f.npz", "captions": "c.txt"}
    config = change(system.Config(), TINY | options)
    model = system.build(config, codec, rng=np.random.default_rng(seed))
    return jax.tree.map(lambda a: spread * a, model)


def picture(shade: int) -> Image.Image:
    return Image.fromarray(np.full((6, 9, 3), shade, np.uint8))


@pytest.fixture
def folder(tmp_path):
    """Four pictures, and captions of six of which two are absent."""
    (tmp_path / "pictures").mkdir()
    for n in range(4):
        picture(40 * n).save(tmp_path / "pictures" / f"{n}.png")
    lines = [f"{n}.png#{k}\ta{k} b{n}" for n in range(6) for k in range(2)]
    (tmp_path / "captions.txt").write_text("\n".join(lines))
    return tmp_path


def data_of(folder, **options) -> CaptionData:
    given = {"data": str(folder / "pictures"), "captions": str(folder / "captions.txt"), "side": 8}
    return CaptionData(**given | {"valid_part": 0.25, "test_part": 0.25} | options)


def names(split) -> list[list[str]]:
    return [[name.removesuffix(".png") for name in part.names] for part in split]


def test_pictures_that_are_absent_are_counted_and_left_out(folder):
    split = open_captions(data_of(folder), SCRATCH, 0)
    assert names(split) == [["0", "1"], ["2"], ["3"]]
    assert split.train.captions == [["a0 b0", "a1 b0"], ["a0 b1", "a1 b1"]]
    (note,) = split.train.notes
    assert note.startswith("2 of 6 captioned pictures are not in ") and note.endswith("left out")
    source = split.train.open(1)
    assert isinstance(source, Pixels) and source.values.shape == (1, 8, 8, 3)
    assert source.mask.all() and (source.values == 40).all()
    assert split.train.open(1) is source


def test_pictures_that_are_absent_may_be_read_blind(folder):
    lists = {"test_names": str(folder / "test")}
    (folder / "test").write_text("3.png\n4.png\n")
    split = open_captions(data_of(folder, absent="blind", valid_part=0.0, **lists), SCRATCH, 0)
    assert names(split) == [["0", "1", "2", "5"], [], ["3"]]
    assert "they are read without one" in split.train.notes[0]
    assert [bool(split.train.open(n).mask.any()) for n in range(4)] == [True, True, True, False]
    model = network(Captions(WORDS, 8, 0))
    condition = model.condition(split.train.open(3))
    assert not condition.vector.any() and not condition.memory.mask.any()


def test_pictures_may_come_several_times_beside_sentences(folder):
    (folder / "two").write_text("2.png\n3.png\n")
    data = data_of(folder, absent="blind", test_names=str(folder / "two"), valid_part=0.0, repeat=3)
    train = open_captions(data, SCRATCH, 0).train
    assert sorted(train.names) == sorted(["0.png", "1.png"] * 3 + ["4.png", "5.png"])
    assert len(train.said) == 4
    with pytest.raises(InputError, match="repeat is for captions beside those without pictures"):
        data_of(folder, repeat=2)


def test_without_any_picture_sentences_are_learned_alone_or_it_is_an_error(folder):
    (folder / "none").mkdir()
    blind = data_of(folder, data=str(folder / "none"), absent="blind")
    split = open_captions(blind, SCRATCH, 0)
    assert [len(part) for part in split] == [2, 2, 2]
    assert not any(part.open(0).mask.any() for part in split)
    with pytest.raises(InputError, match=r"none of the 6 names .* the first is '0.png'"):
        open_captions(data_of(folder, data=str(folder / "none")), SCRATCH, 0)
    with pytest.raises(InputError, match="is not a folder of pictures"):
        open_captions(data_of(folder, data=str(folder / "captions.txt")), SCRATCH, 0)


def test_lists_of_names_divide_and_the_rest_is_learned(folder):
    (folder / "one").write_text("1.png\nnobody.png\n")
    (folder / "two").write_text("0.png\r\n2.png\r\n")
    (folder / "absent").write_text("5.png\n")
    (folder / "foreign").write_text("nobody.png\n")

    def opened(**lists):
        paths = {name: str(folder / path) for name, path in lists.items()}
        return names(open_captions(data_of(folder, **paths), SCRATCH, 0))

    assert opened(test_names="one") == [["0", "2"], ["3"], ["1"]]
    assert opened(valid_names="one", test_names="two") == [["3"], ["1"], ["0", "2"]]
    assert opened(train_names="two", test_names="one") == [["0", "2"], [], ["1"]]
    with pytest.raises(InputError, match="1.png is in two lists of names"):
        opened(train_names="one", test_names="one")
    with pytest.raises(InputError, match="foreign has no name that has a caption"):
        opened(train_names="foreign")
    with pytest.raises(InputError, match="no picture is left to learn from"):
        opened(train_names="absent", test_names="one")


def test_an_empty_caption_is_left_out_and_told(folder):
    lines = [f"0.png#{k}\t{'' if k == 2 else f'word{k}'}" for k in range(5)]
    (folder / "captions.txt").write_text("\n".join([*lines, "1.png#0\tb", "2.png#0\t "]))
    split = open_captions(data_of(folder, valid_part=0.0, test_part=0.5), SCRATCH, 0)
    assert split.train.captions == [["word0", "word1", "word3", "word4"]]
    assert "2 captions of" in split.train.notes[0] and "without a word" in split.train.notes[0]
    assert names(split) == [["0"], [], ["1"]]


@pytest.mark.parametrize("shape", [(C,), (3, C), (3, 2, C)])
def test_features_are_places_whatever_their_axes(folder, rng, shape):
    arrays = {f"{n}.png": rng.normal(size=shape).astype(np.float32) for n in range(4)}
    np.savez(folder / "f.npz", **arrays)
    data = data_of(folder, data=str(folder / "f.npz"))
    split = open_captions(data, GIVEN, 0)
    source = split.train.open(1)
    np.testing.assert_array_equal(source.values, arrays["1.png"].reshape(-1, C))
    assert form_of(data, GIVEN, split.train) == (0, C)
    blind = open_captions(data_of(folder, data=str(folder / "f.npz"), absent="blind"), GIVEN, 0)
    assert names(blind) == [["0", "1", "4", "5"], ["2"], ["3"]]


def test_features_may_be_those_of_an_onnx_network(folder):
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from core.test_onnx import MEAN, STD, W, convolution

    path = convolution(folder / "a.onnx")
    data = data_of(folder, onnx=str(path))
    split = open_captions(data, GIVEN, 0)
    expected = ((40 - np.array(MEAN)) / STD) @ W[:, :, 0, 0].T
    np.testing.assert_allclose(split.train.open(1).values, np.tile(expected, (64, 1)), rtol=1e-2)
    assert form_of(data, GIVEN, split.train) == (0, 4)
    wrong = convolution(folder / "b.onnx", ("n", 3, 7, 7))
    with pytest.raises(InputError, match=r"b.onnx: the network takes pictures of 7 rows"):
        open_captions(data_of(folder, onnx=str(wrong)), GIVEN, 0).train.open(0)
    squares = open_captions(data_of(folder, onnx=str(wrong), side=None), GIVEN, 0).train
    assert squares.size(0) == 7 * 7
    (folder / "c.onnx").write_text("no network")
    with pytest.raises(InputError, match=r"c.onnx: onnxruntime cannot open it"):
        open_captions(data_of(folder, onnx=str(folder / "c.onnx")), GIVEN, 0)


def test_the_frames_of_a_clip_are_looked_at_where_they_are_asked_for(folder):
    shades = [picture(shade) for shade in (0, 90, 180)]
    clip = folder / "pictures" / "0.png"
    clip.unlink()
    shades[0].save(clip, "GIF", save_all=True, append_images=shades[1:])
    (folder / "pictures" / "1.png").unlink()
    (folder / "pictures" / "1.png").mkdir()
    for n, shade in enumerate(shades):
        shade.save(folder / "pictures" / "1.png" / f"{n}.png")

    def shades_of(places, **options):
        split = open_captions(data_of(folder, **options), CaptionNetwork(**TINY, places=places), 0)
        return [split.train.open(n).values[:, 0, 0, 0].tolist() for n in range(2)]

    assert shades_of("frames") == [[0, 90, 180]] * 2
    assert shades_of("frames", frames=2) == [[0, 180]] * 2
    assert shades_of("regions") == [[0]] * 2


def test_captions_that_are_too_long_are_left_out_and_told(folder):
    split = open_captions(data_of(folder), SCRATCH, 0)
    codec = Captions.learn(["a0 b0 b1", "a1"], 8, 0, most=0, least_count=1)
    split.train.captions[0][1] = "a0 a0 a0"
    dataset = CaptionDataset(codec, split.train, 3)
    assert len(dataset) == 3 and "1 captions have more than 3 words" in dataset.report.text
    example = dataset[0]
    assert codec.decode(example.values) == "a0 b0" and example.source is split.train.open(0)
    assert dataset.sizes(0) == (3, 1)


# What is found in pictures.

CODEC = Captions(WORDS, 8, 0)
SEEN = Captions(WORDS, 0, C)


@pytest.fixture(scope="module")
def captioner() -> Captioner:
    return Captioner(network(SEEN), SEEN)


@pytest.fixture(scope="module")
def sources() -> list[Features]:
    rng = np.random.default_rng(5)
    return [Features.of(rng.normal(size=(s, C)).astype(np.float32)) for s in (4, 2, 3)]


def test_the_best_and_the_greedy_caption_are_those_of_enumeration(captioner, sources):
    longest, end = 3, SEEN.end

    def log_p(values):
        return float(captioner.read(sources[0], np.array(values)).log_probs.sum())

    others = [value for value in range(SEEN.size) if value not in (end, SEEN.unknown)]
    sentences = [
        (*words, end)
        for length in range(longest)
        for words in itertools.product(others, repeat=length)
    ]
    known = {sentence: log_p(sentence) for sentence in sentences}
    found = captioner.caption(sources[:1], SearchSettings(40, 0.0, longest=longest))[0]
    finished = [each for each in found if each.finished]
    ranked = sorted(known, key=known.__getitem__, reverse=True)
    assert [tuple(each.values.tolist()) for each in finished] == ranked[: len(finished)]
    assert len(finished) == len(sentences)
    for each in finished:
        assert each.log_prob == pytest.approx(known[tuple(each.values.tolist())], rel=1e-4)
        assert each.text == SEEN.decode(each.values)
    greedy: tuple[int, ...] = ()
    while end not in greedy and len(greedy) < longest:
        prefixes = [(*greedy, value) for value in (*others, end)]
        greedy = max(prefixes, key=log_p)
    (first,) = captioner.caption(sources[:1], SearchSettings(1, 0.0, longest=longest))[0]
    assert tuple(first.values.tolist()) == greedy and first.finished == (greedy[-1] == end)


def test_captions_of_many_are_those_of_each_alone(captioner, sources):
    searching = SearchSettings(3, 0.0, longest=4)
    together = captioner.caption(sources, searching)
    for source, found in zip(sources, together, strict=True):
        alone = captioner.caption([source], searching)[0]
        assert [each.text for each in found] == [each.text for each in alone]
        scores = [[each.log_prob for each in some] for some in (found, alone)]
        np.testing.assert_allclose(*scores, rtol=1e-4)


@pytest.mark.parametrize("look", ["regions", "hard", "adaptive"])
def test_what_was_read_of_each_place_is_at_most_all(look, sources):
    options = {"gate": look == "regions"}
    captioner = Captioner(network(SEEN, look=look, **options), SEEN)
    reading = captioner.read(sources[0], SEEN.encode("a b b"))
    assert reading.words == ["a", "b", "b", "(end)"] and reading.alpha.shape == (4, 4)
    assert (reading.alpha >= 0).all() and (reading.log_probs <= 0).all()
    total = reading.alpha.sum(1)
    if look == "hard":
        np.testing.assert_allclose(total, 1, rtol=1e-5)
    else:
        assert (total < 1).all()
    if look == "adaptive":
        np.testing.assert_allclose(total + reading.beta, 1, rtol=1e-5)
    else:
        assert reading.beta is None


@pytest.mark.parametrize("look", ["first-input", "first-state", "every-step"])
def test_a_model_may_be_told_by_a_vector_and_looks_nowhere(look, sources):
    captioner = Captioner(network(SEEN, look=look), SEEN)
    reading = captioner.read(sources[0], SEEN.encode("a b"))
    assert reading.alpha is None
    other = captioner.read(sources[1], SEEN.encode("a b"))
    assert not np.allclose(reading.log_probs, other.log_probs, rtol=1e-3)


def test_what_a_model_cannot_see_is_told(captioner, sources):
    wide = Features.of(np.ones((2, C + 2), np.float32))
    pixels = Pixels.of(np.zeros((1, 8, 8, 3), np.uint8))
    with pytest.raises(InputError, match="width of 7, where the model reads 5: make them with"):
        captioner.caption([sources[0], wide])
    with pytest.raises(InputError, match="was trained on features"):
        captioner.caption([pixels])
    seeing = Captioner(network(CODEC), CODEC)
    seeing.check(pixels)
    with pytest.raises(InputError, match="where the model reads 4: give it pictures"):
        seeing.check(wide)


# What a training begins with.

MOMENT = {"steps": 2, "lanes": 2, "averaging": 0.0, "evaluations": 1, "processes": 1}


def run(folder, name, earlier=None, **options):
    """A training of a moment."""
    data = {"data": str(folder / "pictures"), "captions": str(folder / "captions.txt"), "side": 8}
    config = change(recipe("captions").Config(), {**TINY, **MOMENT, **data, **options})
    events = list(start(Run(folder / name, "captions", config, earlier)))
    return next(event for event in events if isinstance(event, Saved)).path


def test_a_model_that_learned_sentences_alone_goes_on_with_pictures(folder):
    (folder / "none").mkdir()
    alone = {"data": str(folder / "none"), "absent": "blind"}
    blind = run(folder, "blind", side=16, **alone)
    first = load(blind)
    assert first.codec.side == 16 and first.facts["captions"] == "captions.txt"
    told = load(run(folder, "told", str(blind), rate=1e-9))
    # It learned as good as nothing, so it is the other; the pictures are those of its own options.
    assert told.codec.side == 8 and told.codec.words == first.codec.words
    for ours, theirs in zip(*map(jax.tree.leaves, (told.model, first.model)), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    with pytest.raises(InputError, match="has another network"):
        run(folder, "other", str(blind), hidden=5)


def test_a_model_is_saved_where_nothing_is_left_to_measure_it_on(folder):
    saved = load(run(folder, "whole", valid_part=0.0, test_part=0.0))
    assert saved.facts["captions"] == "captions.txt" and "test_exact" not in saved.facts


def test_every_objective_is_built(folder):
    system = recipe("captions")
    task, given = system.task.load(), data_of(folder)
    named = {"data": given.data, "captions": given.captions, "side": 8, **TINY}
    kinds = {
        "teacher-forcing": "TeacherForcing",
        "scheduled-sampling": "ScheduledSampling",
        "always-own": "ScheduledSampling",
        "self-critical": "SelfCritical",
    }
    for name, kind in kinds.items():
        config = change(system.Config(), {**named, "objective": name, "share": 1.0})
        built = task.open(config).objective(config.training)
        assert type(built).__name__ == kind
    assert isinstance(built, SelfCritical) and type(built.reward).__name__ == "CIDErD"
    config = change(system.Config(), {**named, "objective": "self-critical", "reward": "bleu"})
    assert type(task.open(config).objective(config.training).reward).__name__ == "SentenceBLEU"
    config = change(system.Config(), {**named, "look": "hard"})
    assert type(task.open(config).objective(config.training)).__name__ == "ReinforceAttention"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"fine_tune": True}, "fine-tune is for the encoder efficientnet"),
        ({"motion": True, "encoder": "efficientnet"}, "motion is for the encoder scratch"),
        ({"captions": "c.txt"}, "scenes are made with their captions"),
        ({"data": "pictures"}, "has no captions of its own"),
        ({"side": 7}, "a side of 7 pixels"),
        ({"encoder": "features"}, "use both"),
        ({"data": "f.npz", "captions": "c.txt"}, "use both"),
        ({"look": "hard", "objective": "self-critical"}, "teacher-forcing only"),
        ({"look": "first-state", "share": 1.0}, "a penalty on soft attention"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told(options, said):
    with pytest.raises(InputError, match=said):
        change(recipe("captions").Config(), options)


@pytest.mark.parametrize(
    "options",
    [
        {"look": "adaptive", "layers": 2, "cell": "gru"},
        {"look": "regions", "gate": False, "layers": 2},
        {"look": "first-input", "cell": "gru"},
        {"look": "hard", "cell": "gru"},
        {"look": "every-step", "layers": 2, "dropout": 0.2},
        {"places": "frames"},
    ],
    ids=str,
)
def test_other_shapes_predict(options, rng):
    model = network(CODEC, **options)
    source = Pixels.of(rng.integers(0, 256, (2, 8, 8, 3), np.uint8))
    values = jnp.asarray(CODEC.encode("a b"))
    for key in (None, jax.random.key(0)):
        condition = model.condition(source, key=key)
        read = model.unroll(values, model.start(condition, key=key), condition)
        total = jnp.exp(read.distribution.log_probs()).sum(-1)
        np.testing.assert_allclose(total, 1, rtol=1e-5)

"""Captions from the command line: pictures in, sentences, a page and a picture out."""

import json
import re
from pathlib import Path

import jax
import numpy as np
import pytest
from cli.test_main import told
from PIL import Image

from reverie.cli import main
from reverie.codecs.captions import Captions
from reverie.codecs.words import Words
from reverie.inspection.saving import save_figure
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import save
from reverie.tasks.captions import data as opened
from reverie.tasks.captions.generate import Caption, CaptionTrace
from reverie.tasks.captions.overlay import attention_picture
from reverie.tasks.captions.scenes import SIDE, make_pictures
from reverie.tasks.captions.sheet import DARK, LONGEST, Told, board, contact_sheet, heat_maps

WORDS = Words.learn(['a red blue thing above left of < & "\n'])
TINY = {
    "channels": 2,
    "halvings": 2,
    "hidden": 4,
    "width": 3,
    "embedding": 4,
    "dropout": 0.0,
    "scenes": 10,
}
UNFINISHED = " (not finished)"
SHORT = ["--longest", "4", "--beam", "2"]


@pytest.fixture(scope="module")
def model_of(tmp_path_factory):
    """Writes an untrained model with strong opinions."""
    folder = tmp_path_factory.mktemp("models")

    def write(name, codec, **options):
        path = folder / f"{name}.reverie"
        if not path.exists():
            system = recipe("captions")
            config = change(system.Config(), TINY | options)
            model = system.build(config, codec, rng=np.random.default_rng(0))
            model = jax.tree.map(lambda a: 4 * a, model)
            save(path, model, recipe="captions", config=config, codec=codec)
        return str(path)

    return write


@pytest.fixture
def model(model_of) -> str:
    """A model of scenes."""
    return model_of("scenes", Captions(WORDS, SIDE, 0))


@pytest.fixture
def photo() -> str:
    noise().save("photo.png")
    return "photo.png"


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 50, 3), np.uint8))


def rows(capsys) -> list[list[str]]:
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_a_picture_and_a_scene_get_their_captions(model, photo, capsys):
    assert main(["caption", photo, "--scene", "3", "--model", model, *SHORT]) == 0
    said = capsys.readouterr()
    (scene,) = make_pictures(1, 1, seen=False, first=3)
    assert said.err == f"scene 3: made as: {scene.caption}\n"
    (one, p, text), (other, *_) = [line.split("\t") for line in said.out.splitlines()]
    assert (one, other) == ("scene 3", photo) and float(p) < 0
    assert 0 < len(text.removesuffix(UNFINISHED).split()) <= 4
    assert main(["caption", photo, "--model", model, *SHORT, "--nbest", "2"]) == 0
    best = rows(capsys)
    assert [row[0] for row in best] == [photo] * 2 and float(best[0][1]) >= float(best[1][1])
    assert best[0][2] != best[1][2]


def test_what_is_animated_gives_its_first_frame_or_is_a_clip(model, model_of, capsys):
    first = noise()
    others = [Image.new("RGB", first.size, (80 * n, 0, 0)) for n in range(3)]
    first.save("clip.gif", save_all=True, append_images=others)
    assert main(["caption", "clip.gif", "--model", model, *SHORT]) == 0
    assert capsys.readouterr().err == "clip.gif: its first of 4 frames is used\n"
    clips = model_of("clips", Captions(WORDS, 16, 0), places="frames", data="clips", frames=3)
    assert main(["caption", "clip.gif", "--scene", "1", "--model", clips, *SHORT]) == 0
    said = capsys.readouterr()
    assert "clip.gif: 3 of its 4 frames are used" in said.err and " moves " in said.err
    assert said.out.count("\n") == 2
    assert main(["caption", "clip.gif", "--model", clips, *SHORT, "--page", "clip.html"]) == 0
    (maps,) = told_of("clip.html")
    # Three frames lie in two rows of two, one of which is empty.
    assert (maps["rows"], maps["columns"], maps["smooth"]) == (2, 2, False)
    assert all(row[3] == 0 and max(row) == 100 for row in maps["maps"])


def test_the_places_of_frames_lie_where_the_frames_do():
    alpha = np.arange(12.0).reshape(1, 12)
    pixels = np.zeros((3, 8, 8, 3), np.uint8)
    told = sheet(pixels, words=("one",), places=12)
    heat = heat_maps(told._replace(reading=told.reading._replace(alpha=alpha)))
    expected = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 0, 0], [10, 11, 0, 0]]
    np.testing.assert_allclose(heat[0] * 11, expected)


def told_of(path) -> list:
    """What the script of a page is given."""
    page = Path(path).read_text(encoding="utf-8")
    return json.loads(re.search(r"const told = (\[.*\])", page)[1])


def test_a_page_shows_pictures_words_and_where_they_looked(model, photo, capsys):
    noise().save("a&'<b>.png")
    argv = ["caption", photo, "a&'<b>.png", "--scene", "1", "--model", model]
    assert main([*argv, *SHORT, "--nbest", "2", "--page", "out.html"]) == 0
    page = Path("out.html").read_text(encoding="utf-8")
    assert page.count("<figure ") == page.count("<img") == 3
    assert "<b>.png" not in page and "a&amp;&#x27;&lt;b&gt;.png" in page
    # Nothing is fetched: every address is the picture itself.
    sources = re.findall('src="([^"]*)', page)
    assert all(source.startswith("data:image/") for source in sources) and len(sources) == 3
    assert not re.search("http|href|@import|url|<link|fetch", re.sub('src="[^"]*', "", page))
    told = told_of("out.html")
    assert [each["rows"] * each["columns"] for each in told] == [(SIDE // 4) ** 2] * 3
    texts = [text for _, _, text in rows(capsys)][::2]
    for each, text in zip(told, texts, strict=True):
        words = text.removesuffix(UNFINISHED).split()
        assert len(each["maps"]) == len(words) + (not text.endswith(UNFINISHED))
        assert all(max(row) == 100 and min(row) >= 0 for row in each["maps"])


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_of_where_each_word_looked(model, photo, kind, capsys):
    path = f"out.{kind}"
    assert main(["caption", photo, "--model", model, *SHORT, "--attention", path]) == 0
    if kind == "png":
        with Image.open(path) as drawn:
            assert drawn.size[0] > 300
    else:
        assert "<svg" in Path(path).read_text()


def reading(words, places) -> CaptionTrace:
    alpha = np.random.default_rng(0).dirichlet(np.ones(places), len(words))
    return CaptionTrace(words, np.log(np.full(len(words), 0.5)), alpha, None)


def sheet(pixels, words=("a", "thing"), places=4) -> Told:
    caption = Caption(" ".join(words), -1.0, -1.0, True, np.zeros(2, int))
    return Told("x", board(pixels), len(pixels), [caption], reading(list(words), places))


@pytest.mark.parametrize(
    ("size", "expected"),
    [((30, 50), (30, 50)), ((1000, 500), (LONGEST, LONGEST // 2)), ((10, 20000), (1, LONGEST))],
)
def test_pictures_keep_the_ratio_of_their_sides(size, expected):
    told = sheet(np.zeros((1, *size, 3), np.uint8))
    assert told.board.shape == (*expected, 3)
    axes = attention_picture(told).axes
    assert len(axes) == 3
    width, height = axes[0].figure.get_size_inches()
    box = axes[1].get_position()
    if min(size) / max(size) > 0.1:
        ratio = box.width * width / (box.height * height)
        assert ratio == pytest.approx(size[1] / size[0], rel=0.01)
    # What darkens lies exactly on what is darkened.
    extents = {tuple(image.get_extent()) for image in axes[1].images}
    assert len(axes[1].images) == 2 and len(extents) == 1


def test_frames_of_a_clip_lie_in_rows_in_their_order():
    frames = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((4, 6, 3), np.uint8)
    shown = board(frames)
    assert shown.shape == (2 * (4 + 2), 3 * (6 + 2), 3)
    assert shown[1::6, 1::8, 0].tolist() == [[0, 1, 2], [3, 4, DARK]]
    assert (shown[::6] == DARK).all() and (shown[:, ::8] == DARK).all()
    told = sheet(frames, places=5)
    heat = heat_maps(told)
    assert heat.shape == (2, 2, 3) and not heat[:, 1, 2].any()
    alpha = told.reading.alpha
    np.testing.assert_allclose(heat.reshape(2, -1)[:, :5], alpha / alpha.max(1, keepdims=True))


def test_words_that_mean_something_to_a_page_or_to_a_title_are_words(tmp_path):
    words = ("</script>", "$x", "$\\frac$", "w" * 60)
    told = sheet(np.zeros((1, 9, 9, 3), np.uint8), words)
    assert contact_sheet([told]).count("</script>") == 1
    figure = attention_picture(told)
    save_figure(figure, tmp_path / "a.png")
    assert max(len(axes.get_title()) for axes in figure.axes) < 30


def test_places_in_no_square_are_not_drawn():
    told = sheet(np.zeros((1, 9, 9, 3), np.uint8), places=6)
    assert "const told = [null]" in contact_sheet([told])
    with pytest.raises(ValueError, match="6 places are in no square"):
        attention_picture(told)


def test_a_model_is_measured_and_what_it_said_can_be_scored(model, monkeypatch, capsys):
    monkeypatch.setattr(opened, "HELD_OUT", 6)
    assert main(["evaluate", model, "--most", "4", "--output", "said.txt", "--beam", "2"]) == 0
    measured = capsys.readouterr().out.splitlines()
    said = [line.split("\t") for line in Path("said.txt").read_text().splitlines()]
    assert [name for name, _ in said] == [f"scenes-{n}" for n in range(4)]
    truth = [scene.caption for scene in make_pictures(4, 1, seen=False)]
    lines = [f"scenes-{n}#0\t{caption}\n" for n, caption in enumerate(truth)]
    Path("truth.txt").write_text("".join(lines))
    assert main(["score", "said.txt", "truth.txt"]) == 0
    scored = capsys.readouterr().out.splitlines()
    for name in ("BLEU-1", "ROUGE-L", "CIDEr-D"):
        ours, theirs = (
            next(line for line in some if line.startswith(name)).split()[1]
            for some in (measured, scored)
        )
        assert ours == theirs
    assert any("perplexity" in line for line in measured)


def test_features_are_captioned_by_the_model_that_learned_from_them(model_of, model, photo, capsys):
    learned = {"encoder": "features", "data": "f.npz", "captions": "c.txt"}
    given = model_of("features", Captions(WORDS, 0, 5), **learned)
    rng = np.random.default_rng(0)
    np.savez("f.npz", one=rng.normal(size=(4, 5)), two=rng.normal(size=5))
    np.savez("wide.npz", one=rng.normal(size=(4, 6)))
    assert main(["caption", "f.npz", "--model", given, *SHORT]) == 0
    assert [row[0] for row in rows(capsys)] == ["one", "two"]
    for argv, said in (
        (["wide.npz", "--model", given], "width of 6, where the model reads 5: make them with"),
        (["f.npz", "--model", model], "width of 5, where the model reads 4: give it pictures"),
        ([photo, "--model", given], "photo.png: this model was trained on features"),
        (["f.npz", "--model", given, "--page", "a.html"], "no picture that could be shown"),
    ):
        assert main(["caption", *argv, *SHORT]) == 2
        assert said in told(capsys)


def test_features_are_made_by_the_network_that_is_named(model_of, photo, capsys):
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from core.test_onnx import convolution

    convolution(Path("net.onnx"))
    learned = {"encoder": "features", "data": "p", "captions": "c.txt", "onnx": "o", "side": 8}
    given = model_of("onnx", Captions(WORDS, 0, 4), **learned)
    argv = ["caption", photo, "--scene", "1", "--model", given, *SHORT]
    assert main([*argv, "--onnx", "net.onnx", "--page", "a.html"]) == 0
    assert told_of("a.html")[1]["rows"] == 8
    capsys.readouterr()
    for name, said in (("photo.png", "cannot open it"), ("none.onnx", "No such file")):
        assert main([*argv, "--onnx", name]) == 2
        assert said in told(capsys)


def test_bad_input_is_told(model, model_of, photo, tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("a text")
    (tmp_path / "empty").mkdir()
    noise().save("whole.jpg")
    (tmp_path / "half.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:700])
    blind = model_of("vector", Captions(WORDS, 8, 0), look="first-state")
    use = ["--model", model, *SHORT]
    for argv, said in (
        (["text.jpg", *use], "text.jpg: the file is no picture that can be read"),
        (["half.jpg", *use], "half.jpg: it is a damaged picture"),
        (["empty", *use], "has no pictures in it"),
        (["none.png", *use], "cannot read none.png"),
        (["whole.npz", *use], "whole.npz"),
        ([*use], "name a picture, or let one be made"),
        ([photo, *use, "--nbest", "3"], "raise --beam"),
        ([photo, *use, "--beam", "0"], "beam must be 1 or more"),
        ([photo, *use, "--beam", "2000000000"], "this machine has"),
        (["--scene", "-1", *use], "scene must be 0 or more"),
        ([photo, *use, "--page", "out.txt"], "end it in .html"),
        ([photo, *use, "--page", "nowhere/out.html"], None),
        ([photo, *use, "--attention", "out.gif"], "must end in .png or .svg"),
        ([photo, photo, *use, "--attention", "out.png"], "name one picture"),
        ([photo, "--model", blind, *SHORT, "--attention", "a.png"], "has no attention"),
        ([photo, "--model", "none.reverie"], "none.reverie"),
    ):
        capsys.readouterr()
        assert main(["caption", *argv]) == 2
        assert said is None or said in told(capsys)
    assert "cannot write" in main_says(["caption", photo, *use, "--page", "nowhere/o.html"], capsys)
    assert not list(tmp_path.glob("**/*.part")) and not (tmp_path / "nowhere").exists()
    # A model that looks nowhere has a page without maps.
    argv = ["caption", photo, "--model", blind, *SHORT, "--page", "blind.html"]
    assert main(argv) == 0 and told_of("blind.html") == [None]


def test_one_damaged_picture_does_not_cost_the_captions_of_the_others(model, photo, capsys):
    Path("text.jpg").write_text("a text")
    argv = ["caption", "text.jpg", photo, "none.png", "--model", model, *SHORT]
    assert main([*argv, "--page", "out.html"]) == 2
    said = capsys.readouterr()
    assert [line.split("\t")[0] for line in said.out.splitlines()] == [photo]
    assert "text.jpg: the file is no picture" in said.err and "cannot read none.png" in said.err
    assert "reverie: pictures without a caption: 2; see above why" in said.err
    assert len(told_of("out.html")) == 1


def main_says(argv, capsys) -> str:
    capsys.readouterr()
    assert main(argv) == 2
    return told(capsys)

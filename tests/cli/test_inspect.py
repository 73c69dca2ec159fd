"""Looking inside from the command line: pages, pictures, traces, and all that can be wrong."""

import subprocess
import sys

import numpy as np
import pytest
from cli.conftest import SONG
from cli.test_main import told
from cli.test_write import SMALL, saved

from reverie.cli import main
from reverie.inspection import saving

PICTURES = ["heatmap", "saturation", "surprise"]


@pytest.fixture
def inspect(model_file):
    """The status of `reverie inspect`."""
    return lambda *argv: main(["inspect", str(model_file), *argv])


def test_a_page_of_a_text(inspect, tmp_path, capsys):
    assert inspect("--text", "row your boat\n") == 0
    assert "page.html: 14 symbols, " in capsys.readouterr().err
    whole = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert whole.startswith("<!DOCTYPE html>") and "row your boat\n" in whole


def test_a_page_and_a_trace_of_a_file(inspect, tmp_path):
    (tmp_path / "song.txt").write_text(SONG)
    assert inspect("--file", "song.txt", "-o", "song.html", "--save", "song.npz") == 0
    assert "gently down the stream" in (tmp_path / "song.html").read_text(encoding="utf-8")
    with np.load(tmp_path / "song.npz", allow_pickle=False) as trace:
        assert trace["losses"].shape == (len(SONG),)
        assert any(name.startswith("gates.") for name in trace)
    assert sorted(path.name for path in tmp_path.glob("song*")) == [
        "song.html",
        "song.npz",
        "song.txt",
    ]


@pytest.mark.parametrize("plot", PICTURES)
def test_each_picture_is_drawn(inspect, plot, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(saving, "DOTS", 40)
    assert inspect("--text", SONG, "--plot", plot) == 0
    said = capsys.readouterr().err
    assert f"{plot}.png: " in said and f"{len(SONG)} symbols, " in said
    assert inspect("--text", SONG[:8], "--plot", plot, "-o", "a.svg") == 0
    assert (tmp_path / f"{plot}.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.svg").read_bytes().startswith(b"<?xml")


def test_the_numbers_of_a_picture_are_told(inspect, song, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(saving, "DOTS", 40)
    assert inspect("--text", SONG, "--plot", "heatmap", "--array", "f", "--save", "a.npz") == 0
    assert "heatmap.png: f, 8 units; 47 symbols" in capsys.readouterr().err
    assert (tmp_path / "a.npz").exists()
    assert inspect("--text", SONG, "--plot", "saturation") == 0
    assert "saturation.png: i, f, z, o; 47 symbols" in capsys.readouterr().err
    assert inspect("--text", "row", "--plot", "surprise") == 0
    assert capsys.readouterr().err.endswith(" bits each\n")
    assert inspect("--file", str(song), "--plot", "surprise") == 0
    said = capsys.readouterr().err
    assert "2,820 symbols, " in said and "bits by symbols of context, 0: " in said
    assert ", 100: " in said and "(16 windows of 176)" in said


def test_unknown_symbols_are_told_or_replaced(inspect, tmp_path, capsys):
    assert inspect("--text", "row é") == 2
    assert "LATIN SMALL LETTER E WITH ACUTE" in told(capsys)
    assert not (tmp_path / "page.html").exists()
    assert inspect("--text", "row é", "--unknown", "skip") == 0


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "either with --text or with --file"),
        (["--text", "a", "--file", "b"], "either with --text or with --file"),
        (["--file", "nowhere.txt"], "no file or folder 'nowhere.txt'"),
        (["--text", ""], "the text is empty"),
        (["--text", "r" * 20_001], "20,001 symbols, more than 20,000"),
        (["--text", "r", "--save", "trace.csv"], "an .npz and not 'trace.csv'"),
        (["--text", "row", "-o", "no/folder/page.html"], "cannot write"),
        (["--text", "r", "--unknown", "ignore"], "unknown must be one of error, skip, replace"),
        (["--text", "r", "--label", "mood=good"], "label is not an option for this kind of model"),
        (["--text", "r", "--plot", "heat"], "plot must be one of page, heatmap, saturation, sur"),
        (["--text", "r", "--plot", "heatmap", "-o", "a.gif"], "must end in .png or .svg"),
        (["--text", "r", "-o", "a.png"], "choose the kind of picture with --plot for 'a.png'"),
        (["--text", "r", "--array", "c"], "the page does not use array"),
        (["--text", "r", "--array", "c", "--plot", "saturation"], "does not use array"),
        (["--text", "r", "--save", "a.npz", "--plot", "surprise"], "does not use save"),
        (["--text", "r", "--plot", "heatmap", "--array", "g"], "this model has h, c, i, f, z, o"),
        (["--text", "r" * 2001, "--plot", "heatmap"], "2,001 symbols, more than 2,000"),
        (["--text", "r" * 20_001, "--plot", "saturation"], "more than 20,000"),
        (["--text", "", "--plot", "surprise"], "the text is empty"),
        (["--text", "r", "--plot", "surprise", "-o", "no/folder/a.png"], "cannot write"),
    ],
)
def test_bad_input_is_told(inspect, argv, said, capsys, tmp_path):
    assert inspect(*argv) == 2
    assert said in told(capsys)
    assert not list(tmp_path.glob("*.*"))


def test_a_model_without_gates_is_told(tmp_path, capsys):
    elman = saved(tmp_path, "characters", {"hidden": 4, "cell": "elman"})
    assert main(["inspect", elman, "--text", "abc", "--plot", "saturation", "--save", "a.npz"]) == 2
    assert "this model has no gates" in told(capsys)
    assert not (tmp_path / "a.npz").exists()


def test_a_model_of_labelled_texts_is_told_the_labels(tmp_path, capsys):
    model = saved(tmp_path, "reviews", {"hidden": 4})
    argv = ["inspect", model, "--text", "abacabad"]
    labels = ["--label", "genre=comedies", "--label", "stars=4"]
    assert main([*argv, *labels]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "abacabad" in page and '"end of text"' in page
    said = capsys.readouterr().err
    assert main([*argv, "--label", "genre=tragedies", "--label", "stars=1"]) == 0
    other = capsys.readouterr().err
    assert "8 symbols, " in said and said != other
    assert main([*argv, *labels, "--plot", "surprise"]) == 0
    assert capsys.readouterr().err.split(": ")[1] == said.split(": ")[1]
    for wrong, sentence in (
        ([], "the label genre is missing"),
        (["--label", "genre=farces", "--label", "stars=1"], "one of comedies, tragedies"),
        ([*labels, "--label", "mood=good"], "no label 'mood'"),
    ):
        assert main([*argv, *wrong]) == 2
        assert sentence in told(capsys)


@pytest.mark.parametrize(
    ("package", "module"), [("matplotlib", "figure"), ("scipy", "cluster.hierarchy")]
)
def test_a_missing_extra_is_told(inspect, package, module, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, f"{package}.{module}", None)
    assert inspect("--text", "row", "--plot", "heatmap") == 2
    said = f"the package {package!r}, which is not installed: run pip install 'reverie[pictures]'"
    assert said in told(capsys)


def test_a_model_of_another_kind_is_told(tmp_path, capsys):
    hand = saved(tmp_path, "handwriting", SMALL | {"gaussians": 2})
    assert main(["inspect", hand, "--text", "abc"]) == 2
    assert "it is for reverie write" in told(capsys)
    assert main(["inspect", "none.reverie", "--text", "abc"]) == 2
    assert "no model file 'none.reverie'" in told(capsys)


def test_nothing_heavy_is_imported_to_refuse():
    code = (
        "import sys; from reverie.cli import main\n"
        "assert main(['inspect']) == 2\n"
        "assert main(['inspect', '--text', 'a', '--save', 'a.gif']) == 2\n"
        "assert main(['inspect', '--text', 'a', '--plot', 'heatmap', '-o', 'a.gif']) == 2\n"
        "assert not {'jax', 'numpy', 'matplotlib'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

"""Looking inside from the command line: pages, traces, and all that can be wrong."""

import subprocess
import sys

import numpy as np
import pytest
from cli.conftest import SONG
from cli.test_main import told
from cli.test_write import SMALL, saved

from reverie.cli import main


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
        (["--text", ""], "nothing to read"),
        (["--text", "r" * 20_001], "20,001 symbols, 20,000 are the most"),
        (["--text", "r", "--save", "trace.csv"], "an .npz and not 'trace.csv'"),
        (["--text", "row", "-o", "no/folder/page.html"], "cannot write"),
        (["--text", "r", "--unknown", "ignore"], "unknown must be one of error, skip, replace"),
    ],
)
def test_bad_input_is_told(inspect, argv, said, capsys):
    assert inspect(*argv) == 2
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
        "assert not {'jax', 'numpy'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

"""Gradients through time from the command line: models that are there, and ones to be trained."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from cli.test_main import told
from cli.test_write import SMALL, saved

from reverie.cli import main

FEW = ["--distance", "3", "--stretches", "2"]


def test_models_side_by_side(model_file, song, tmp_path, capsys):
    shutil.copy(model_file, tmp_path / "other.reverie")
    models = [str(model_file), "other.reverie"]
    asked = ["--file", str(song), *FEW, "-o", "two.svg", "--save", "two.npz"]
    assert main(["gradients", *models, *asked]) == 0
    said = capsys.readouterr()
    assert "two.svg: song, other" in said.err
    assert said.out.count("state, before") == 2 and "k = 3" in said.out and "k = 10" not in said.out
    assert (tmp_path / "two.svg").read_text().startswith("<?xml")
    with np.load(tmp_path / "two.npz", allow_pickle=False) as numbers:
        assert numbers["song.after.state"].shape == (2, 3)
        assert numbers["other.before.eigenvalues.f"].shape == (8,)
        # The model was never trained: it is what it was.
        np.testing.assert_array_equal(numbers["song.before.input"], numbers["song.after.input"])


def test_cells_are_trained_once_and_kept(song, tmp_path, capsys):
    asked = ["--file", str(song), "--cells", "elman", "--hidden", "8", "--steps", "2", *FEW]
    assert main(["gradients", *asked]) == 0
    assert "elman " in capsys.readouterr().out
    (kept,) = tmp_path.glob("runs/gradients/*/model.reverie")
    assert kept.parent.name == "elman-8-2"
    before = kept.stat().st_mtime_ns
    assert main(["gradients", *asked]) == 0
    assert kept.stat().st_mtime_ns == before
    kept.unlink()  # as if its training had been interrupted
    assert main(["gradients", *asked]) == 0
    assert kept.exists() and (tmp_path / "gradients.png").stat().st_size > 10_000
    (tmp_path / "other.txt").write_text("another text")
    capsys.readouterr()
    assert main(["gradients", *asked, "--file", "other.txt"]) == 2
    assert "keep these elsewhere, with --runs" in told(capsys)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--out", "a.gif"], "must end in .png or .svg"),
        (["--save", "a.csv"], "go to an .npz and not 'a.csv'"),
        (["--cells", "lstm,grue"], "did you mean gru"),
        (["--cells", ","], "name a cell or more"),
        (["a.reverie", "--hidden", "4"], "hidden is for models to train"),
        (["a.reverie", "b/a.reverie"], "two of the models have the same name"),
        ([f"{n}.reverie" for n in range(7)], "6 models at most"),
        (["none.reverie", "--file", "none.txt"], "no file or folder 'none.txt'"),
        (["--distance", "0"], "distance must be 1 or more"),
    ],
)
def test_bad_input_is_told(argv, said, capsys):
    assert main(["gradients", *argv]) == 2
    assert said in told(capsys)


def test_a_text_that_is_too_short_or_a_model_of_another_kind(model_file, tmp_path, capsys):
    (tmp_path / "short.txt").write_text("row your boat")
    assert main(["gradients", str(model_file), "--file", "short.txt"]) == 2
    assert "need a text of 202 symbols, this has 13" in told(capsys)
    hand = saved(tmp_path, "handwriting", SMALL | {"gaussians": 2})
    assert main(["gradients", hand, "--file", "short.txt"]) == 2
    assert "it is for reverie write" in told(capsys)
    assert not (tmp_path / "gradients.png").exists()


def test_nothing_heavy_is_imported_to_refuse():
    code = (
        "import sys; from reverie.cli import main\n"
        "assert main(['gradients', '--out', 'a.gif']) == 2\n"
        "assert main(['gradients', '--cells', 'none']) == 2\n"
        "assert not {'jax', 'numpy'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

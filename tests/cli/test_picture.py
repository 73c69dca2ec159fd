"""Pictures: each kind in both formats, the same again by its seed, and all that can be wrong."""

import subprocess
import sys

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from cli.test_main import told
from cli.test_write import SMALL, saved

from reverie.cli import main
from reverie.codecs.ink import Ink
from reverie.formats.ink_files import write_ink
from reverie.inspection import saving
from reverie.tasks.handwriting import picture

KINDS = {
    "density": ["--trace", "line.json"],
    "weights": ["--trace", "line.json", "--bias", "1"],
    "window": ["bed"],
    "biases": ["bed"],
    "samples": ["--data", "lines", "--count", "2"],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """An untrained model that writes, whose window moves."""

    def moving(model):
        b = model.core.window.linear.b
        return eqx.tree_at(lambda m: m.core.window.linear.b, model, b.at[4:].set(jnp.log(0.3)))

    return saved(tmp_path_factory.mktemp("hand"), "handwriting", SMALL | {"gaussians": 2}, moving)


@pytest.fixture
def pictured(model, tmp_path, monkeypatch, capsys):
    """The status of `reverie picture`, among some lines of ink."""
    monkeypatch.setattr(picture, "BIASES", (0.0, 5.0))
    monkeypatch.setattr(saving, "DOTS", 40)
    (tmp_path / "lines").mkdir()
    for name, text in {"line": "face", "lines/a": "cab", "lines/b": "dad", "lines/c": "x"}.items():
        points = np.cumsum(np.random.default_rng(1).normal((8, 0), 25, (20, 2)), axis=0)
        dot = np.array([[90.0, -40.0]])
        write_ink(Ink((points[:12], dot, points[12:]), text), tmp_path / f"{name}.json")
    return lambda *argv: main(["picture", *argv, "--model", model])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_drawn(pictured, kind, tmp_path):
    seed = [] if "--trace" in KINDS[kind] else ["--seed", "1"]
    for suffix, begin in {".png": b"\x89PNG", ".svg": b"<?xml"}.items():
        path = tmp_path / f"a{suffix}"
        assert pictured(kind, *KINDS[kind], *seed, "-o", str(path)) == 0
        assert path.read_bytes().startswith(begin)
        assert path.stat().st_size > 1000


def test_a_seed_draws_the_same_again(pictured, tmp_path, capsys):
    assert pictured("window", "bed", "-o", "a.svg") == 0
    seed = capsys.readouterr().err.split("--seed ")[1].split()[0]
    assert pictured("window", "bed", "-o", "b.svg", "--seed", seed) == 0
    assert pictured("window", "bed", "-o", "c.svg", "--seed", str(int(seed) ^ 1)) == 0
    first, again, other = (tmp_path.joinpath(f"{n}.svg").read_bytes() for n in "abc")
    assert first == again != other


def test_words_are_no_formulas(pictured, tmp_path):
    """Dollars in the text of a line are not taken for mathematics."""
    from reverie.tasks.handwriting.rows import rows_picture

    ink = Ink((np.array([[0.0, 0.0], [30.0, 20.0]]),))
    saving.save_figure(rows_picture([[ink]], ["$ \\frac $"], ["$_"]), tmp_path / "a.svg")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["densty", "a", "-o", "a.png"], "no picture 'densty': did you mean density?"),
        (["density", "a"], "name the file of the picture with --out"),
        (["density", "a", "-o", "a.gif"], "must end in .png or .svg"),
        (["density", "-o", "a.png"], "give the text to write, or a line with --trace"),
        (["biases", " ", "-o", "a.png"], "give the text to write"),
        (["samples", "-o", "a.png"], "name these with --data"),
        (["samples", "a", "--data", "lines", "-o", "a.png"], "does not use text"),
        (["biases", "a", "--bias", "1", "-o", "a.png"], "does not use bias"),
        (["density", "a", "--bias", "-1", "-o", "a.png"], "bias must be 0 or more, not -1"),
        (["density", "--trace", "none.svg", "-o", "a.png"], "cannot read none.svg"),
        (["window", "az", "--seed", "1", "-o", "a.png"], "never seen 'z'"),
        (["window", "--trace", "lines/c.json", "-o", "a.png"], "never seen 'x'"),
        (["window", "a", "--seed", "1", "-o", "no/folder/a.png"], "cannot write"),
        (["samples", "--data", "none", "--seed", "1", "-o", "a.png"], "no file or folder 'none'"),
        (["samples", "--data", "lines/c.json", "--seed", "1", "-o", "a.png"], "no line of lines/c"),
    ],
)
def test_bad_input_is_told(pictured, argv, said, capsys):
    assert pictured(*argv) == 2
    assert said in told(capsys)


def test_nothing_heavy_is_imported_to_refuse():
    code = (
        "import sys; from reverie.cli import main\n"
        "assert main(['picture', 'density', '-o', 'a.png']) == 2\n"
        "assert main(['picture', 'biases', 'a', '-o', 'a.gif']) == 2\n"
        "assert not {'jax', 'numpy', 'matplotlib'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_missing_extra_is_told(pictured, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert pictured("weights", "--trace", "line.json", "-o", "a.png") == 2
    assert "pip install 'reverie[pictures]'" in told(capsys)

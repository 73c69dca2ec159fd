"""Commands of trained models: options come from the model's task, also of other packages."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from cli.test_main import told
from cli.test_write import SMALL, saved

from reverie import recipes
from reverie.cli import main
from reverie.cli.verbs import model_in, tasks_with, value_of
from reverie.codecs.characters import Characters
from reverie.loading import load
from reverie.settings import change
from reverie.storage import save

OPTIONS = """
from dataclasses import dataclass

from reverie.recipes import About, Recipe
from reverie.recipes.characters import Config
from reverie.settings import Options, option
from reverie.tasks.task import TaskSpec, Verb


@dataclass(frozen=True)
class TuneOptions(Options):
    beam: int = option(3, "width of the beam", least=1)


TUNES = TaskSpec(
    __package__,
    {"evaluate": Verb("Measure a tune.", "MODEL [options]", groups={"tunes": TuneOptions()})},
)
ABOUT = About("Tunes", "Learns tunes.", "none", "none", "none", "none")
RECIPE = Recipe(ABOUT, Config, TUNES)
"""
TASK = """
from reverie.tasks.task import Task
from reverie.tasks.text.task import TASK as TEXTS
from tunes.options import TuneOptions


class TuneTask(Task):
    def codec_from(self, description):
        return TEXTS.codec_from(description)

    def build(self, config, codec, *, rng):
        return TEXTS.build(config, codec, rng=rng)

    def open(self, config, codec=None):
        return TEXTS.open(config, codec)

    @property
    def verbs(self):
        return {"evaluate": evaluate}


def evaluate(loaded, given):
    yield f"a beam of {given.group(TuneOptions).beam}\\n"


TASK = TuneTask()
"""


@pytest.fixture
def tunes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model of a recipe that another package brings."""
    (tmp_path / "tunes").mkdir()
    for name, code in {"__init__": "", "options": OPTIONS, "task": TASK}.items():
        (tmp_path / "tunes" / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint("tunes", "tunes.options:RECIPE", recipes.GROUP)
    monkeypatch.setattr(recipes, "entry_points", lambda group: [point])
    system, codec = recipes.recipe("tunes"), Characters.learn(["la la"])
    config = change(system.Config(), {"hidden": 3})
    model = system.build(config, codec, rng=np.random.default_rng(0))
    save("tunes.reverie", model, recipe="tunes", config=config, codec=codec)
    yield "tunes.reverie"
    for module in [name for name in sys.modules if name.split(".")[0] == "tunes"]:
        del sys.modules[module]


def test_two_tasks_may_have_an_option_of_one_name(tunes, tmp_path, capsys):
    assert main(["evaluate", tunes]) == 0
    assert capsys.readouterr().out == "a beam of 3\n"
    assert main(["evaluate", "--beam", "7", tunes]) == 0
    assert capsys.readouterr().out == "a beam of 7\n"
    assert main(["evaluate", tunes, "--beam", "0"]) == 2
    assert "beam must be 1 or more" in told(capsys)
    pairs = saved(tmp_path, "translation", {"hidden": 4, "embedding": 3})
    (tmp_path / "pairs.tsv").write_text("abc\tcba\nbca\tacb\n")
    assert main(["evaluate", pairs, "pairs.tsv", "--beam", "2"]) == 0
    assert "BLEU" in capsys.readouterr().out


def test_a_recipe_of_another_package_is_found_by_its_name_only(tunes, capsys):
    assert "tunes" not in recipes.names() and load(tunes).recipe == "tunes"
    with pytest.raises(Exception, match="there is no recipe 'tune'"):
        recipes.recipe("tune")
    assert main(["sample", tunes]) == 2
    assert "is for reverie evaluate, not for reverie sample" in told(capsys)


def test_of_an_option_that_is_named_twice_the_last_value_holds():
    assert value_of(["--model", "a", "--model=b"], "--model") == "b"
    assert value_of(["--model=b", "x", "--model", "a"], "--model") == "a"
    assert value_of(["x"], "--model") is None


@pytest.mark.parametrize(
    ("recipe", "options", "own", "other"),
    [
        ("characters", {"hidden": 4}, "--lanes", "--by-position"),
        ("handwriting", SMALL | {"gaussians": 2}, "--rows", "--dynamic"),
    ],
)
def test_help_shows_the_options_of_the_model(recipe, options, own, other, tmp_path, capsys):
    model = saved(tmp_path, recipe, options)
    with pytest.raises(SystemExit):
        main(["evaluate", model, "--help"])
    said = capsys.readouterr().out
    assert own in said and other.strip("-") not in said
    for flag in (other, f"--no{other[1:]}"):
        assert main(["evaluate", model, flag]) == 2
        assert "is not an option for this kind of model" in told(capsys)


def test_help_without_a_model_says_that_others_have_others(capsys):
    with pytest.raises(SystemExit):
        main(["sample", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "--temperature" in said and "reverie sample MODEL --help lists those for another" in said
    with pytest.raises(SystemExit):
        main(["evaluate", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "dynamic" not in said and "reverie evaluate MODEL --help lists the options" in said


@pytest.mark.parametrize(
    ("argv", "model"),
    [
        (["a"], "a"),
        (["--length", "3", "a"], "a"),
        (["--length=3", "a", "b"], "a"),
        (["--greedy", "a"], "a"),
        (["-o", "x", "--no-greedy", "a"], "a"),
        (["--greedy", "--length", "3"], None),
        ([], None),
    ],
)
def test_the_model_is_found_before_the_options_are_known(argv, model):
    assert model_in(argv, [spec.verbs["sample"] for spec in tasks_with("sample")]) == model

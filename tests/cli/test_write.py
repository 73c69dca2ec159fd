"""Writing, scribbling and reading from the command line, and training for them."""

import json
import os
from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from cli.test_main import told
from recipes.small_codecs import medium_of

from reverie.cli import main
from reverie.codecs.characters import Characters
from reverie.codecs.ink import Ink
from reverie.files import number_path
from reverie.formats.ink_files import read_inks, write_ink
from reverie.loading import load
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import save
from reverie.tasks import task
from reverie.tasks.handwriting import styles
from reverie.tasks.transcription.generate import Recogniser
from reverie.tasks.transcription.options import READER

SMALL = {"hidden": 6, "layers": 1, "components": 2}


def saved(folder, name: str, options, mended=lambda model: model):
    system, codec = recipe(name), medium_of(name)
    config = change(system.Config(), options)
    model = mended(system.build(config, codec, rng=np.random.default_rng(0)))
    path = folder / f"{name}.reverie"
    save(path, model, recipe=name, config=config, codec=codec)
    return str(path)


@pytest.fixture(scope="module")
def hand(tmp_path_factory) -> str:
    """An untrained model of handwriting, whose window moves."""

    def moving(model):
        b = model.core.window.linear.b
        return eqx.tree_at(lambda m: m.core.window.linear.b, model, b.at[4:].set(jnp.log(0.3)))

    return saved(tmp_path_factory.mktemp("hand"), "handwriting", SMALL | {"gaussians": 2}, moving)


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> str:
    """An untrained model that reads."""
    return saved(tmp_path_factory.mktemp("reader"), "reading", {"hidden": 6, "layers": 1})


def write(hand, *argv: str) -> int:
    return main(["write", "--model", hand, "--seed", "1", "--candidates", "1", *argv])


def test_to_the_terminal_and_to_every_format(hand, tmp_path, capsys):
    assert write(hand, "abc") == 0
    shown = capsys.readouterr().out
    assert shown and all("\u2800" <= c <= "\u28ff" or c == "\n" for c in shown)
    for suffix in ("svg", "png", "gif", "gcode", "inkml", "json"):
        assert write(hand, "abc", "-o", f"abc.{suffix}") == 0
        assert (tmp_path / f"abc.{suffix}").stat().st_size > 50
    assert "abc.json: 1 line" in capsys.readouterr().err
    assert read_inks("abc.json")[0].text == "abc"
    assert write(hand, "abc", "-o", "moving.svg", "--animate") == 0
    assert "animate" in (tmp_path / "moving.svg").read_text()


def test_versions_pages_and_files(hand, tmp_path, capsys):
    (tmp_path / "text.txt").write_text("abc def\n\nfed cab\n" * 20)
    assert write(hand, "--file", "text.txt", "--count", "2", "-o", "page.json", "--wrap", "4") == 0
    names = sorted(p.name for p in tmp_path.glob("page*.json"))
    assert names[0] == "page-1-1.json" and names[-1].startswith("page-2-")
    assert number_path(tmp_path / "a.svg", None, None).name == "a.svg"
    first = read_inks("page-1-1.json")[0].text.splitlines()
    assert first[:4] == ["abc", "def", "fed", "cab"]


def test_a_style_is_a_trace_with_its_text(hand, tmp_path, capsys):
    assert write(hand, "abcdef", "-o", "mine.json") == 0
    capsys.readouterr()
    assert write(hand, "bad", "--style", "mine.json", "-o", "on.json") == 0
    assert write(hand, "bad", "-o", "free.json") == 0
    assert not np.array_equal(read_inks("on.json")[0].points, read_inks("free.json")[0].points)
    capsys.readouterr()
    assert write(hand, "bad", "--style", "mine.json", "--style-text", "abc " * 9) == 2
    assert "does not match its trace" in told(capsys).splitlines()[-1]


def test_unknown_and_rare_characters_are_named(hand, capsys):
    assert write(hand, "abç") == 2
    assert "never seen 'ç' (U+00E7" in told(capsys)
    assert write(hand, "abç", "--substitute") == 0
    assert "writing 'c' for 'ç'" in capsys.readouterr().err
    assert write(hand, "\N{GRINNING FACE}", "--substitute") == 2
    assert "write it in other letters" in told(capsys)


def test_pasted_text_is_written_as_its_letters(hand, capsys):
    assert write(hand, "ab\u00a0c", "-o", "pasted.json") == 0
    assert "plain spaces" in capsys.readouterr().err
    assert write(hand, "ab c", "-o", "plain.json") == 0
    assert np.array_equal(read_inks("pasted.json")[0].points, read_inks("plain.json")[0].points)
    capsys.readouterr()
    assert write(hand, "abe\u0301") == 2
    assert "never seen 'é' (U+00E9" in told(capsys)
    assert write(hand, "bad", "--style", "plain.json", "--style-text", "ab ç") == 2
    assert "text of the style has 'ç' (U+00E7" in told(capsys).splitlines()[-1]


def test_rare_characters_are_told(tmp_path, capsys):
    system, codec = recipe("handwriting"), medium_of("handwriting")
    rare = replace(codec, counts=(50, 3, 50, 50, 50, 50, 50))
    config = change(system.Config(), SMALL)
    model = system.build(config, rare, rng=np.random.default_rng(0))
    save("rare.reverie", model, recipe="handwriting", config=config, codec=rare)
    assert write("rare.reverie", "ab") == 0
    assert "only 3 times" in capsys.readouterr().err


def test_the_default_is_the_most_legible_of_four(hand, capsys):
    inks = {}
    for name, options in (("default", []), ("four", ["--candidates", "4"])):
        argv = ["write", "abc", "--model", hand, "--seed", "1", *options]
        assert main([*argv, "-o", f"{name}.json"]) == 0
        inks[name] = read_inks(f"{name}.json")[0]
    assert write(hand, "abc", "-o", "first.json") == 0
    inks["first"] = read_inks("first.json")[0]
    np.testing.assert_array_equal(inks["default"].points, inks["four"].points)
    loaded = load(READER.path())
    scores = Recogniser(loaded.model, loaded.codec).legibility([inks["default"], inks["first"]])
    assert scores[0] > scores[1]


def test_a_reader_judges_only_what_it_can_read(tmp_path, capsys):
    system, codec = recipe("handwriting"), medium_of("handwriting")
    greek = replace(codec, alphabet=Characters(" abcdeγ", " "))
    config = change(system.Config(), SMALL)
    model = system.build(config, greek, rng=np.random.default_rng(0))
    save("greek.reverie", model, recipe="handwriting", config=config, codec=greek)
    assert main(["write", "γ", "--model", "greek.reverie", "-o", "g.json"]) == 0
    assert "ranked by probability: the reader has never seen" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([""], "the text is empty"),
        (["  \n "], "the text is empty"),
        ([], "give the text to write"),
        (["a", "--file", "b"], "one of the two"),
        (["a", "--bias", "-1"], "bias must be 0 or more, not -1"),
        (["a", "--bias", "nan"], "bias must be a number, not 'nan'"),
        (["a", "--bias", "neat"], "bias must be a number, not 'neat'"),
        (["a", "-o", "a.jpg"], "the name must end in .svg"),
        (["a", "-o", "a.png", "--animate"], "cannot be animated"),
        (["a", "--animate"], "need a file"),
        (["a", "-o", "no/such/folder/a.svg"], "no/such/folder"),
        (["a", "--style", "none.json"], "cannot read none.json"),
        (["a", "--style", "a.txt"], "must end in .svg"),
        (["a", "--style-text", "b"], "name the trace with --style"),
        (["a", "--candidates", "0"], "candidates must be 1 or more"),
        (["a", "--seed", str(2**32 - 1), "--count", "2"], "lower seed or count"),
    ],
)
def test_bad_input_is_told(argv, said, hand, capsys):
    assert write(hand, *argv) == 2
    assert said in told(capsys)


def test_models_of_other_kinds_are_told(hand, model_file, capsys):
    assert write(str(model_file), "a") == 2
    assert "is for reverie sample, not for reverie write" in told(capsys)
    assert main(["sample", hand]) == 2
    assert "is for reverie write, not for reverie sample" in told(capsys)
    assert main(["read", "x.json", "--model", hand]) == 2
    assert "is for reverie write, not for reverie read" in told(capsys)


def test_what_does_not_ship_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(task, "MODELS", tmp_path)
    assert main(["write", "a"]) == 2
    assert "reverie train handwriting" in told(capsys)
    monkeypatch.setattr(styles, "STYLES", tmp_path / "none.json")
    styles.shipped_styles.cache_clear()
    assert main(["write", "a", "--style", "1"]) == 2
    capsys.readouterr()


def test_reading(reader, tmp_path, capsys):
    x = np.linspace(0, 2000, 90)
    ink = Ink((np.column_stack([x, 100 * np.sin(x / 60)]),), "ab")
    write_ink(ink, "trace.json")
    write_ink(ink, "trace.svg")
    assert main(["read", "trace.json", "trace.svg", "--model", reader]) == 0
    assert capsys.readouterr().out.count("\n") == 2
    assert main(["evaluate", reader, "trace.json"]) == 0
    assert "characters" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.svg", "<svg", "broken XML"),
        ("one.json", "[[[1, 2]]]", "nothing to read"),
        ("nan.json", "[[[1, NaN], [2, 3]]]", "not a finite number"),
        ("back.json", "[[[1, 2, 3], [2, 3, 1]]]", "earlier than the point before"),
        ("empty.inkml", "<ink></ink>", "empty.inkml"),
    ],
)
def test_bad_traces_are_told(name, content, said, reader, tmp_path, capsys):
    (tmp_path / name).write_text(content)
    assert main(["read", name, "--model", reader]) == 2
    assert said in told(capsys)


PEN = ["--data", "pen", "--text", "song.txt", "--lines", "24", "--hands", "2"]
FEW = ["--hidden", "6", "--layers", "1", "--lanes", "4", "--steps", "3", "--evaluations", "1"]


def test_training_writing_measuring_and_going_on(song, tmp_path, capsys):
    tiny = [*PEN, *FEW, "--components", "2"]
    assert main(["train", "handwriting", *tiny, "--out", "run"]) == 0
    said = capsys.readouterr().out
    assert "20 lines to learn from, 2 to watch, 2 for the test" in said
    assert "nats a line" in said and "reverie write 'hello world'" in said
    assert list((tmp_path / "run" / "previews").glob("*.svg"))
    model = "run/model.reverie"
    assert main(["evaluate", model]) == 0
    assert "test: " in capsys.readouterr().out
    assert main(["evaluate", model, "--dynamic"]) == 2
    assert "is not an option for this kind" in told(capsys)
    assert main(["write", "row", "--model", model, "--seed", "1", "-o", "row.json"]) == 0
    capsys.readouterr()
    assert main(["evaluate", model, "row.json"]) == 0
    assert "row.json: " in capsys.readouterr().out
    more = [*PEN, "--lanes", "4", "--steps", "2", "--evaluations", "1"]
    assert main(["train", "handwriting", "--from", model, *more, "--out", "more"]) == 0
    assert load("more/model.reverie").config.network.hidden == 6
    assert json.loads((tmp_path / "more" / "run.json").read_text())["from"] == model
    capsys.readouterr()
    assert main(["train", "reading", "--from", model, *more]) == 2
    assert "is a model of handwriting, not of reading" in told(capsys)
    assert main(["train", "handwriting", "--from", "none.reverie", *more]) == 2
    assert "no model file" in told(capsys)


def test_training_to_scribble(song, capsys):
    tiny = [*PEN, *FEW, "--components", "2"]
    assert main(["train", "handwriting-prediction", *tiny, "--out", "run"]) == 0
    capsys.readouterr()
    argv = ["scribble", "--model", "run/model.reverie", "--points", "50", "--seed", "1"]
    assert main([*argv, "-o", "scribble.svg"]) == 0
    assert os.path.getsize("scribble.svg") > 100
    assert main(["write", "a", "--model", "run/model.reverie"]) == 2
    assert "is for reverie scribble" in capsys.readouterr().err


def test_training_to_read(song, capsys):
    assert main(["train", "reading", *PEN, *FEW, "--copies", "2", "--out", "run"]) == 0
    said = capsys.readouterr().out
    assert "of the words wrong" in said and "reverie read TRACE" in said


def test_ink_without_texts_cannot_teach_to_write(tmp_path, capsys):
    (tmp_path / "bare.json").write_text(json.dumps([{"strokes": [[[0, 0], [5, 9], [7, 1]]]}] * 9))
    assert main(["train", "handwriting", "--data", "bare.json", *FEW]) == 2
    assert "has a text" in told(capsys)

"""Translation from the command line: it learns a task, and says what does not fit."""

import io

import numpy as np
import pytest
from cli.test_main import told

from reverie.cli import main
from reverie.codecs.characters import Characters
from reverie.codecs.pair import Pair
from reverie.codecs.words import Words
from reverie.loading import load
from reverie.recipes import recipe
from reverie.search.sources import SearchSettings
from reverie.settings import change
from reverie.tasks.translation.generate import Translator

TINY = ["--hidden", "10", "--embedding", "6", "--lanes", "16", "--steps", "4", "--evaluations", "1"]


@pytest.fixture
def trained(tmp_path, capsys) -> str:
    """A model that has hardly learned to turn strings round."""
    assert main(["train", "translation", "--data", "reverse", "--pairs", "60", *TINY]) == 0
    return "runs/translation-1/model.reverie"


def typed(monkeypatch, text: bytes) -> None:
    """What comes on standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))


def test_training_translating_and_measuring(trained, capsys, monkeypatch):
    said = capsys.readouterr().out
    assert "54 pairs to learn from, 3 to watch, 3 for the test" in said
    assert "of the steps are padding" in said and "BLEU" in said and "nrefs:1" in said
    assert main(["translate", trained, "abc", "--nbest", "3"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 3 and all(len(row.split("\t")) == 3 for row in rows)
    typed(monkeypatch, b"abc\n\nxyz\n")
    assert main(["translate", trained]) == 0
    assert capsys.readouterr().out.split("\n")[1] == ""
    typed(monkeypatch, b"abc\ncaf\xe9\n")
    assert main(["translate", trained]) == 2
    assert "line 2 of the standard input is not UTF-8 (byte 4)" in told(capsys)
    assert main(["evaluate", trained, "--beam", "2"]) == 0
    assert "chrF" in capsys.readouterr().out


def test_a_table_of_three_columns_from_windows(trained, tmp_path, capsys, monkeypatch):
    rows = "".join(f"n{n}\tab{n % 9}\tb\xe9{n}\n" for n in range(20))
    (tmp_path / "t.tsv").write_bytes(rows.encode("cp1252"))
    learn = ["train", "translation", "--data", "t.tsv", "--unit", "characters", *TINY]
    assert main(learn) == 2
    assert "--undecodable cp1252" in told(capsys)
    learn += ["--undecodable", "cp1252"]
    assert main(learn) == 2
    assert "name them with --columns" in told(capsys)
    assert main([*learn, "--columns", "2,3", "--out", "named"]) == 0
    assert "18 pairs to learn from" in capsys.readouterr().out
    assert main(["evaluate", "named/model.reverie", "t.tsv", "--columns", "2,3"]) == 0
    typed(monkeypatch, "\ufeffab\u200b1\rab2\r".encode())
    assert main(["translate", "named/model.reverie"]) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") >= 2 and "without invisible characters" in said.err


@pytest.mark.slow
@pytest.mark.parametrize("task", ["reverse", "copy"])
def test_strings_are_turned_round_or_copied_without_a_mistake(task, capsys):
    small = ["--hidden", "64", "--embedding", "32", "--steps", "900"]
    assert main(["train", "translation", "--data", task, *small, "--out", "task"]) == 0
    assert "100.0% exactly the target" in capsys.readouterr().out


def test_bad_input_is_told(trained, tmp_path, capsys):
    (tmp_path / "long").write_text("a a\nb b\nc c\n")
    (tmp_path / "short").write_text("A A\nB B\n")
    for argv, said in (
        (["train", "translation", "--source", "long", "--target", "short"], "has a line 3"),
        (["train", "translation", "--source", "long"], "name both"),
        (
            ["train", "translation", "--data", "x", "--source", "a", "--target", "b"],
            "or the two",
        ),
        (["translate", trained, "a", "--nbest", "9"], "raise --beam"),
        (["translate", trained, "a", "--beam", "0"], "beam must be 1 or more"),
        (["translate", trained, "a", "--beam", "2000000000"], "this machine has"),
        (["translate", trained, "a", "--longest", "2000000000"], "this machine has"),
        (["translate", trained, "a", "--block", "2000000000"], None),
        (["translate", trained, "a", "--beam", "5", "--groups", "2"], "do not divide a beam of 5"),
        (["translate", trained, "--alignment", "a.png"], "give it as TEXT"),
        (["translate", trained, "a", "--alignment", "a.txt"], "must end in .png or .svg"),
        (["translate", trained, "a" * 999], "line 1 has 1000 symbols, more than 400"),
        (["translate", trained, "a", "--unk", "source"], "are not words"),
        (["translate", trained, "a", "--unknown", "error"], None),
        (["translate", trained, "A", "--unknown", "error"], "does not know: 'A'"),
        (["translate", trained, "a", "--ensemble", "nothing.reverie"], "nothing.reverie"),
        (["train", "translation", "--hard", "--input-feeding"], "exclude each other"),
        (["train", "translation", "--attention", "none", "--covered"], "needs attention"),
        (["train", "translation", "--reach", "2"], "reach needs input-feeding"),
        (["train", "translation", "--bridge", "part"], "from one end"),
        (["train", "translation", "--objective", "mixer"], "use --baseline"),
        (
            ["train", "translation", "--hard", "--objective", "self-critical"],
            "teacher-forcing only",
        ),
        (["sample", trained], "is for reverie translate"),
    ):
        capsys.readouterr()
        assert main(argv) == (2 if said else 0)
        assert said is None or said in told(capsys)


def test_a_beam_wider_than_the_alphabet_and_an_unknown_source(trained):
    loaded = load(trained)
    translator = Translator(loaded.model, loaded.codec)
    found = translator.translate(["", "A\N{SNOWMAN}", "ab"], SearchSettings(width=40))
    assert all(len(best) == 40 for best in found)
    alpha = translator.alignment("ab", found[2][0].values)
    assert alpha.shape == (len(found[2][0].values), 3)
    np.testing.assert_allclose(alpha.sum(1), 1, rtol=1e-5)
    alone = translator.translate(["ab"], SearchSettings(width=40))[0][0]
    assert alone.text == found[2][0].text
    assert alone.log_prob == pytest.approx(found[2][0].log_prob, rel=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"attention": "bilinear", "layers": 2, "cell": "lstm"},
        {"attention": "none", "encoder": "backward", "layers": 2},
        {"attention": "dot", "encoder": "forward", "covered": True},
        {"encoder": "backward", "layers": 2, "bridge": "part", "cell": "lstm"},
        {"bridge": "steps", "input_feeding": True, "reach": 2, "layers": 2},
        {"hard": True, "baseline": True},
        {"copying": True, "attention": "bilinear", "input_feeding": True},
    ],
    ids=str,
)
def test_other_shapes_predict(options):
    system = recipe("translation")
    config = change(system.Config(), {"hidden": 6, "embedding": 4} | options)
    codec = Pair(Characters("\nabc", "a"), Words.learn(["one two\n"]))
    model = system.build(config, codec, rng=np.random.default_rng(0))
    found = Translator(model, codec).translate(["abc"], SearchSettings(width=2))[0]
    assert len(found) == 2 and found[0].score >= found[1].score

"""Programs from the command line: executed, and measured."""

import io

import numpy as np
import pytest

from reverie.cli import main
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import save
from reverie.tasks.programs import execute
from reverie.tasks.programs.data import codec_of, kind_of

LOOP = r"j=84\nfor x in range(2):j+=20\nprint((j-4))"


def saved(folder, name: str, **options) -> str:
    """The file of an untrained model."""
    system = recipe(name)
    config = change(system.Config(), {"hidden": 3, "layers": 1, **options})
    codec = codec_of(kind_of(config.data))
    model = system.build(config, codec, rng=np.random.default_rng(0))
    path = folder / f"{name}.reverie"
    save(path, model, recipe=name, config=config, codec=codec)
    return str(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    return saved(tmp_path_factory.mktemp("programs"), "programs")


def test_a_program_is_shown_with_what_is_right(model, capsys):
    assert main(["execute", "--model", model, LOOP]) == 0
    said = capsys.readouterr()
    assert not said.err
    program, table, verdict = said.out.split("\n\n")
    assert program == LOOP.replace(r"\n", "\n")
    head, *rows = table.splitlines()
    assert head.split() == ["written", "p", "next", "p", "right"]
    assert [row.removesuffix("   <")[-1] for row in rows[:4]] == list("120.")
    assert all(row.endswith("<") == (row[0] != row.removesuffix("   <")[-1]) for row in rows[:4])
    assert all(0 < float(row.split()[1].rstrip("%")) <= 100 for row in rows)
    assert verdict.endswith("is wrong: 120 is right\n")


def test_what_is_right_is_said_to_be(model, capsys, monkeypatch):
    def written(*_):
        return [execute.Guess(c, 0.9, "-", 0.05) for c in "-7."]

    monkeypatch.setattr(execute, "answer", written)
    assert main(["execute", "--model", model, "print((3-10))"]) == 0
    said = capsys.readouterr().out
    assert said.endswith("\n-7 is right\n") and "<" not in said
    assert "7        90.0%   -         5.0%   7\n" in said
    assert main(["execute", "--model", model, "print((3-81))"]) == 0
    assert capsys.readouterr().out.count("<") == 2


def test_a_program_comes_from_a_file_or_from_standard_input(model, tmp_path, capsys, monkeypatch):
    (tmp_path / "sum.py").write_text("total = 1\n")
    assert main(["execute", "--model", model, "--file", "sum.py"]) == 2
    assert "line 1, column 1: expected a variable of one letter" in capsys.readouterr().err
    (tmp_path / "sum.py").write_text("j=1\n\nprint( j )\n")
    assert main(["execute", "--model", model, "--file", "sum.py"]) == 0
    assert capsys.readouterr().out.startswith("j=1\nprint(j)\n\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"print(5)\n")))
    assert main(["execute", "--model", model]) == 0
    assert capsys.readouterr().out.startswith("print(5)\n\n")


def test_what_is_harder_than_was_learned_is_remarked(model, capsys):
    assert main(["execute", "--model", model, "print((((1+2)+3)*12345))"]) == 0
    said = capsys.readouterr().err
    assert "a number has 5 digits: the model learned from 2 at most" in said
    assert "there are 3 operations: the model learned from 2 at most" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "the program is empty"),
        (["print(1/0)"], "line 1, column 8: these programs have no division"),
        ([f"print({31 * '1'})"], "a number has 31 digits"),
        (["while 1:1"], "line 1, column 1: expected"),
        (["print(1)", "--file", "x"], "PROGRAM and file exclude each other"),
        (["--file", "none"], "none"),
    ],
)
def test_what_cannot_be_executed_is_told(model, arguments, said, capsys):
    assert main(["execute", "--model", model, *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_model_is_measured_and_drawn(model, tmp_path, capsys):
    asked = ["--length", "2", "--count", "3", "-o", "heat.svg"]
    assert main(["evaluate", model, *asked]) == 0
    said = capsys.readouterr()
    assert said.out.count("length") == 2 and said.out.count("nesting") == 2
    assert "of answers exact in free running" in said.out and "heat.svg" in said.err
    assert "<svg" in (tmp_path / "heat.svg").read_text()
    assert main(["evaluate", model, "-o", "heat.txt"]) == 2
    sums = saved(tmp_path, "addition", length=1)
    assert main(["evaluate", sums, "--nesting", "2"]) == 2
    assert "addition has one operation: set nesting to 1" in capsys.readouterr().err

"""Studies: nests of trainings, from the command line."""

import json
from pathlib import Path

import pytest
from cli.test_main import told

from reverie.cli import main, nest
from reverie.runs.run import open_run

pytest.importorskip("matplotlib", reason="the extra 'pictures' is not installed")

SMALL = ["--largest", "2", "--beyond", "2", "--steps", "2", "--count", "3"]


def test_a_study_trains_tries_and_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = ["study", "generalisation", *SMALL, "--problems", "anbn", "--save", "found.json"]
    assert main([*asked, "--cells", "elman"]) == 0
    models = list(Path("runs/generalisation").glob("*/model.reverie"))
    stamps = [path.stat().st_mtime_ns for path in models]
    assert len(models) == 1
    capsys.readouterr()
    assert main([*asked, "--cells", "elman,stacks"]) == 0
    said = capsys.readouterr()
    assert "anbn: exact answers by size, learned up to 2" in said.out
    assert said.err.endswith("generalisation.png\n")
    assert [path.stat().st_mtime_ns for path in models] == stamps
    found = json.loads(Path("found.json").read_text())["found"]
    assert [(row["network"], row["size"]) for row in found] == [
        (network, size) for network in ("elman", "stacks", "stacks, rounded") for size in (1, 2, 4)
    ]
    assert all(0 <= row["exact"] <= 1 for row in found)
    assert main([*asked, "--cells", "elman", "--seeds", "2", "--sizes", "2,3"]) == 0
    assert "medians of 2 seeds" in capsys.readouterr().out
    found = json.loads(Path("found.json").read_text())["found"]
    assert [(row["seed"], row["size"]) for row in found] == [(0, 2), (0, 3), (1, 2), (1, 3)]
    assert len(list(Path("runs/generalisation").glob("*/model.reverie"))) == 3
    assert Path("generalisation.png").read_bytes().startswith(b"\x89PNG")


class AtOnce:
    """Somebody who asks a training to stop as soon as it has begun."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def begin(self, advice, *, says=True):
        pass

    def requested(self):
        return True


def test_a_study_that_is_stopped_stops_and_goes_on_where_it_was(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = ["study", "generalisation", *SMALL, "--problems", "anbn", "--cells", "elman,gru"]
    with monkeypatch.context() as stopped:
        stopped.setattr(nest, "Interrupts", AtOnce)
        assert main(asked) == 130
    assert told(capsys) == "interrupted"
    (begun,) = Path("runs/generalisation").iterdir()
    assert (begun / "model.reverie").exists() and not open_run(begun).finished
    assert main(asked) == 0
    runs = [open_run(folder) for folder in Path("runs/generalisation").iterdir()]
    assert len(runs) == 2 and all(run.finished for run in runs)


def test_curricula_are_compared_and_gone_on_with(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = ["study", "curricula", "--length", "1", "--steps", "2", "--count", "4"]
    asked += ["--kind", "addition", "--nesting", "1", "--save", "found.json"]
    assert main(asked) == 0
    said = capsys.readouterr()
    table = said.out[said.out.index("addition of length 1 after 2 updates") :].splitlines()
    shown = {line.split()[0]: line.split()[1:] for line in table[2:]}
    assert set(shown) == {"baseline", "naive", "mix", "combined", "growing"}
    assert [row[0] for row in shown.values()] == sorted(
        (row[0] for row in shown.values()), key=lambda part: -float(part.rstrip("%"))
    )
    assert said.err.endswith("curricula.png\n")
    models = {path: path.stat().st_mtime_ns for path in Path("runs").glob("*/*/model.reverie")}
    assert len(models) == 5
    assert main(asked) == 0
    assert all(path.stat().st_mtime_ns == when for path, when in models.items())
    found = json.loads(Path("found.json").read_text())["found"]
    assert [row["curriculum"] for row in found] == [
        "baseline",
        "naive",
        "mix",
        "combined",
        "growing",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["odissey"], "there is no study 'odissey'"),
        (["generalisation", "--problems", "copi"], "there is no problem 'copi': did you mean copy"),
        (["generalisation", "--cells", "lstn"], "there is no cell or memory 'lstn'"),
        (["generalisation", "-o", "a.txt"], "cannot draw 'a.txt'"),
        (["generalisation", "--save", "a.txt"], "the numbers go to a .json and not 'a.txt'"),
        (["generalisation", "--largest", "0"], "largest must be 1 or more"),
        (["generalisation", "--steps", "0"], "steps must be above 0"),
        (["curricula", "--kind", "addition"], "set nesting to 1"),
        ([], "STUDY"),
        (["generalisation", "--sizes", "4,0"], "'0' is no size of a problem"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_studied_is_told(options, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["study", *options]) == 2
    assert message in told(capsys)
    assert not list(tmp_path.iterdir())

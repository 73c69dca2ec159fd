"""Labelled texts from the command line: learned, written on request, told."""

import io
import re

import pytest
from cli.test_main import told

from reverie.cli import main

QUICK = ["--optimiser", "adam", "--weight-drop", "0", "--evaluations", "1"]
TINY = ["--hidden", "16", "--lanes", "8", "--steps", "30", *QUICK]
WORDS = {"good": "great lovely superb", "bad": "awful sour dreadful"}
FIVE = ["--label", "mood=good", "--label", "stars=5"]
USER = ["--label", "user=1,-3"]
ROWS = [
    f'{stars},{mood},"[{n % 5}, {-stars}]","{WORDS[mood]}\n{WORDS[mood][: n % 7 + 3]}"'
    for n in range(12)
    for mood, stars in (("good", 3 + n % 3), ("bad", 1 + n % 2))
]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    """A model that has learned a little of moods and stars, and of those who give them."""
    folder = tmp_path_factory.mktemp("labelled")
    (folder / "t.csv").write_text("stars,mood,user,text\n" + "\n".join(ROWS) + "\n")
    out = str(folder / "run")
    assert main(["train", "reviews", "--data", str(folder / "t.csv"), *TINY, "--out", out]) == 0
    return f"{out}/model.reverie"


def test_a_text_is_told(model, tmp_path, capsys, monkeypatch):
    user = ["--given", "user=1,-3"]
    given = ["--label", "mood", "--given", "stars=3", "--prior", "uniform", *user]
    assert main(["classify", model, "awful sour <dreadful> $x \N{SNOWMAN}", *given]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "mood:" and {line.split()[0] for line in said[1:]} == {"good", "bad"}
    shares = [float(line.split()[1].rstrip("%")) for line in said[1:]]
    assert sum(shares) == pytest.approx(100, abs=0.2) and shares == sorted(shares, reverse=True)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"great\nlovely")))
    assert main(["classify", model, "--given", "mood=good", *user, "--trace", "page.html"]) == 0
    assert capsys.readouterr().out.startswith("stars:")
    page = (tmp_path / "page.html").read_text()
    assert "great\n" in re.sub(r"<[^>]*>", "", page) and page.count("<i class=c") == 12
    assert not re.search(r"https?:|src=|@import", page)
    bare = ["--unknown", "skip", "--trace", "bare.html", *given]
    assert main(["classify", model, "\N{SNOWMAN}", *bare]) == 0
    (tmp_path / "text").write_text("great")
    assert main(["classify", model, "--file", "text", *given]) == 0


def test_rows_that_cannot_be_measured_are_counted(model, tmp_path, capsys):
    cells = "great;3;good;1 2\nawful;NaN;bad;1 2\nfine;2;fair;1 2\nsour;2,5;bad;1 2\n"
    (tmp_path / "more.csv").write_text("text;stars;mood;user\n" + cells)
    assert main(["evaluate", model, "more.csv"]) == 0
    said = capsys.readouterr()
    assert "left out 1 of 4 rows: 1 without stars" in said.err
    assert "left out 1 of 3 rows whose labels the model does not know" in said.err
    assert ", 2 texts" in said.out


def test_texts_are_written_on_request_and_measured(model, capsys):
    argv = ["sample", model, "--seed", "1", "--length", "90", "--count", "2"]
    argv += ["--label", "mood=good"]
    wanted = ["--label", "stars=9", "--label", "user=9 -9"]
    assert main([*argv, *wanted]) == 0
    one = capsys.readouterr().out
    assert main([*argv, *wanted, "--prime", "great"]) == 0
    assert capsys.readouterr().out.startswith("great")
    for other in (["stars=-9", "user=9,-9"], ["stars=9", "user=[-9, 9]"]):
        assert main([*argv, "--label", other[0], "--label", other[1]]) == 0
        assert capsys.readouterr().out != one
    assert main(["evaluate", model, "--prior", "uniform", "--texts", "2"]) == 0
    said = capsys.readouterr().out
    assert (
        "bits a character" in said and "mean absolute error" in said and "true / predicted" in said
    )
    assert "mood from the text and the other labels" in said and "user from" not in said


def test_a_model_without_labels_goes_on_with_labels(model, model_file, tmp_path, capsys):
    (tmp_path / "t.csv").write_text("kind,text\n" + "a,row the boat\nb,down the stream\n" * 12)
    argv = ["train", "reviews", "--data", "t.csv", "--lanes", "4", "--steps", "2", *QUICK]
    assert main([*argv, "--from", str(model_file), "--out", "run"]) == 0
    assert main(["sample", "run/model.reverie", "--label", "kind=a", "--length", "5"]) == 0
    capsys.readouterr()
    assert main([*argv, "--from", str(model_file), "--layers", "2"]) == 2
    assert "another network" in told(capsys)
    assert main([*argv, "--from", "shipped"]) == 2
    assert "no model for reverie classify comes with" in told(capsys)
    assert main(["train", "words", "--from", model]) == 2
    assert "is a model of reviews, not of words" in told(capsys)
    assert main(["evaluate", "run/model.reverie"]) == 0
    (tmp_path / "empty.csv").write_text("kind,text\nc,row\n")
    assert main(["evaluate", "run/model.reverie", "empty.csv"]) == 2


def test_bad_input_is_told(model, model_file, capsys):
    for argv, said in (
        (
            ["sample", model],
            "the label stars is missing: the labels are stars (a number; the training data has",
        ),
        (["sample", model, "--label", "mood"], "'mood' is not a label: write NAME=VALUE"),
        (["sample", model, "--label", "mood=a", "--label", "mood=b"], "mood is given twice"),
        (["sample", model, *FIVE[2:], *USER, "--label", "mood=god"], "it is one of good, bad"),
        (
            ["sample", str(model_file), "--label", "mood=good"],
            "label is not an option for",
        ),
        (["classify", str(model_file), "a"], "is for reverie sample, not for reverie classify"),
        (["sample", model, *FIVE, "--label", "user=1"], "user cannot be '1': it is 2 numbers"),
        (["classify", model, "a", "--label", "user"], "user cannot be inferred from a text"),
        (["classify", model, "a", "--given", "stars=1"], "the label user must be given"),
        (["classify", model, "a", "--label", "tone"], "no label 'tone'"),
        (
            ["classify", model, "a", "--given", "stars=1", "--given", "mood=bad"],
            "none is left to infer",
        ),
        (["classify", model, " "], "text to classify is empty"),
        (["classify", model, "a", "--file", "b"], "exclude each other"),
        (["classify", model, "--file", "nothing"], "no file or folder 'nothing'"),
        (["classify", model, "a", "--trace", "page.txt"], "end the name in .html"),
        (["classify", model, "A", "--unknown", "error", "--given", "stars=1"], "does not know"),
        (["classify"], "required: MODEL"),
        (["train", "reviews"], "name a table of texts with --data"),
        (["train", "plays", "--labels", "author"], "no column 'author': it has genre, play"),
        (["train", "plays", "--categorical", "author"], "no column 'author'"),
    ):
        assert main(argv) == 2, argv
        assert said in told(capsys)

"""Scores of captions from the command line."""

import json
import subprocess
import sys

import pytest
from cli.test_main import told

from reverie.cli import main

REFERENCES = """a.jpg#0\tA brown dog runs on grass .
a.jpg#1\tThe dog runs on the green grass .
b.jpg#0\tTwo old men are sitting on a bench .
b.jpg#1\tMen sit on a bench outside .
c.jpg#0\tA red car is parked on the street .
"""
CANDIDATES = "a.jpg\tA dog runs on the grass .\nb.jpg\tTwo men sit on a bench .\nc.jpg\tA red car\n"


@pytest.fixture(autouse=True)
def files(tmp_path):
    texts = {
        "references.txt": REFERENCES,
        "mine.txt": CANDIDATES,
        "lines.txt": "a dog\nmen on a bench\na car\n",
        "one.txt": "c.jpg\ta red car\n",
        "others.txt": "x\ta red car\ny\ta blue car on grass\n",
        "strange.txt": "x.jpg\ta red car\n",
        "broken.txt": REFERENCES + "what is this\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)


def test_scores_are_printed_with_their_intervals(capsys):
    assert main(["score", "mine.txt", "references.txt", "--samples", "50"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].startswith("tokens: words of the Penn Treebank")
    assert lines[1] == "document frequencies: the references themselves, 3 pictures"
    assert lines[2] == "pictures: 3, with 1 to 2 references each"
    heads = [line.split()[0] for line in lines[3:]]
    assert heads == ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr", "CIDEr-D"]
    _, value, low, high = lines[3].replace("[", "").replace(",", "").replace("]", "").split()
    assert float(low) < float(value) <= float(high) and not said.err


def test_one_object_has_all_of_it(capsys):
    asked = ["--against", "lines.txt", "--frequencies", "others.txt", "--samples", "20"]
    assert main(["score", "mine.txt", "references.txt", *asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pictures"] == 3 and found["references"] == [1, 2] and found["notes"] == []
    assert found["frequencies"] == "others.txt, 2 pictures"
    assert 0 < found["scores"]["BLEU-1"]["value"] < 100
    assert found["differences"]["ROUGE-L"]["better"] > 0.5
    assert main(["score", "lines.txt", "references.txt", "--json", "--samples", "20"]) == 0
    other = json.loads(capsys.readouterr().out)["scores"]
    for name in ("BLEU-1", "ROUGE-L"):
        difference = found["scores"][name]["value"] - other[name]["value"]
        assert found["differences"][name]["value"] == pytest.approx(difference)


def test_document_frequencies_matter_to_cider_only(capsys):
    scores = []
    for asked in ([], ["--frequencies", "others.txt"]):
        assert main(["score", "mine.txt", "references.txt", "--json", *asked]) == 0
        scores.append(json.loads(capsys.readouterr().out)["scores"])
    same = {name for name in scores[0] if scores[0][name] == scores[1][name]}
    assert same == {"BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L"}


def test_two_sets_are_compared(capsys):
    asked = ["score", "mine.txt", "references.txt", "--samples", "30", "--against"]
    assert main([*asked, "lines.txt"]) == 0
    said = capsys.readouterr().out
    assert "mine.txt less lines.txt:\nBLEU-1   +" in said and "better in " in said
    assert main([*asked, "mine.txt"]) == 0
    assert "+0.0  [+0.0, +0.0], better in 50.0%" in capsys.readouterr().out


def test_what_is_left_out_is_told(capsys):
    assert main(["score", "one.txt", "references.txt", "--samples", "5"]) == 0
    said = capsys.readouterr()
    assert said.err == "left out: 2 pictures of references.txt without one in one.txt\n"
    assert "no CIDEr: document frequencies of one picture" in said.out
    assert "pictures: 1, with 1 reference each" in said.out and "CIDEr-D" not in said.out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["mine.txt"], "required: REFERENCES"),
        (["mine.txt", "none.txt"], "there is no file of captions 'none.txt'"),
        (["references.txt", "mine.txt"], "has 2 captions of a.jpg"),
        (["strange.txt", "references.txt"], "no picture in common"),
        (["lines.txt", "others.txt"], "lines.txt has 3 candidates for 2 pictures"),
        (["mine.txt", "broken.txt"], "line 6 of broken.txt has no tab"),
        (["mine.txt", "references.txt", "--samples", "0"], "samples must be 1 or more"),
        (["mine.txt", "references.txt", "--agains", "x"], "did you mean --against"),
    ],
)
def test_bad_input_is_told(argv, said, capsys):
    assert main(["score", *argv]) == 2
    assert said in told(capsys)


def test_nothing_heavy_is_imported_to_refuse():
    code = (
        "import sys; from reverie.cli import main\n"
        "assert main(['score', 'strange.txt', 'references.txt']) == 2\n"
        "assert not {'jax', 'numpy'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

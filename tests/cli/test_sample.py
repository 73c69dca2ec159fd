"""Sampling: options, seeds, prompts, outputs, and everything that can be typed wrong."""

import os
import signal
import subprocess
import sys
import time

import pytest
from cli.test_main import told

from reverie.cli import main, verbs
from reverie.tasks import task
from reverie.tasks.text.sample import RULE


@pytest.fixture
def write(model_file, capsys):
    """What `reverie sample` writes."""

    def run(*options: str) -> str:
        assert main(["sample", str(model_file), *options]) == 0
        return capsys.readouterr().out

    return run


def test_length_and_seed(write):
    text = write("--seed", "3", "--length", "100")
    assert len(text) == 100
    assert write("--seed", "3", "--length", "100") == text
    assert write("--seed", "3", "--length", "40") == text[:40]
    assert write("--seed", "4", "--length", "100") != text


def test_precision_changes_little(write, model_file, song, capsys, monkeypatch):
    options = ["--greedy", "--prime", "row", "--length", "20"]
    assert len(write("--precision", "bfloat16", *options)) == 23
    monkeypatch.setattr(verbs, "has_bfloat16", lambda: False)
    losses = []
    for precision in ("single", "bfloat16"):
        assert main(["evaluate", str(model_file), str(song), "--precision", precision]) == 0
        said = capsys.readouterr()
        losses.append(float(said.out.split(": ")[1].split()[0]))
        assert ("single precision may be faster" in said.err) == (precision == "bfloat16")
    assert abs(losses[0] - losses[1]) < 0.05
    rounded = ["evaluate", str(model_file), str(song), "--precision", "bfloat16"]
    assert main([*rounded, "--dynamic"]) == 2
    assert "leave precision out" in told(capsys)


def test_a_new_seed_is_told_so_that_it_can_be_used_again(model_file, write, capsys):
    assert main(["sample", str(model_file), "--length", "30"]) == 0
    first = capsys.readouterr()
    seed = first.err.split("--seed ")[1].split()[0]
    assert write("--length", "30", "--seed", seed) == first.out


def test_greedy_and_top_k_1_agree(write):
    # The first symbol of an untrained model is a tie, of which all are kept.
    options = ["--prime", "row", "--length", "30"]
    greedy = write("--greedy", *options)
    assert write("--top-k", "1", "--seed", "1", *options) == greedy
    assert write("--top-p", "1e-6", "--seed", "1", *options) == greedy


def test_prime_is_written_and_changes_what_follows(write, tmp_path):
    text = write("--prime", "row your boat " * 9, "--seed", "1", "--length", "50")
    assert text.startswith("row your boat ") and len(text) == 126 + 50
    (tmp_path / "prompt.txt").write_text("row your boat " * 9)
    assert write("--prime-file", "prompt.txt", "--seed", "1", "--length", "50") == text


def test_unknown_symbols(write, model_file, capsys):
    assert main(["sample", str(model_file), "--prime", "row é"]) == 2
    assert "LATIN SMALL LETTER E WITH ACUTE" in told(capsys)
    assert write("--prime", "roéw", "--unknown", "skip", "--length", "1").startswith("row")
    assert write("--prime", "roéw", "--unknown", "replace", "--length", "1").startswith("ro w")


def test_another_form_of_what_is_known_is_read_and_told(write, model_file, capsys):
    plain = write("--prime", "row your", "--seed", "1", "--length", "9")
    assert write("--prime", "row\u00a0your", "--seed", "1", "--length", "9") == plain
    assert main(["sample", str(model_file), "--prime", "row\u2009b", "--length", "1"]) == 0
    assert "plain spaces" in capsys.readouterr().err
    assert main(["sample", str(model_file), "--prime", "re\u0301"]) == 2
    assert "--unknown skip" in told(capsys)


def test_several_at_once(write, tmp_path):
    texts = write("--count", "3", "--length", "70", "--seed", "2").split(f"\n{RULE}\n")
    assert [len(text.rstrip("\n")) > 60 for text in texts] == [True] * 3
    assert len(set(texts)) == 3
    write("--count", "2", "--length", "70", "--seed", "2", "--out", "song.txt")
    names = sorted(path.name for path in tmp_path.glob("song*"))
    assert names == ["song-1.txt", "song-2.txt"]
    assert len((tmp_path / "song-1.txt").read_text()) == 70


def test_out(write, tmp_path):
    assert write("--out", "song.txt", "--length", "70", "--seed", "1") == ""
    assert (tmp_path / "song.txt").read_text() == write("--length", "70", "--seed", "1")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--temperature", "0"], "temperature must be above 0, not 0; for the most probable"),
        (["--temperature", "-1"], "use --greedy"),
        (["--temperature", "nan"], "use --greedy"),
        (["--length", "0"], "length must be 1 or more, not 0"),
        (["--length", "-5"], "length must be 1 or more, not -5"),
        (["--length", "1.5"], "length must be a whole number"),
        (["--top-k", "0"], "top-k must be 1 or more"),
        (["--top-p", "0"], "top-p must be above 0"),
        (["--top-p", "1.1"], "top-p must be 1 or less"),
        (["--min-p", "1"], "min-p must be below 1"),
        (["--count", "0"], "count must be 1 or more"),
        (["--seed", "-1"], "seed must be 0 or more"),
        (["--unknown", "ignore"], "unknown must be one of error, skip, replace"),
        (["--greedy", "--top-k", "3"], "leave --top-k out"),
        (["--prime", "a", "--prime-file", "b"], "exclude each other"),
        (["--forever", "--count", "2"], "forever writes one text"),
        (["--prime-file", "nowhere"], "no file or folder 'nowhere'"),
        (["--out", "no/folder/x", "--seed", "1"], "cannot write"),
    ],
)
def test_bad_options_are_told(model_file, options, said, capsys):
    assert main(["sample", str(model_file), *options]) == 2
    assert said in told(capsys)


def test_bad_files_are_told(model_file, tmp_path, capsys):
    (tmp_path / "cut.reverie").write_bytes(model_file.read_bytes()[:500])
    (tmp_path / "text").write_text("this is a text and no model")
    for path, said in {
        "cut.reverie": "truncated",
        "text": "not a model file",
        "none": "no model file",
        ".": "is a folder",
    }.items():
        assert main(["sample", path]) == 2
        assert said in told(capsys)


def test_a_missing_shipped_model_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(task, "MODELS", tmp_path)
    assert main(["sample"]) == 2
    assert "reverie train characters" in told(capsys)


ENDLESS = "import sys; from reverie.cli import main; sys.exit(main(sys.argv[1:]))"


def endless(model_file) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-c", ENDLESS, "sample", str(model_file), "--forever", "--seed", "1"]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_reader_that_leaves_ends_it_quietly(model_file):
    process = endless(model_file)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(30) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


def test_an_interrupt_ends_it_quietly(model_file):
    process = endless(model_file)
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), True)
    process.stdout.read(10)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=240)
    assert process.returncode == 130
    assert said == b"reverie: interrupted\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_is_told(model_file):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", ENDLESS, "sample", str(model_file), "--seed", "1"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == "reverie: the system refused: No space left on device\n"

"""Training from the command line: options, TOML, runs, resuming, and what is written down."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from cli.test_main import told

from reverie.cli import main
from reverie.cli.commands.train import count_processes, parse
from reverie.cli.parsing import config_from
from reverie.errors import InputError
from reverie.files import WriteError
from reverie.loading import load
from reverie.recipes import recipe
from reverie.runs import log
from reverie.runs.fingerprint import fingerprint
from reverie.runs.log import Log
from reverie.runs.run import DataNote, Run, alike, free_folder
from reverie.storage import read_header

TINY = ["--hidden", "8", "--lanes", "4", "--length", "16", "--steps", "12", "--processes", "1"]


def config_of(*argv: str):
    return parse(["characters", *argv], None)[1]


def test_defaults_then_toml_then_command_line(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'hidden = 99\ncell = "gru"\n[training]\nlanes = 7\nclip-norm = 2\nepochs = 1.5\n'
    )
    config = config_of("--config", "mine.toml", "--lanes", "9", "--layer-norm")
    assert (config.network.hidden, config.network.cell, config.network.layer_norm) == (
        99,
        "gru",
        True,
    )
    assert (config.training.lanes, config.training.clip_norm) == (9, 2)
    assert (config.training.epochs, config.training.minutes) == (1.5, None)
    assert config.data == recipe("characters").Config().data
    assert config_of("--config", "mine.toml", "--steps", "5").training.epochs is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hiden = 3", "there is no option 'hiden': did you mean hidden?"),
        ("[trainning]\nlanes = 3", "there is no table 'trainning': did you mean training?"),
        ("[network]\nlanes = 3", "no option in [network] 'lanes'"),
        ('hidden = "3"', "hidden must be a whole number, not '3'"),
        ("layer_norm = 1", "layer-norm must be true or false, not 1"),
        ("minutes = 1\nsteps = 2", "give one of minutes, steps and epochs"),
        ("hidden = ", "it is not TOML"),
    ],
)
def test_bad_toml_is_told_with_its_name(tmp_path, text, said):
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        config_from(recipe("characters").Config(), "bad.toml", {})
    assert str(caught.value).startswith("bad.toml: ") and said in str(caught.value)


def test_processes_are_counted():
    assert count_processes(config_of("--processes", "4")) == 4
    assert count_processes(config_of("--hidden", "64")) == 1
    assert count_processes(config_of("--hidden", "1024", "--lanes", "256")) == 1
    with pytest.raises(InputError, match="32 lanes cannot be divided among 3"):
        count_processes(config_of("--processes", "3"))


def test_a_run_from_beginning_to_end(song, tmp_path, capsys):
    assert main(["train", "characters", "--data", str(song), *TINY]) == 0
    said = capsys.readouterr().out
    assert "2,820 characters, 19 distinct" in said
    for line in ("test: ", "frequencies", "reverie sample", "longest span copied"):
        assert line in said
    run = tmp_path / "runs" / "characters-1"
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    kinds = [entry["event"] for entry in log]
    assert kinds[0] == "begun" and kinds[-1] == "finished" and "progressed" in kinds
    assert log[-1]["step"] == 12
    loaded = load(run / "model.reverie")
    assert loaded.config.network.hidden == 8 and loaded.codec.size == 19
    assert loaded.facts["steps"] == 12 and math.isfinite(loaded.facts["test_nats"])
    test_line = next(line for line in said.splitlines() if line.startswith("test: "))
    assert main(["evaluate", str(run / "model.reverie")]) == 0
    assert test_line.removeprefix("test: ") in capsys.readouterr().out


def test_runs_are_numbered_and_not_overwritten(song, tmp_path, capsys):
    argv = ["train", "characters", "--data", str(song), *TINY]
    assert main(argv) == 0 and main(argv) == 0
    assert (tmp_path / "runs" / "characters-2" / "model.reverie").exists()
    capsys.readouterr()
    assert main([*argv, "--out", "runs/characters-1"]) == 2
    assert "is not empty" in told(capsys)


def test_resuming(song, tmp_path, capsys):
    assert main(["train", "characters", "--data", str(song), *TINY, "--out", "mine"]) == 0
    before = read_header("mine/model.reverie")
    assert main(["train", "--resume", "mine"]) == 0
    assert read_header("mine/model.reverie").sha256 != "" and before.recipe == "characters"
    capsys.readouterr()
    assert main(["train", "characters", "--resume", "mine", "--hidden", "9"]) == 2
    assert "mine was begun with hidden 8, not 9" in told(capsys)
    assert main(["train", "words", "--resume", "mine"]) == 2
    assert "mine is a run of characters, not of words" in told(capsys)
    assert main(["train", "--resume", "nowhere"]) == 2
    assert "no run to resume in 'nowhere'" in told(capsys)
    (tmp_path / "mine" / "run.json").write_text('{"recipe": "characters", "config": 3}')
    assert main(["train", "--resume", "mine"]) == 2
    assert "no run to resume" in told(capsys)


def test_a_run_without_a_checkpoint_begins_anew(song, tmp_path, capsys):
    assert main(["train", "characters", "--data", str(song), *TINY, "--out", "mine"]) == 0
    model = load("mine/model.reverie")
    for path in (*(tmp_path / "mine" / "checkpoints").iterdir(), tmp_path / "mine/model.reverie"):
        path.unlink()
    (tmp_path / "mine" / "checkpoints" / ".1.safetensors.0123abcd.part").touch()
    capsys.readouterr()
    assert main(["train", "--resume", "mine"]) == 0
    assert "there is no checkpoint yet: the run begins anew" in capsys.readouterr().out
    again = load("mine/model.reverie")
    for one, other in zip(*(jax.tree.leaves(m.model) for m in (model, again)), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not list((tmp_path / "mine" / "checkpoints").glob(".*"))


def test_a_begin_that_was_killed_does_not_fill_the_folder(tmp_path):
    note, run = DataNote({}, None), Run(tmp_path / "mine", "characters", config_of())
    run.folder.mkdir()
    run.log.touch()
    (run.folder / ".run.json.0123abcd.part").touch()
    _, its_log = run.begin(note)
    assert sorted(path.name for path in run.folder.iterdir()) == ["log.jsonl", "run.json"]
    its_log.write("begun")
    its_log.close()
    with pytest.raises(InputError, match="not empty"):
        run.begin(note)


def test_scales_rounded_by_another_machine_are_the_same():
    """A run that is moved learns them anew from the same data."""
    one = {"kind": "ink", "scale": [20.027866715096327, 1.0], "counts": [1, 2]}
    assert alike(one, one | {"scale": [20.027866715096483, 1.0]})
    assert not alike(one, one | {"scale": [20.0279, 1.0]})
    assert not alike(one, one | {"counts": [1, 3]}) and not alike(one, one | {"counts": [1]})
    assert not alike(one, {"kind": "ink"})


def test_runs_that_begin_together_get_folders_of_their_own(tmp_path):
    note = DataNote({}, None)
    runs = [Run(free_folder("characters"), "characters", config_of(), numbered=True)] * 3
    begun = [run.begin(note) for run in runs]
    names = [run.folder.name for run, _ in begun]
    for _, its_log in begun:
        its_log.close()
    assert names == ["characters-1", "characters-2", "characters-3"]


def test_data_that_changed_are_told(song, capsys):
    assert main(["train", "characters", "--data", str(song), *TINY, "--out", "mine"]) == 0
    before = song.read_text()
    os.utime(song, (0, 0))  # the same text in another file
    assert main(["train", "--resume", "mine"]) == 0
    song.write_text(before.replace("b", "z"))
    capsys.readouterr()
    assert main(["train", "--resume", "mine"]) == 2
    said = told(capsys)
    assert "other: training part, validation part, test part, symbols or scales" in said
    assert "--changed-data" in said
    assert main(["train", "--resume", "mine", "--changed-data"]) == 2
    assert "'z'" in told(capsys)  # the model knows the letters of the old text, and no others
    song.write_text(before.replace("boat", "brow")[:-48])
    assert main(["train", "--resume", "mine", "--changed-data"]) == 0
    assert main(["train", "--resume", "mine"]) == 0
    assert load("mine/model.reverie").codec.size == 19
    capsys.readouterr()
    assert main(["train", "characters", "--changed-data"]) == 2
    assert "--resume" in told(capsys)


def test_fingerprints_tell_texts_apart_however_they_are_divided():
    same = [["ab", "c"], ("ab", "c"), iter(["ab", "c"])]
    assert len(set(map(fingerprint, same))) == 1
    arrays = [np.zeros(2), np.zeros(2, np.float32), np.zeros((2, 1)), np.zeros(0)]
    others = [["a", "bc"], ["abc"], [["ab"], "c"], {"ab": "c"}, ["c", "ab"], [], "", *arrays]
    assert len({*map(fingerprint, others), fingerprint(["ab", "c"])}) == len(others) + 1


def test_a_full_disk_is_told_with_the_way_to_go_on(song, monkeypatch, capsys):
    def refuse(*_):
        raise WriteError("mine/checkpoints/1", "No space left on device")

    with monkeypatch.context() as context:
        context.setattr("reverie.training.checkpoint.replace_file", refuse)
        assert main(["train", "characters", "--data", str(song), *TINY, "--out", "mine"]) == 2
    said = told(capsys)
    assert "cannot write mine/checkpoints/1: No space left on device" in said
    assert said.endswith("go on with reverie train --resume mine")
    assert main(["train", "--resume", "mine"]) == 0
    with monkeypatch.context() as context, open("/dev/full", "w") as full:
        context.setattr(sys, "stdout", full)
        assert main(["train", "--resume", "mine"]) == 2
    assert "standard output: No space left on device; to go on: reverie train" in told(capsys)


def test_a_text_of_other_parts(song, tmp_path, capsys):
    (tmp_path / "other.txt").write_text("row your boat " * 20)
    argv = ["train", "characters", "--data", str(song), "--valid", "other.txt", *TINY]
    assert main([*argv, "--unit", "bytes"]) == 0
    said = capsys.readouterr().out
    assert "280 to watch, 280 for the test" in said and "bits a byte" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--hidden", "0"], "hidden must be 1 or more"),
        (["--data", "nowhere.txt"], "no file or folder 'nowhere.txt'"),
        (["--lanes", "3", "--processes", "2"], "cannot be divided among 2 processes"),
        (["--minutes", "0"], "minutes must be above 0"),
        (["--minutes", "1", "--steps", "1"], "not minutes and steps"),
        (["--layers", "2", "--skips", "--residual"], "exclude each other"),
    ],
)
def test_bad_options_are_told(options, said, capsys):
    assert main(["train", "characters", *options]) == 2
    assert said in told(capsys)


def test_too_short_a_text_is_told(tmp_path, capsys):
    (tmp_path / "short.txt").write_text("too short for lanes " * 3)
    assert main(["train", "characters", "--data", "short.txt", *TINY]) == 2
    assert "give more text" in told(capsys)


@pytest.fixture
def running(song):
    """A training that would go on for long, once it has begun to report."""
    argv = [sys.executable, "-m", "reverie", "train", "characters", "--data", str(song), *TINY]
    argv += ["--steps", "1000000", "--out", "mine"]
    # Under nohup the tests ignore what a terminal sends when it closes, and so would the training.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGHUP, before)
    assert process.stdout is not None
    while not process.stdout.readline().startswith("step "):
        assert process.poll() is None
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_interrupt_stops_measures_and_saves(running, number):
    running.send_signal(number)
    said, remarks = running.communicate(timeout=60)
    assert running.returncode == 0 and read_header("mine/model.reverie").facts["ended"] == (
        "interrupted"
    )
    # Nothing is written to a terminal that is gone.
    assert ("test: " in said) == remarks.startswith("stopping") == (number != signal.SIGHUP)


def test_a_run_that_goes_on_elsewhere_is_not_resumed(running, monkeypatch, capsys):
    monkeypatch.setattr(log, "PATIENCE", 0.0)
    assert main(["train", "--resume", "mine"]) == 2
    assert told(capsys) == "another process trains in mine: wait until it ends, or stop it"
    running.kill()
    running.wait()
    Log(Path("mine/log.jsonl")).close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_before_there_is_anything_to_save_leaves_at_once(tmp_path, number):
    os.mkfifo(tmp_path / "pipe")
    argv = [sys.executable, "-m", "reverie", "train", "characters", "--data", "pipe", *TINY]
    process = subprocess.Popen([*argv, "--out", "mine"], stderr=subprocess.PIPE, text=True)
    with open(tmp_path / "pipe", "w"):  # until it is read: then the data are being opened
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (128 + number, "reverie: interrupted\n")
    assert not (tmp_path / "mine").exists()


def test_two_interrupts_leave_at_once_and_the_run_can_go_on(running, tmp_path):
    running.send_signal(signal.SIGINT)
    time.sleep(0.001)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    # The second may come too late to matter.
    assert (running.returncode, "reverie: interrupted" in said) in [(130, True), (0, False)]
    assert list((tmp_path / "mine" / "checkpoints").glob("*.safetensors"))

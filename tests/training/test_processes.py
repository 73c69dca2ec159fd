"""Runs that are killed, and runs of two processes on this machine."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from reverie.errors import InputError
from reverie.training.launch import launch, shares

PROGRAM = str(Path(__file__).with_name("program.py"))


def arrays(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "end.npz") as file:
        return dict(file)


def run(folder: Path, steps: int) -> dict[str, np.ndarray]:
    folder.mkdir(exist_ok=True)
    subprocess.run([sys.executable, PROGRAM, str(folder), str(steps)], check=True)
    return arrays(folder)


def killed(folder: Path, steps: int, after: int, random_pause: float) -> None:
    """Starts the program and kills it once it has made so many checkpoints."""
    worker = subprocess.Popen([sys.executable, PROGRAM, str(folder), str(steps)])
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and worker.poll() is None:
        names = sorted(folder.glob("*.safetensors"))
        if names and int(names[-1].stem) >= after:
            time.sleep(random_pause)
            break
        time.sleep(0.005)
    worker.send_signal(signal.SIGKILL)
    worker.wait()


@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_as_one_that_was_not(tmp_path):
    steps = 120
    whole = run(tmp_path / "whole", steps)
    folder = tmp_path / "killed"
    folder.mkdir()
    for after in (3, 40):
        killed(folder, steps, after, random.uniform(0, 0.1))
        assert not (folder / "end.npz").exists()
    with_eos = run(folder, steps)
    assert with_eos.pop("losses").size < whole.pop("losses").size
    assert with_eos.keys() == whole.keys()
    for name, array in whole.items():
        np.testing.assert_array_equal(with_eos[name], array, err_msg=name)


def test_two_processes_learn_what_one_learns(tmp_path, monkeypatch):
    one = run(tmp_path / "one", 12)
    two = tmp_path / "two"
    two.mkdir()
    assert launch([sys.executable, PROGRAM, str(two), "12"], 2) == 0
    found = arrays(two)
    np.testing.assert_allclose(found["losses"], one["losses"], rtol=1e-5)
    np.testing.assert_allclose(found["nats"], one["nats"], rtol=1e-5)
    for name, array in one.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-3, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("rank", ["0", pytest.param("1", marks=pytest.mark.slow)])
def test_a_worker_that_dies_ends_the_run_and_leaves_a_checkpoint(tmp_path, monkeypatch, rank):
    monkeypatch.setenv("DIE", rank)
    began = time.monotonic()
    with pytest.raises(InputError, match="of 2 died.*--resume"):
        launch([sys.executable, PROGRAM, str(tmp_path), "100000"], 2)
    assert time.monotonic() - began < 90
    assert list(tmp_path.glob("*.safetensors"))
    assert not (tmp_path / "end.npz").exists()


WAITING = """
import os, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, lambda *_: sys.exit(int(sys.argv[2])))
Path(sys.argv[1], str(os.getpid())).touch()
time.sleep(60)
"""
"""A worker that says that it is there, and ends as it is told when it is asked to."""


def two_there(folder: Path) -> list[int]:
    """The numbers of the processes of two workers, once both are there."""
    deadline = time.monotonic() + 60
    while len(found := list(folder.iterdir())) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return [int(path.name) for path in found]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("saved", [True, False])
def test_signals_are_handed_on(tmp_path, number, saved):
    def ask() -> None:
        two_there(tmp_path)
        os.kill(os.getpid(), number)

    Thread(target=ask).start()
    status = 0 if saved else 128 + signal.SIGTERM
    found = launch([sys.executable, "-c", WAITING, str(tmp_path), str(status)], 2)
    assert found == (0 if saved else 128 + number)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others have no such request")
def test_workers_end_with_their_supervisor(tmp_path):
    code = "import sys; from reverie.training.launch import launch; launch(sys.argv[1:], 2)"
    command = [sys.executable, "-c", code, sys.executable, "-c", WAITING, str(tmp_path), "0"]
    with subprocess.Popen(command) as supervisor:
        workers = two_there(tmp_path)
        supervisor.kill()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}/exe").exists() for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_words_of_the_one_that_fails_are_told():
    code = "import os, sys; os.environ['REVERIE_RANK'] == '1' and sys.exit('reverie: no ink')"
    with pytest.raises(InputError, match=r"process 2 of 2 died \(no ink\)"):
        launch([sys.executable, "-c", code], 2)


@pytest.mark.slow
def test_twenty_trainings_killed_at_random_moments_end_as_those_that_were_not():
    program = Path(__file__).parents[2] / "benchmarks" / "kills.py"
    seed = str(random.randrange(1000))
    done = subprocess.run(
        [sys.executable, str(program), "--kills", "20", "--seed", seed],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"seed {seed}: {done.stdout}{done.stderr}"


def test_cores_are_shared_out_and_none_is_left_without():
    assert shares([0, 1], 2) == [[0], [1]]
    assert shares([2, 3, 5, 7, 8], 2) == [[2, 3], [5, 7]]
    assert shares([4], 2) == [[4], [4]]


def test_the_environment_of_several_processes_must_be_complete(monkeypatch):
    from reverie.training.mesh import join

    monkeypatch.setenv("REVERIE_PROCESSES", "2")
    monkeypatch.delenv("REVERIE_RANK", raising=False)
    with pytest.raises(InputError, match="REVERIE_RANK"):
        join()
    monkeypatch.setenv("REVERIE_PROCESSES", "several")
    with pytest.raises(InputError):
        join()


assert os.name == "posix" or pytest.skip("processes are signalled", allow_module_level=True)

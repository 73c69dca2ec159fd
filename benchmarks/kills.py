"""Kills trainings at random moments, resumes them, and compares what comes of them, bit for bit.

A training is killed up to eight times, from its start to its end, and finished. The model must be
that of the training that nobody killed. Of two processes and their supervisor, any may be the
victim.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

AT_ONCE = 8
"""Kills of one training."""
CHECKPOINTS = 0.1
"""Seconds between checkpoints; `reverie train` makes one every 20 seconds."""
COMMON = ["--evaluations", "4", "--lanes", "4", "--averaging", "0.9"]
RECIPES = {
    "characters": ["--hidden", "24", "--length", "32", "--data", "song.txt", "--steps", "300"],
    "handwriting": ["--hidden", "24", "--layers", "2", "--data", "ink", "--steps", "60"],
    "translation": [
        *("--hidden", "24", "--embedding", "8", "--data", "reverse", "--pairs", "200"),
        *("--steps", "100"),
    ],
}


class Trial(NamedTuple):
    """What came of a training that was killed."""

    kills: int
    early: int
    """Kills before the first checkpoint."""
    equal: bool


def main() -> int:
    """Kills as often as it is asked to and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    cases = [(recipe, processes) for recipe in RECIPES for processes in (1, 2)]
    print("recipe        processes  kills  before a checkpoint  trainings  bit-equal", flush=True)
    different = 0
    for number, (recipe, processes) in enumerate(cases):
        share = options.kills // len(cases) + (number < options.kills % len(cases))
        with tempfile.TemporaryDirectory() as folder:
            trials = list(case(Path(folder), recipe, processes, share, rng))
        kills, early, equal = map(sum, zip(*trials, strict=True))
        different += len(trials) - equal
        print(f"{recipe:<14}{processes:9}{kills:7}{early:21}{len(trials):11}{equal:11}", flush=True)
    return int(different > 0)


def case(folder: Path, recipe: str, processes: int, kills: int, rng: random.Random):
    """The trials of one recipe, until there are so many kills."""
    write_data(folder)
    run = partial(start, folder, recipe, processes)
    finish(run("whole"))  # compiles
    began = time.monotonic()
    finish(run("again"))
    span = time.monotonic() - began
    whole = outcome(folder / "whole")
    assert same(whole, outcome(folder / "again")), f"two trainings of {recipe} differ"
    number = 0
    while kills > 0:
        number += 1
        name, early = f"run-{number}", 0
        count = 0
        while count < min(kills, AT_ONCE):
            process, began = run(name), time.monotonic()
            if not kill(process, rng.uniform(0, span), rng):
                span = min(span, time.monotonic() - began)
                break  # it was quicker
            count += 1
            early += not list((folder / name).glob("checkpoints/*.safetensors"))
        finish(run(name))
        kills -= count
        yield Trial(count, early, same(whole, outcome(folder / name)))


def start(folder: Path, recipe: str, processes: int, name: str) -> subprocess.Popen[bytes]:
    """Begins a training, or resumes it if it was begun."""
    begun = (folder / name / "run.json").exists()
    argv = ["--resume", name] if begun else [recipe, *COMMON, *RECIPES[recipe], "--out", name]
    command = [sys.executable, __file__, "train", str(processes), *argv]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> None:
    """Lets a training come to its end."""
    _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said.decode()


def kill(process: subprocess.Popen[bytes], after: float, rng: random.Random) -> bool:
    """Kills a training after so many seconds, or one process of it; not if it has ended."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        victims = [
            process.pid,
            *map(int, children.read_text().split() if children.exists() else ()),
        ]
        subprocess.run(["kill", "-9", str(rng.choice(victims))], stderr=subprocess.DEVNULL)
        process.communicate(timeout=60)
        return process.returncode != 0
    finish(process)
    return False


def outcome(folder: Path) -> dict[str, np.ndarray]:
    """The weights of a trained model and its losses."""
    import jax

    from reverie.loading import load

    loaded = load(folder / "model.reverie")
    losses = [v for name, v in loaded.facts.items() if isinstance(v, float) and name != "seconds"]
    leaves = jax.tree.leaves(loaded.model)
    return {str(n): np.asarray(a) for n, a in enumerate(leaves)} | {"losses": np.array(losses)}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    """Whether two outcomes agree in every bit."""
    return one.keys() == other.keys() and all(
        one[name].tobytes() == other[name].tobytes() for name in one
    )


def write_data(folder: Path) -> None:
    """A text and some ink; pairs make themselves."""
    from reverie.codecs.ink import Ink
    from reverie.formats.ink_files import write_ink

    (folder / "song.txt").write_text("row, row, row your boat\ngently down the stream\n" * 60)
    (folder / "ink").mkdir()
    for number in range(24):
        rng = np.random.default_rng(number)
        points = np.cumsum(rng.normal((8, 0), 25, (int(rng.integers(20, 60)), 2)), axis=0)
        text = "".join(rng.choice(list("ab"), 3))
        write_ink(Ink((points[:12], points[12:]), text), folder / "ink" / f"{number}.json")


def train(processes: int, argv: list[str]) -> int:
    """`reverie train`, with checkpoints at short intervals."""
    from reverie.runtime import prepare
    from reverie.training.environment import is_worker
    from reverie.training.launch import launch

    if processes > 1 and not is_worker():
        return launch([sys.executable, *sys.argv], processes)
    prepare()
    from reverie import cli
    from reverie.runs import session

    session.Plan = partial(session.Plan, checkpoint_seconds=CHECKPOINTS)
    return cli.main(["train", *argv, "--processes", "1"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["train"]:
        sys.exit(train(int(sys.argv[2]), sys.argv[3:]))
    sys.exit(main())

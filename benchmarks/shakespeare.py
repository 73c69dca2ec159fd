"""Nats per character on tiny Shakespeare: the first 90 % to learn from, the last 10 % to measure.

`--text` is the file known as input.txt (1,115,394 characters), plain or gzipped. Runs
`reverie train characters`, so what is measured is what a user gets, compilation and
evaluation inside the minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from side_by_side import REVERIE, load

RECIPES = {
    "3 minutes": "--minutes 3 --hidden 320 --dropout-out 0.15 --weight-drop 0.15",
    "71 seconds": "--minutes 1.1833 --hidden 256 --dropout-out 0.1 --weight-drop 0.1",
}
SHARED = (
    "--valid-part 0.1 --test-part 0 --lanes 32 --length 64 --optimiser muon --rate 0.01 "
    "--schedule linear --weight-decay 0.1 --restarts 0.05 --evaluations 4"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", required=True)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", choices=list(RECIPES))
    parser.add_argument("--processes", default="auto")
    asked = parser.parse_args()
    for name, options in RECIPES.items():
        if asked.only not in (None, name):
            continue
        for seed in range(asked.seeds):
            with tempfile.TemporaryDirectory() as folder:
                run = Path(folder) / "run"
                command = [
                    *REVERIE,
                    "train",
                    "characters",
                    "--data",
                    asked.text,
                    "--out",
                    str(run),
                    "--seed",
                    str(seed),
                    "--processes",
                    asked.processes,
                    *options.split(),
                    *SHARED.split(),
                ]
                print(f"{name}, seed {seed} ({load()}):", flush=True)
                said = subprocess.run(command, capture_output=True, text=True, check=True)
                print("\n".join(said.stdout.splitlines()[-8:]), flush=True)


if __name__ == "__main__":
    main()

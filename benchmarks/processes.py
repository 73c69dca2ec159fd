"""Two data-parallel processes against one, on one core and on two, by size of network."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

from side_by_side import REVERIE, load


def rate(
    layers: int, hidden: int, lanes: int, processes: int, minutes: float, cores: set[int]
) -> float:
    """Characters per second of `reverie train`: the median of its reports, the first left out."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [
            *REVERIE,
            "train",
            "characters",
            "--data",
            "python",
            "--unit",
            "bytes",
            "--layers",
            str(layers),
            "--hidden",
            str(hidden),
            "--lanes",
            str(lanes),
            "--length",
            "64",
            "--optimiser",
            "adam",
            "--minutes",
            str(minutes),
            "--evaluations",
            "1",
            "--valid-part",
            "0.0001",
            "--test-part",
            "0",
            "--processes",
            str(processes),
            "--out",
            str(run),
        ]
        subprocess.run(
            ["taskset", "-c", ",".join(map(str, sorted(cores))), *command],
            check=True,
            capture_output=True,
        )
        events = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    found = sorted(e["elements_per_second"] for e in events[2:] if e["event"] == "progressed")
    return float(found[len(found) // 2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.4)
    minutes = parser.parse_args().minutes
    two_cores = set(sorted(os.sched_getaffinity(0))[:2])
    one_core = {min(two_cores)}
    print(f"characters per second ({load()})")
    for layers, hidden, lanes in ((1, 256, 32), (2, 512, 128)):
        size = layers, hidden, lanes
        alone = rate(*size, 1, minutes, one_core)
        one = rate(*size, 1, minutes, two_cores)
        two = rate(*size, 2, minutes, two_cores)
        print(
            f"{layers}x{hidden} B {lanes}: one process on one core {alone:.0f}, on two {one:.0f}; "
            f"two processes {two:.0f}: {two / alone:.2f} and {two / one:.2f} times that",
            flush=True,
        )
    print(load())


if __name__ == "__main__":
    main()

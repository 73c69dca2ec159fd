"""Two data-parallel processes against one that has all the cores, by size of network."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from side_by_side import load


def rate(layers: int, hidden: int, lanes: int, processes: int, minutes: float) -> float:
    """Characters per second of `reverie train`: the median of its reports, the first left out."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [
            sys.executable,
            "-m",
            "reverie",
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
        subprocess.run(command, check=True, capture_output=True)
        events = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    found = sorted(e["elements_per_second"] for e in events[2:] if e["event"] == "progressed")
    return float(found[len(found) // 2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.4)
    minutes = parser.parse_args().minutes
    print(f"characters per second ({load()})")
    for layers, hidden, lanes in ((1, 128, 32), (1, 256, 32), (1, 320, 32), (2, 512, 128)):
        one = rate(layers, hidden, lanes, 1, minutes)
        two = rate(layers, hidden, lanes, 2, minutes)
        print(
            f"{layers}x{hidden} B {lanes}: one process {one:.0f}, two {two:.0f}, "
            f"ratio {two / one:.2f}",
            flush=True,
        )
    print(load())


if __name__ == "__main__":
    main()

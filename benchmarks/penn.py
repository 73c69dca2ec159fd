"""Bits per character on Penn Treebank, static and dynamic, with Graves's peephole LSTM.

`--folder` holds ptb.char.{train,valid,test}.txt (one character a token, `_` for a blank),
plain or gzipped. Graves 2013 has 1000 units and hours of a GPU; `--hidden` and `--minutes`
say what there is here, and what is printed is what that gives.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import tempfile
from pathlib import Path

from side_by_side import REVERIE, load

TRAINING = (
    "--lanes 32 --length 100 --optimiser muon --rate 0.01 --schedule linear --restarts 0.02 "
    "--weight-noise 0.03 --clip-gates 1 --evaluations 10"
)


def text(folder: Path, part: str) -> str:
    """The characters themselves."""
    path = folder / f"ptb.char.{part}.txt"
    if not path.exists():
        path = path.with_name(path.name + ".gz")
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = raw.decode().splitlines()
    return "".join("".join(line.split()).replace("_", " ") + "\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--hidden", default="1000")
    parser.add_argument("--minutes", default="60")
    parser.add_argument("--processes", default="auto")
    parser.add_argument("--out", type=Path, help="a new folder to keep the run in")
    parser.add_argument("--options", default="", help="further options of reverie train")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        there = Path(temporary)
        run = asked.out or there / "run"
        for part in ("train", "valid", "test"):
            (there / part).write_text(text(asked.folder, part), encoding="utf-8")
        files = [f for part in ("valid", "test") for f in (f"--{part}", str(there / part))]
        print(f"1x{asked.hidden} peephole LSTM, {asked.minutes} minutes ({load()})", flush=True)
        subprocess.run(
            [
                *REVERIE,
                "train",
                "graves-characters",
                "--data",
                str(there / "train"),
                *files,
                "--out",
                str(run),
                "--hidden",
                asked.hidden,
                "--minutes",
                asked.minutes,
                "--processes",
                asked.processes,
                *TRAINING.split(),
                *asked.options.split(),
            ],
            check=True,
        )
        model = str(run / "model.reverie")
        for dynamic in ([], ["--dynamic"], ["--dynamic-rms"]):
            print(" ".join(["evaluate", *dynamic]), flush=True)
            subprocess.run([*REVERIE, "evaluate", model, str(there / "test"), *dynamic], check=True)


if __name__ == "__main__":
    main()

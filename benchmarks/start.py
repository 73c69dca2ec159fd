"""Seconds to `--help`, to the first character of `sample` and of `write`; memory against length.

Beside them what of it is not ours: the import of jax, and the machine's rate.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from side_by_side import REVERIE, load

HERE = Path(__file__).parent
PLAIN = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
"""As users have it: Python keeps what it compiled of the modules."""
IMPORT = [sys.executable, "-c", "import jax; print(jax.__version__)"]
RATE = "import products; products.as_reverie_does();print(round(products.machine_rate()))"


def first_byte(command: list[str], environment: dict[str, str]) -> float:
    """Seconds until a command prints something."""
    begin = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        took = time.perf_counter() - begin
        process.stdout.close()
        process.wait()
    return took


def peak(length: int) -> float:
    """Megabytes that generating so many characters took at most."""
    code = (
        "import subprocess, sys, resource;"
        f"subprocess.run({[*REVERIE, 'sample', '--seed', '1', '--length', str(length)]!r},"
        "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unit = 1024 if sys.platform != "darwin" else 1024**2
    return float(said.stdout) / unit


def typical(command: list[str], environment: dict[str, str], count: int = 6) -> str:
    """Seconds to a command's first byte, the first time left out: the median, and the best."""
    times = [first_byte(command, environment) for _ in range(count)][1:]
    return f"{statistics.median(times):.2f} s, {min(times):.2f} at best"


def main() -> None:
    rate = subprocess.run(
        [sys.executable, "-c", RATE], capture_output=True, text=True, check=True, cwd=HERE
    ).stdout.strip()
    print(f"{load()}; matrix product {rate} GF/s")
    print(f"import jax: {typical(IMPORT, PLAIN)}")
    print(f"reverie --help: {typical([*REVERIE, '--help'], PLAIN)}")
    with tempfile.TemporaryDirectory() as folder:
        drawing = f"{folder}/hello.svg"
        for said, command in (
            ("sample, first character", ["sample", "--seed", "1", "--length", "200"]),
            ("write, a drawing", ["write", "hello world", "--seed", "1", "--out", drawing]),
        ):
            own = PLAIN | {"REVERIE_CACHE": f"{folder}/{command[0]}"}
            cold = first_byte([*REVERIE, *command], own)
            print(f"reverie {said}: cold {cold:.2f} s, warm {typical([*REVERIE, *command], own)}")
        assert Path(drawing).exists()
    for length in (1_000, 100_000, 1_000_000):
        begin = time.perf_counter()
        megabytes = peak(length)
        took = time.perf_counter() - begin
        print(f"{length:,} characters: at most {megabytes:.0f} MB, {took:.1f} s")


if __name__ == "__main__":
    main()

"""Seconds to `--help`, seconds to the first character of `sample`, memory against length."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from side_by_side import REVERIE, load


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


def main() -> None:
    print(load())
    warm = dict(os.environ)
    helped = [first_byte([*REVERIE, "--help"], warm) for _ in range(6)][1:]
    print(f"reverie --help: {statistics.median(helped):.2f} s, {min(helped):.2f} at best")
    sample = [*REVERIE, "sample", "--seed", "1", "--length", "200"]
    with tempfile.TemporaryDirectory() as empty:
        cold = first_byte(sample, warm | {"REVERIE_CACHE": empty})
        again = [first_byte(sample, warm | {"REVERIE_CACHE": empty}) for _ in range(5)]
    warmed = statistics.median(again)
    print(f"reverie sample, first character: cold {cold:.2f} s, warm {warmed:.2f} s")
    for length in (1_000, 100_000, 1_000_000):
        begin = time.perf_counter()
        megabytes = peak(length)
        took = time.perf_counter() - begin
        print(f"{length:,} characters: at most {megabytes:.0f} MB, {took:.1f} s")


if __name__ == "__main__":
    main()

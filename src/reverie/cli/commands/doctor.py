"""Report versions and devices, and run a self-test."""

from __future__ import annotations

import time
from collections.abc import Callable

from reverie.cli.parsing import Parser
from reverie.runtime import keep_freed_memory, prepare


def run(argv: list[str]) -> int:
    """Prints a line a finding; exit status 1 where something does not work."""
    about = "Report versions, devices and caches, and run a self-test of a few seconds."
    Parser("doctor", "", about).parse_options(argv)
    prepare()
    from reverie.cli.self_test import findings, keeps, multiplies, trains

    for name, said in findings(keep_freed_memory()):
        print(f"{name:<14}{said}", flush=True)
    checks: dict[str, Callable[[], str]] = {
        "products": multiplies,
        "training": trains,
        "model file": keeps,
    }
    sound = True
    for name, check in checks.items():
        begin = time.perf_counter()
        try:
            said = check()
        except Exception as error:  # whatever it is, the doctor reports it and goes on
            said, sound = f"FAILED: {type(error).__name__}: {error}", False
        print(f"{name:<14}{said} ({time.perf_counter() - begin:.1f} s)", flush=True)
    print("All is well." if sound else "Something does not work: see above.")
    return 0 if sound else 1

"""Two commits measured in turn: what a change of the library has cost, or won.

`git worktree add ../before COMMIT`, then `commits.py ../before`. Each commit's own benchmarks run
in a process of its own, one after the other, several times over, so that whatever else the machine
does hits both alike. The best times are compared.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from side_by_side import elsewhere, load, seconds

HERE = Path(__file__).parent.parent
ROUNDS = {"generation": 8, "training": 8, "handwriting": 8, "translation_speed": 5}

Work = tuple[str, str, tuple[object, ...]]
"""Module, function and arguments of something to measure."""

WORKS: list[Work] = [
    *(("generation", "reverie", s) for s in ((2, 128, 1, 1000), (3, 512, 1, 300))),
    *(("generation", "reverie", s) for s in ((2, 128, 64, 300), (3, 512, 64, 60))),
    *(("training", "reverie", (1, 256, 32, 64, peepholes)) for peepholes in (False, True)),
    *(("training", "reverie", (2, 512, 64, 64, peepholes)) for peepholes in (False, True)),
    ("handwriting", "training", (3, 200, 16, 300)),
    *(("handwriting", "writing", (3, 200, rows)) for rows in (1, 32)),
    ("translation_speed", "learning", ("adam", 0.0, 5)),
    ("translation_speed", "learning", ("muon", 0.999, 5)),
    *(("translation_speed", "searching", (rows, 3)) for rows in (1, 64)),
]

_prepared: dict[Work, Callable[[], object]] = {}
"""In a process of a commit: what was compiled before."""


def begin(checkout: Path) -> None:
    """Of a process: this commit's library and benchmarks come first."""
    sys.path[:0] = [str(checkout / "src"), str(checkout / "benchmarks")]
    from reverie import runtime

    assert Path(runtime.__file__).is_relative_to(checkout), runtime.__file__
    runtime.prepare()
    runtime.use_wide_vectors()


def measure(work: Work) -> float:
    """Seconds; programs that time themselves do so."""
    module, function, arguments = work
    program = getattr(importlib.import_module(module), function)
    if module == "translation_speed":
        found = program(*arguments)
        return float(getattr(found, "seconds", found))
    if work not in _prepared:
        _prepared.clear()  # One at a time: a model less in memory.
        _prepared[work] = program(*arguments)
        _prepared[work]()
    return seconds(_prepared[work])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path, help="a checkout of the other commit")
    parser.add_argument("--only", nargs="+", choices=sorted(ROUNDS), default=sorted(ROUNDS))
    chosen = parser.parse_args()
    print(f"milliseconds, the best of several ({load()})")
    print(f"{'':<52}{'before':>10}{'now':>10}{'now/before':>12}")
    with (
        elsewhere(partial(begin, chosen.before.resolve())) as before,
        elsewhere(partial(begin, HERE)) as now,
    ):
        for work in WORKS:
            module, function, arguments = work
            if module not in chosen.only:
                continue
            times: dict[str, list[float]] = {"before": [], "now": []}
            for _ in range(ROUNDS[module]):
                times["before"].append(before.submit(measure, work).result())
                times["now"].append(now.submit(measure, work).result())
            old, new = min(times["before"]), min(times["now"])
            name = f"{module} {function} {' '.join(map(str, arguments))}"
            row = f"{1e3 * old:>10.2f}{1e3 * new:>10.2f}{new / old:>12.3f}"
            print(f"{name:<52}{row}", flush=True)
    print(load())


if __name__ == "__main__":
    main()

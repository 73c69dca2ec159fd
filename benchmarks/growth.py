"""How cost grows with units, sequences and steps: one LSTM learning and generating, and PyTorch's.

One of the three sizes is changed at a time. Learning is a whole update; generating draws every
symbol. PyTorch's side is the fastest of its ways, with the C library told to keep freed memory.
The share is that of the rate of a large matrix product, in the products of the network alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import generation
import training
from products import machine_rate
from side_by_side import as_reverie_does, best, elsewhere, load

from reverie.runtime import keep_freed_memory

BASE = {"hidden": 256, "batch": 32, "length": 64}
AXES = {
    "hidden": (64, 128, 256, 512, 1024, 2048),
    "batch": (1, 4, 16, 64, 256),
    "length": (16, 64, 256, 1024),
}
QUICK = {"hidden": (64, 512), "batch": (1, 64), "length": (16, 256)}
NAMES = {"hidden": "units", "batch": "sequences", "length": "steps"}
Row = dict[str, Any]


def learn(hidden: int, batch: int, length: int, rounds: int) -> float:
    """Seconds of an update of Reverie's."""
    return best({"": training.reverie(1, hidden, batch, length, False)}, rounds)[""]


def learn_pytorch(hidden: int, batch: int, length: int, rounds: int) -> float:
    """Seconds of PyTorch's, by one thread or two."""
    shape = (1, hidden, batch, length)
    return min(training.pytorch_times(shape, False, False, rounds).values())


def generate(hidden: int, batch: int, length: int, rounds: int) -> float:
    """Seconds of so many steps of Reverie's."""
    return generation.seconds_of((1, hidden, batch, length), rounds=rounds)


def generate_pytorch(hidden: int, batch: int, length: int, rounds: int) -> float:
    """Seconds of PyTorch's, by the fastest of four ways."""
    return min(generation.pytorch(1, hidden, batch, length, rounds=rounds).values())


WORKS: dict[str, tuple[Callable[..., float], Callable[..., float], int]] = {
    "learning": (learn, learn_pytorch, 3),
    "generating": (generate, generate_pytorch, 1),
}
"""What is measured, on both sides, and how many times the products of a forward pass it makes."""


def measure(axes: dict[str, tuple[int, ...]], rounds: int) -> list[Row]:
    """Every row of the table, printed as it comes."""
    peak = machine_rate()
    print(f"one layer; microseconds a symbol, best of {rounds}; matrix product {peak:.0f} GF/s")
    print(f"{'':<11}{'units':>7}{'sequences':>11}{'steps':>7}{'reverie':>11}{'share':>7}", end="")
    print(f"{'PyTorch':>11}{'ratio':>7}")
    rows: list[Row] = []
    with elsewhere(as_reverie_does) as ours, elsewhere(keep_freed_memory) as theirs:
        for work, (reverie, pytorch, passes) in WORKS.items():
            for axis, sizes in axes.items():
                for size in sizes:
                    shape = BASE | {axis: size}
                    symbols = shape["batch"] * shape["length"]
                    us = ours.submit(reverie, **shape, rounds=rounds).result()
                    them = theirs.submit(pytorch, **shape, rounds=rounds).result()
                    flops = training.flops(1, *shape.values()) / 3 * passes
                    row = {"work": work, "axis": axis, **shape, "share": flops / us / 1e9 / peak}
                    row |= {"reverie": us / symbols * 1e6, "pytorch": them / symbols * 1e6}
                    rows.append(row)
                    print(tell(row), flush=True)
    return rows


def tell(row: Row) -> str:
    """A line of the table."""
    sizes = f"{row['hidden']:>7}{row['batch']:>11}{row['length']:>7}"
    ours = f"{row['reverie']:>11.2f}{row['share']:>7.0%}"
    return (
        f"{row['work']:<11}{sizes}{ours}{row['pytorch']:>11.2f}"
        f"{row['pytorch'] / row['reverie']:>7.2f}"
    )


def draw(rows: list[Row], path: Path) -> None:
    """The table as curves: a row of panels for each work, a column for each size."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import NullFormatter, NullLocator, ScalarFormatter

    figure, panels = plt.subplots(2, 3, figsize=(9, 5.4), sharey="row", layout="constrained")
    for across, work in zip(panels, WORKS, strict=True):
        for panel, axis in zip(across, AXES, strict=True):
            found = [row for row in rows if row["work"] == work and row["axis"] == axis]
            sizes = [row[axis] for row in found]
            panel.loglog(sizes, [row["pytorch"] for row in found], "o--", color="#b0563a")
            panel.loglog(sizes, [row["reverie"] for row in found], "o-", color="#1f5f8b")
            panel.set_xticks(sizes, [str(size) for size in sizes])
            panel.xaxis.set_minor_locator(NullLocator())
            panel.yaxis.set_major_formatter(ScalarFormatter())
            panel.yaxis.set_minor_formatter(NullFormatter())
            panel.grid(alpha=0.25)
            fixed = (f"{NAMES[other]} {size}" for other, size in BASE.items() if other != axis)
            panel.set_xlabel(f"{NAMES[axis]} ({', '.join(fixed)})")
        across[0].set_ylabel(f"{work}: µs a symbol")
    panels[0, 0].legend(["PyTorch", "Reverie"], frameon=False)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="fewer sizes: a minute or two")
    parser.add_argument("--json", type=Path, help="where to write the table")
    parser.add_argument("--picture", type=Path, help="where to draw it (PNG)")
    parser.add_argument("--from", dest="saved", type=Path, help="a table written before")
    asked = parser.parse_args()
    if asked.saved is not None:
        rows = json.loads(asked.saved.read_text())
    else:
        as_reverie_does()
        print(load())
        rows = measure(QUICK if asked.quick else AXES, asked.rounds)
        print(load())
    if asked.json is not None:
        asked.json.write_text(json.dumps(rows, indent=1))
    if asked.picture is not None:
        draw(rows, asked.picture)


if __name__ == "__main__":
    main()

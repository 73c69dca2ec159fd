"""The validation along trainings, by update and by minute, as one picture.

curves.py RUN ... -o curves.png
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from reverie.inspection.panels import WORDS, add_panel, make_figure
from reverie.inspection.saving import save_figure

COLOURS = "#1d5fa8", "#c2571a", "#2e7d4f", "#7a3fb5", "#8a6d1a", "#5b6478"
WIDE, HIGH, GAP = 4.0, 2.6, 0.7
"""Of a panel and between panels, in inches."""


def curve(folder: Path) -> list[tuple[int, float, float]]:
    """Updates, seconds and the loss at each validation of a run."""
    rows = map(json.loads, (folder / "log.jsonl").read_text(encoding="utf-8").splitlines())
    kept = (row for row in rows if row["event"] == "evaluated")
    return [(row["step"], row["seconds"], row["nats"]) for row in kept]


def draw(axes, folders: list[Path], by_minute: bool) -> None:
    """The curves of runs in a panel, one colour each."""
    for n, folder in enumerate(folders):
        steps, seconds, losses = zip(*curve(folder), strict=True)
        at = [s / 60 for s in seconds] if by_minute else steps
        axes.plot(at, losses, color=COLOURS[n % len(COLOURS)], label=folder.name, linewidth=1.2)
    axes.set_xlabel("minutes" if by_minute else "updates", fontsize=8, color=WORDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("-o", "--out", default="curves.png")
    parser.add_argument("--most", type=float, help="cut off above this loss")
    given = parser.parse_args()
    figure = make_figure(2 * (WIDE + GAP) + GAP, HIGH + 2 * GAP)
    for n in range(2):
        axes = add_panel(figure, GAP + n * (WIDE + GAP), GAP, WIDE, HIGH)
        draw(axes, given.runs, by_minute=bool(n))
        axes.set_ylim(top=given.most)
        axes.grid(color="#e6e8f0", linewidth=0.6)
    axes.legend(fontsize=7, frameon=False)
    figure.axes[0].set_ylabel("validation, nats", fontsize=8, color=WORDS)
    save_figure(figure, given.out)


if __name__ == "__main__":
    main()

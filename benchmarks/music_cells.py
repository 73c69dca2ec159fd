"""Tanh, GRU and LSTM on four sets of polyphonic music at equal numbers of weights, by update and by
second (Chung, Gulcehre, Cho and Bengio 2014).

    music_cells.py FOLDER --out FOLDER

The first folder has the .mat files of Boulanger-Lewandowski. Each cell is a `reverie train
polyphony` of its own on each set, with whatever other options are given (`--epochs 15 --rate 0.02
--dropout 0.2`), which is resumed where it was stopped; the table has the loss of the test at the
end, in nats a frame, and two pictures show the validation along the way.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from curves import curve
from side_by_side import REVERIE

from reverie.header import read_header
from reverie.inspection.panels import add_panel, make_figure
from reverie.inspection.saving import save_figure

SETS = ("JSB_Chorales", "Nottingham", "MuseData", "Piano_midi")
CELLS = {"elman": 100, "gru": 46, "lstm": 36}
"""Units of each, as in the paper: about 20,000 weights."""
PUBLISHED = {
    "JSB_Chorales": (9.10, 8.54, 8.67),
    "Nottingham": (3.13, 3.23, 3.20),
    "MuseData": (6.23, 5.99, 6.23),
    "Piano_midi": (9.03, 8.82, 9.03),
}
"""Of the test, in nats a frame, in the order of the cells."""
COLOURS = {"elman": "#c2571a", "gru": "#1d5fa8", "lstm": "#2e7d4f"}
WIDE, HIGH, GAP = 3.0, 2.2, 0.7
"""Of a panel and between panels, in inches."""


def train(cell: str, name: str, given: argparse.Namespace) -> Path:
    """Trains a cell on a set, or goes on with it; the folder of its run."""
    folder = given.out / f"{name}-{cell}"
    if (folder / "model.reverie").exists():
        return folder
    if (folder / "run.json").exists():
        command = [*REVERIE, "train", "--resume", str(folder)]
    else:
        command = [*REVERIE, "train", "polyphony", "--data", str(given.music / f"{name}.mat")]
        command += ["--cell", cell, "--hidden", str(CELLS[cell]), *given.options]
        command += ["--out", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def draw(runs: dict[tuple[str, str], Path], axis: int, label: str, path: Path) -> None:
    """A panel for each set, the cells against updates or seconds."""
    figure = make_figure(len(SETS) * (WIDE + GAP) + GAP, HIGH + 2 * GAP)
    for n, name in enumerate(SETS):
        axes = add_panel(figure, GAP + n * (WIDE + GAP), GAP, WIDE, HIGH)
        for cell, colour in COLOURS.items():
            if (name, cell) in runs:
                points = curve(runs[name, cell])
                axes.plot(
                    [p[axis] for p in points], [p[2] for p in points], color=colour, label=cell
                )
        axes.set_title(name, fontsize=9)
        axes.set_xlabel(label, fontsize=8)
        axes.tick_params(labelsize=7)
        if n == 0:
            axes.set_ylabel("validation, nats a frame", fontsize=8)
            axes.legend(fontsize=7)
    save_figure(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("music", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    given, given.options = parser.parse_known_args()
    runs = {}
    print(f"{'nats a frame, test':<20}" + "".join(f"{c} ({n})".rjust(22) for c, n in CELLS.items()))
    for name in given.sets:
        row = []
        for n, cell in enumerate(CELLS):
            folder = runs[name, cell] = train(cell, name, given)
            facts = read_header(folder / "model.reverie").facts
            row.append(f"{facts['test_nats']:.2f} (paper {PUBLISHED[name][n]:.2f})")
        print(f"{name:<20}" + "".join(each.rjust(22) for each in row), flush=True)
    draw(runs, 0, "updates", given.out / "by-update.png")
    draw(runs, 1, "seconds", given.out / "by-second.png")


if __name__ == "__main__":
    main()

"""The work of `reverie study curricula`: one network by each order of the exercises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import get_args, get_type_hints

from reverie.cli.nest import train_to_end
from reverie.cli.options import CurriculaOptions
from reverie.files import replace_file
from reverie.inspection.saving import save_figure
from reverie.loading import load
from reverie.recipes import recipe
from reverie.settings import change
from reverie.tasks.programs.accuracy import AccuracyTable, accuracy_table
from reverie.tasks.programs.data import kind_of
from reverie.tasks.programs.exercises import Difficulty
from reverie.tasks.programs.heat import heat_picture
from reverie.tasks.programs.options import ProgramData

CURRICULA: tuple[str, ...] = get_args(get_type_hints(ProgramData)["curriculum"])
LEVELS = 0.5
"""The part of a training in which naive exercises become harder."""
BATCHES = 100
"""Of an epoch."""


def study(options: CurriculaOptions) -> dict[str, AccuracyTable]:
    """Trains what is missing, prints the table, the best first, and draws the picture."""
    paths = {name: train(name, options) for name in CURRICULA}
    tables = {name: measure(path, options) for name, path in paths.items()}
    hardest = {name: table.cells[-1][-1] for name, table in tables.items()}
    order = sorted(CURRICULA, key=lambda name: -hardest[name].characters)
    nesting = f" and nesting {options.nesting}" if options.kind == "programs" else ""
    print(f"\n{options.kind} of length {options.length}{nesting} after {options.steps:,} updates")
    print(f"{'':10}{'characters':>12}{'no dot':>9}{'exact':>9}{'all levels':>12}")
    for name in order:
        found, everywhere = hardest[name], tables[name].array("characters").mean()
        print(
            f"{name:10}{found.characters:>12.1%}{found.digits:>9.1%}{found.exact:>9.1%}"
            f"{everywhere:>12.1%}"
        )
    save_figure(heat_picture({name: tables[name] for name in order}), options.out)
    if options.save:
        save(tables, options)
    return tables


def train(name: str, options: CurriculaOptions) -> Path:
    """The model that learned by a curriculum."""
    which = "addition" if options.kind == "addition" else "programs"
    levels = options.length * options.nesting
    chosen = {
        "curriculum": name,
        "kind": options.kind,
        "length": options.length,
        "nesting": options.nesting,
        "level_epochs": max(1, round(LEVELS * options.steps / BATCHES / levels)),
        "steps": options.steps,
        "seed": options.seed,
    }
    config = change(recipe(which).Config(), chosen)
    folder = (
        f"{options.kind}-{options.length}-{options.nesting}-{options.steps}-{options.seed}-{name}"
    )
    return train_to_end(Path(options.runs) / folder, which, config)


def measure(path: Path, options: CurriculaOptions) -> AccuracyTable:
    """How well a model executes programs of each length and nesting."""
    loaded = load(path)
    kind, target = kind_of(loaded.config.data), Difficulty(options.length, options.nesting)
    return accuracy_table(loaded.model, kind, loaded.codec, target, options.count)


def save(tables: Mapping[str, AccuracyTable], options: CurriculaOptions) -> None:
    """Writes all that was measured."""
    rows = [
        {"curriculum": name, "length": length, "nesting": nesting, **found._asdict()}
        for name, table in tables.items()
        for length, row in enumerate(table.cells, 1)
        for nesting, found in enumerate(row, 1)
    ]
    with replace_file(options.save) as file:
        json.dump({"kind": options.kind, "steps": options.steps, "found": rows}, file, indent=2)

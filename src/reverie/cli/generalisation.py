"""The work of `reverie study generalisation`: trains, tries on larger problems, and draws."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reverie.cells.catalogue import cell_names
from reverie.cli.nest import train_to_end
from reverie.cli.options import GeneralisationOptions
from reverie.files import replace_file
from reverie.inspection.heatmap import blue_map
from reverie.inspection.panels import (
    LEFT,
    RIGHT,
    TICKED,
    TOP,
    WORDS,
    add_colour_bar,
    add_panel,
    make_figure,
    set_title,
)
from reverie.inspection.saving import save_figure
from reverie.loading import load
from reverie.recipes import recipe
from reverie.settings import change, names_in
from reverie.tasks.algorithms.catalogue import problem_names
from reverie.tasks.algorithms.measure import Solved, sizes_to, solve
from reverie.tasks.algorithms.options import MEMORIES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS, ROW = 5.0, 0.3
"""The width of a panel and the height of a row of it, in inches."""


class Tried(NamedTuple):
    """What came of one training."""

    problem: str
    network: str
    found: list[Solved]


def study(options: GeneralisationOptions) -> list[Tried]:
    """Trains what is missing, prints a table as it grows, and draws the picture."""
    known, learners = (
        dict.fromkeys(names) for names in (problem_names(), (*cell_names(), *MEMORIES))
    )
    problems = names_in(options.problems, "problem", known) or list(known)
    networks = names_in(options.cells, "cell or memory", learners) or list(learners)
    sizes = sizes_to(options.largest * options.beyond)
    tried = []
    for problem in problems:
        trained = [(n, train(problem, n, options)) for n in networks]
        print(f"\n{problem}: exact answers by size, learned up to {options.largest}")
        print(f"{'':16}" + "".join(f"{size:>8}" for size in sizes))
        for network, path in trained:
            tried.append(Tried(problem, network, list(measure(path, sizes, options))))
            row = "".join(f"{each.exact:>8.0%}" for each in tried[-1].found)
            print(f"{network:16}{row}", flush=True)
    save_figure(picture(tried, options.largest), options.out)
    if options.save:
        save(tried, options)
    return tried


def train(problem: str, network: str, options: GeneralisationOptions) -> Path:
    """The model of a problem by a cell, or by an LSTM with a memory."""
    name = "stack_augmented" if network in ("stacks", "lists") else "turing"
    chosen = {"memory": network} if network in MEMORIES else {"memory": "none", "cell": network}
    shared = {"largest": options.largest, "steps": options.steps, "seed": options.seed}
    config = change(recipe(name).Config(), {**chosen, **shared, "problem": problem})
    folder = f"{problem}-{network}-{options.largest}-{options.steps}-{options.seed}"
    return train_to_end(Path(options.runs) / folder, name, config)


def measure(path: Path, sizes: Sequence[int], options: GeneralisationOptions) -> Iterator[Solved]:
    """How well a model solves problems of each size."""
    loaded = load(path)
    for size in sizes:
        yield solve(loaded.model, loaded.codec, size, count=options.count, seed=1)


def save(tried: Sequence[Tried], options: GeneralisationOptions) -> None:
    """Writes all that was measured."""
    rows: list[dict[str, Any]] = [
        {"problem": each.problem, "network": each.network, **found._asdict()}
        for each in tried
        for found in each.found
    ]
    with replace_file(options.save) as file:
        json.dump({"largest": options.largest, "found": rows}, file, indent=2)


def picture(tried: Sequence[Tried], learned: int) -> Figure:
    """A panel for each problem: a row for each network, a column for each size."""
    shades = blue_map()
    problems = list(dict.fromkeys(each.problem for each in tried))
    rows = max(sum(each.problem == name for each in tried) for name in problems)
    high = TOP + ROW * rows + TICKED
    figure = make_figure(LEFT + ACROSS + RIGHT + 0.5, high * len(problems))
    for n, problem in enumerate(problems):
        own = [each for each in tried if each.problem == problem]
        axes = add_panel(figure, LEFT + 0.5, TOP + n * high, ACROSS, ROW * len(own))
        exact = np.array([[found.exact for found in each.found] for each in own])
        image = axes.imshow(exact, aspect="auto", vmin=0, vmax=1, cmap=shades)
        sizes = [found.size for found in own[0].found]
        axes.set_xticks(range(len(sizes)), [str(size) for size in sizes])
        axes.set_yticks(range(len(own)), [each.network for each in own])
        border = np.searchsorted(sizes, learned, side="right") - 0.5
        axes.axvline(border, color=WORDS, linewidth=1, linestyle=":")
        set_title(axes, f"{problem}: exact answers by size; learned left of the line")
        add_colour_bar(axes, image, "exact")
    return figure

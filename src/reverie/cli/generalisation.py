"""The work of `reverie study generalisation`: trains, tries on larger problems, and draws."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import equinox as eqx
import jax
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
from reverie.tasks.algorithms.measure import (
    Solved,
    round_actions,
    sizes_from,
    sizes_to,
    solve,
)
from reverie.tasks.algorithms.options import MEMORIES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STACKS = ("stacks", "lists")
"""Memories whose recipe is their own, and whose actions can be rounded."""
ACROSS, ROW = 5.0, 0.3
"""The width of a panel and the height of a row of it, in inches."""


SOLVED = 0.1
"""A problem is learned where an answer of the largest size has at most so many bits to spare."""


class Tried(NamedTuple):
    """What came of the trainings of one network."""

    problem: str
    network: str
    weights: int
    runs: list[list[Solved]]
    """By seed and size."""

    def learned(self, largest: int) -> int:
        """How many have learned problems of the largest size that they saw."""
        sizes = [found.size for found in self.runs[0]]
        at = max((n for n, size in enumerate(sizes) if size <= largest), default=0)
        return sum(run[at].bits <= SOLVED for run in self.runs)

    def exact(self) -> np.ndarray:
        """The median of the part of answers that are exact, by size."""
        return np.median([[found.exact for found in run] for run in self.runs], axis=0)


def study(options: GeneralisationOptions) -> list[Tried]:
    """Trains what is missing, prints a table as it grows, and draws the picture."""
    known, learners = (
        dict.fromkeys(names) for names in (problem_names(), (*cell_names(), *MEMORIES))
    )
    problems = names_in(options.problems, "problem", known) or list(known)
    networks = names_in(options.cells, "cell or memory", learners) or list(learners)
    sizes = sizes_from(options.sizes.split(",")) if options.sizes else None
    sizes = sizes or sizes_to(options.largest * options.beyond)
    tried = []
    for problem in problems:
        trained = [(n, train(problem, n, options)) for n in networks]
        medians = f", medians of {options.seeds} seeds" if options.seeds > 1 else ""
        print(f"\n{problem}: exact answers by size, learned up to {options.largest}{medians}")
        print(f"{'':18}{'weights':>9}{'learned':>9}" + "".join(f"{size:>7}" for size in sizes))
        for network, paths in trained:
            for each in measure(problem, network, paths, sizes, options):
                tried.append(each)
                print(row(each, options.largest), flush=True)
    save_figure(picture(tried, options.largest), options.out)
    if options.save:
        save(tried, options)
    return tried


def train(problem: str, network: str, options: GeneralisationOptions) -> list[Path]:
    """The models of a problem by a cell, or by a memory with its controller, one for each seed."""
    stacks = network in STACKS
    name = "stack_augmented" if stacks else "turing"
    chosen = {"memory": network} if network in MEMORIES else {"memory": "none", "cell": network}
    shared = {"largest": options.largest, "steps": options.steps, "problem": problem}
    # Stacks have the size of their own recipe.
    size = {} if stacks else {"hidden": options.hidden, "heads": options.heads}
    paths = []
    for seed in range(options.seed, options.seed + options.seeds):
        config = change(recipe(name).Config(), {**chosen, **shared, **size, "seed": seed})
        folder = f"{problem}-{network}-{options.largest}-{options.steps}-{seed}"
        paths.append(train_to_end(Path(options.runs) / folder, name, config))
    return paths


def measure(
    problem: str,
    network: str,
    paths: Sequence[Path],
    sizes: Sequence[int],
    options: GeneralisationOptions,
) -> Iterator[Tried]:
    """How well models solve problems of each size; stacks and lists also with rounded actions."""
    loaded = [load(path) for path in paths]
    weights = sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(loaded[0].model, eqx.is_array)))

    def tried(name: str, change: Callable[[Any], Any]) -> Tried:
        runs = [
            [
                solve(change(each.model), each.codec, size, count=options.count, seed=1)
                for size in sizes
            ]
            for each in loaded
        ]
        return Tried(problem, name, weights, runs)

    yield tried(network, lambda model: model)
    if network in STACKS:
        yield tried(f"{network}, rounded", round_actions)


def row(tried: Tried, largest: int) -> str:
    """A line of the table."""
    learned = f"{tried.learned(largest)}/{len(tried.runs)}"
    exact = "".join(f"{part:>7.0%}" for part in tried.exact())
    return f"{tried.network:18}{tried.weights:>9,}{learned:>9}{exact}"


def save(tried: Sequence[Tried], options: GeneralisationOptions) -> None:
    """Writes all that was measured."""
    rows: list[dict[str, Any]] = [
        {"problem": each.problem, "network": each.network, "seed": seed, **found._asdict()}
        for each in tried
        for seed, run in enumerate(each.runs, options.seed)
        for found in run
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
        exact = np.array([each.exact() for each in own])
        image = axes.imshow(exact, aspect="auto", vmin=0, vmax=1, cmap=shades)
        sizes = [found.size for found in own[0].runs[0]]
        axes.set_xticks(range(len(sizes)), [str(size) for size in sizes])
        axes.set_yticks(range(len(own)), [each.network for each in own])
        border = np.searchsorted(sizes, learned, side="right") - 0.5
        axes.axvline(border, color=WORDS, linewidth=1, linestyle=":")
        set_title(axes, f"{problem}: exact answers by size; learned left of the line")
        add_colour_bar(axes, image, "exact")
    return figure

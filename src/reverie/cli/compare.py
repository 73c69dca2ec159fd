"""The work of `reverie gradients`: trains what is missing, measures, prints and draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reverie.cli.nest import train_to_end
from reverie.cli.options import GradientsOptions
from reverie.data.sources import open_source
from reverie.errors import InputError
from reverie.formats import npz
from reverie.inspection.gradients import influence, spread
from reverie.inspection.gradients_picture import (
    BeforeAfter,
    GradientFlow,
    gradients_picture,
    middle,
)
from reverie.inspection.saving import save_figure
from reverie.loading import load
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import Loaded
from reverie.tasks.text.options import TEXT

SHOWN = 1, 3, 10, 30, 100, 300, 1000
"""Distances of the table."""


def compare(models: Sequence[str], cells: Sequence[str], options: GradientsOptions) -> list[str]:
    """Prints a table for each model and draws the picture; returns the names of the models."""
    text = open_source(options.file).text()
    named = {Path(path).stem: Path(path) for path in models} or dict(train_cells(cells, options))
    compared = []
    for name, path in named.items():
        compared.append(measure(name, open_model(path), text, options))
        print("\n".join(table(compared[-1])), flush=True)
    if options.save:
        save_numbers(compared, options.save)
    save_figure(gradients_picture(compared), options.out)
    return list(named)


def open_model(path: Path) -> Loaded:
    """A model of texts. InputError for another."""
    loaded = load(path)
    spec = recipe(loaded.recipe).task
    if spec is not TEXT:
        raise InputError(
            f"{path} is a model of the recipe {loaded.recipe.replace('_', '-')}: it is for "
            f"reverie {spec.use}, and gradients are measured of models of texts"
        )
    return loaded


def train_cells(cells: Sequence[str], comparing: GradientsOptions) -> Iterator[tuple[str, Path]]:
    """A model of each cell, by name: those that are there, and the others trained to the end."""
    for cell in cells:
        folder = Path(comparing.runs) / f"{cell}-{comparing.hidden}-{comparing.steps}"
        network = {"cell": cell, "hidden": comparing.hidden, "steps": comparing.steps}
        config = change(recipe("characters").Config(), {**network, "data": comparing.file})
        yield cell, train_to_end(folder, "characters", config)


def measure(name: str, loaded: Loaded, text: str, comparing: GradientsOptions) -> BeforeAfter:
    """The gradients of a model as it is and as it began, on the same stretches of a text."""

    values = np.asarray(loaded.codec.encode(text, comparing.unknown))
    length = 2 * comparing.distance + 2
    if len(values) < length:
        raise InputError(
            f"{comparing.distance} steps need a text of {length:,} symbols, this has "
            f"{len(values):,}: give a longer one, or a smaller --distance"
        )
    stretches = spread(values, comparing.stretches, length)
    rng = np.random.default_rng(loaded.config.training.seed)
    began = recipe(loaded.recipe).build(loaded.config, loaded.codec, rng=rng)
    pair = (
        GradientFlow.of(model.core, influence(model, stretches, comparing.distance))
        for model in (began, loaded.model)
    )
    return BeforeAfter(name, *pair)


def table(compared: BeforeAfter) -> Iterator[str]:
    """The norms of a model at a few distances."""

    distances = [k for k in SHOWN if k <= compared.after.influence.state.shape[1]]
    yield f"{compared.name:16}" + "".join(f"{f'k = {k}':>12}" for k in distances)
    for when, each in compared.times():
        for what, norms in (("state", each.influence.state), ("input", each.influence.input)):
            row = middle(norms)
            yield f"  {f'{what}, {when}':14}" + "".join(f"{row[k - 1]:12.3g}" for k in distances)


def save_numbers(compared: Sequence[BeforeAfter], path: str) -> None:
    """Writes all that was measured, as `lstm.after.state` and so on."""

    arrays: dict[str, Any] = {}
    for model in compared:
        for when, each in model.times():
            for name, array in each.influence._asdict().items():
                arrays[f"{model.name}.{when}.{name}"] = array
            for name, spectrum in each.spectra.items():
                arrays[f"{model.name}.{when}.eigenvalues.{name}"] = spectrum
    npz.write(arrays, path)

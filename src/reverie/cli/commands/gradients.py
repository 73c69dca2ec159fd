"""Measure how far back models learn: gradients through time, before and after training."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from reverie.cells.names import CellName
from reverie.cli.parsing import Parser
from reverie.codecs.unknown import Unknown
from reverie.errors import InputError
from reverie.settings import Options, change_group, option, unknown_name

if TYPE_CHECKING:
    from reverie.inspection.gradients_picture import BeforeAfter
    from reverie.storage import Loaded

MOST = 6
"""Models in one picture: so many colours can be told apart."""
SHOWN = 1, 3, 10, 30, 100, 300, 1000
"""Distances of the table."""


@dataclass(frozen=True)
class GradientsOptions(Options):
    """What is measured, and where the picture goes."""

    cells: str = option("elman,lstm,gru", "without models: train one of each of these cells")
    hidden: int = option(128, "units of those", least=1)
    steps: int = option(1000, "updates of those", above=0)
    runs: str = option("runs/gradients", "where those are kept, or go on")
    file: str = option("shakespeare", "the text that is learned and read")
    unknown: Unknown = option("error", "what to do with symbols a model does not know")
    distance: int = option(100, "so many steps back", least=1, below=10_001)
    stretches: int = option(16, "of the text, on which it is measured", least=1)
    out: str = option("gradients.png", "write the picture to this file", letter="o")
    save: str = option("", "write the numbers to this file, an .npz")


def run(argv: list[str]) -> int:
    """Prints a table and draws a picture."""
    parser = Parser(
        "gradients",
        "[MODEL ...] [options]",
        "How fast what was read long ago ceases to matter: the gradients of states and losses "
        "over distance, and the eigenvalues of what recurs, before and after training. Without "
        "models, one of each cell is trained first.",
    )
    parser.add_argument("models", metavar="MODEL", nargs="*", help="models of texts")
    parser.add_options("what", GradientsOptions())
    given = parser.parsed(argv)
    comparing, models = change_group(GradientsOptions(), given), given.get("models", [])
    refuse_impossible(models, given, comparing)

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.models import open_model
    from reverie.inspection.gradients_picture import gradients_picture
    from reverie.inspection.saving import save_figure

    text = the_text(comparing)
    named = {Path(path).stem: path for path in models} if models else dict(trained(comparing))
    compared = []
    for name, path in named.items():
        compared.append(measured(name, open_model(str(path), "sample"), text, comparing))
        print("\n".join(table(compared[-1])), flush=True)
    if comparing.save:
        save_numbers(compared, comparing.save)
    save_figure(gradients_picture(compared), comparing.out)
    print(f"{comparing.out}: {', '.join(named)}", file=sys.stderr)
    return 0


def refuse_impossible(
    models: Sequence[str], given: dict[str, Any], comparing: GradientsOptions
) -> None:
    """InputError where options make no sense; before any work."""
    from reverie.inspection.saving import check_suffix

    check_suffix(comparing.out)
    if comparing.save and not comparing.save.endswith(".npz"):
        raise InputError(f"the numbers go to an .npz and not {comparing.save!r}: change its name")
    if models:
        for name in ("cells", "hidden", "steps", "runs"):
            if name in given:
                raise InputError(f"{name} is for models to be trained: leave it or the models out")
    if len({Path(model).stem for model in models}) < len(models):
        raise InputError("two of the models have one name: give each another")
    if len(models or cells_of(comparing)) > MOST:
        raise InputError(f"one picture shows {MOST} models at most: leave some out")


def cells_of(comparing: GradientsOptions) -> list[str]:
    """The cells that were named. InputError for one that there is not."""
    names = list(dict.fromkeys(n.strip() for n in comparing.cells.split(",") if n.strip()))
    for name in names:
        if name not in get_args(CellName):
            raise unknown_name("cell", name, dict.fromkeys(get_args(CellName)))
    if not names:
        raise InputError("name a cell or more with --cells, a comma between, or give models")
    return names


def the_text(comparing: GradientsOptions) -> str:
    """What is read."""
    from reverie.data.sources import open_source

    return open_source(comparing.file).text()


def trained(comparing: GradientsOptions) -> Iterator[tuple[str, Path]]:
    """A model of each cell, by name: those that are there, and the others trained to the end."""
    from reverie.recipes import recipe
    from reverie.runs.run import Run, resumed
    from reverie.runs.session import train_run
    from reverie.settings import change

    for cell in cells_of(comparing):
        folder = Path(comparing.runs) / f"{cell}-{comparing.hidden}-{comparing.steps}"
        asked = {"cell": cell, "hidden": comparing.hidden, "steps": comparing.steps}
        config = change(recipe("characters").Config(), {**asked, "data": comparing.file})
        new = Run(folder, "characters", config)
        if folder.exists() and resumed(folder).config != config:
            raise InputError(
                f"{folder} holds a model trained on another text: keep these elsewhere, with --runs"
            )
        if not new.model.exists():
            train_run(new, resume=folder.exists())
        yield cell, new.model


def measured(name: str, loaded: Loaded, text: str, comparing: GradientsOptions) -> BeforeAfter:
    """The gradients of a model as it is and as it began, on the same stretches of a text."""
    import numpy as np

    from reverie.inspection.gradients import influence, spread
    from reverie.inspection.gradients_picture import BeforeAfter, GradientFlow
    from reverie.recipes import recipe

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
    from reverie.inspection.gradients_picture import middle

    distances = [k for k in SHOWN if k <= compared.after.influence.state.shape[1]]
    yield f"{compared.name:16}" + "".join(f"{f'k = {k}':>12}" for k in distances)
    for when, each in compared.times():
        for what, norms in (("state", each.influence.state), ("input", each.influence.input)):
            row = middle(norms)
            yield f"  {f'{what}, {when}':14}" + "".join(f"{row[k - 1]:12.3g}" for k in distances)


def save_numbers(compared: Sequence[BeforeAfter], path: str) -> None:
    """Writes all that was measured, as `lstm.after.state` and so on."""
    from reverie.formats import npz

    arrays: dict[str, Any] = {}
    for model in compared:
        for when, each in model.times():
            for name, array in each.influence._asdict().items():
                arrays[f"{model.name}.{when}.{name}"] = array
            for name, spectrum in each.spectra.items():
                arrays[f"{model.name}.{when}.eigenvalues.{name}"] = spectrum
    npz.write(arrays, path)

"""Measure how far back models learn: gradients through time, before and after training."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reverie.cells.catalogue import cell_names
from reverie.cli.options import GradientsOptions
from reverie.cli.parsing import Parser
from reverie.errors import InputError
from reverie.inspection.saving import check_suffix
from reverie.runtime import prepare
from reverie.settings import change_group, names_in

MOST = 6
"""Models in one picture: so many colours can be told apart."""


def run(argv: list[str]) -> int:
    """Prints a table and draws a picture."""
    parser = Parser(
        "gradients",
        "[MODEL ...] [options]",
        "Measure the gradients of states and losses through time, and the eigenvalues of the "
        "recurrence, before and after training. Without models, one of each cell is trained first.",
    )
    parser.add_argument("models", metavar="MODEL", nargs="*", help="models of texts")
    parser.add_options("the measurement", GradientsOptions())
    values = parser.parse_options(argv)
    options, models = change_group(GradientsOptions(), values), values.get("models", [])
    refuse_impossible(models, values, options)

    prepare()
    from reverie.cli.compare import compare

    names = compare(models, cells_of(options), options)
    print(f"{options.out}: {', '.join(names)}", file=sys.stderr)
    return 0


def refuse_impossible(
    models: Sequence[str], values: dict[str, Any], comparing: GradientsOptions
) -> None:
    """InputError where options make no sense; before any work."""
    check_suffix(comparing.out)
    if comparing.save and not comparing.save.endswith(".npz"):
        raise InputError(f"the numbers go to an .npz and not {comparing.save!r}: change its name")
    if models:
        for name in ("cells", "hidden", "steps", "runs"):
            if name in values:
                raise InputError(f"{name} is for models to train: leave it or the models out")
    if len({Path(model).stem for model in models}) < len(models):
        raise InputError("two of the models have the same name: rename one of them")
    if len(models or cells_of(comparing)) > MOST:
        raise InputError(f"one picture shows {MOST} models at most: leave some out")


def cells_of(comparing: GradientsOptions) -> list[str]:
    """The cells that were named. InputError for one that there is not."""
    names = names_in(comparing.cells, "cell", dict.fromkeys(cell_names()))
    if not names:
        raise InputError("name a cell or more with --cells, a comma between, or give models")
    return names

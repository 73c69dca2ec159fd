"""Measure how far back models learn: gradients through time, before and after training."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reverie.cells.catalogue import cell_names
from reverie.cli.parsing import Parser
from reverie.codecs.unknown import Unknown
from reverie.errors import InputError
from reverie.inspection.saving import check_suffix
from reverie.runtime import prepare
from reverie.settings import Options, change_group, option, unknown_name

MOST = 6
"""Models in one picture: so many colours can be told apart."""


@dataclass(frozen=True)
class GradientsOptions(Options):
    """What is measured, and where the picture goes."""

    cells: str = option("elman,lstm,gru", "cells of the models to train, where no MODEL is named")
    hidden: int = option(128, "units of the models that are trained", least=1)
    steps: int = option(1000, "updates of the models that are trained", above=0)
    runs: str = option("runs/gradients", "folder in which trained models are kept")
    file: str = option("shakespeare", "text that is learned and read")
    unknown: Unknown = option("error", "what to do with symbols a model does not know")
    distance: int = option(100, "distance in steps to measure up to", least=1, below=10_001)
    stretches: int = option(16, "number of stretches of the text that are measured", least=1)
    out: str = option("gradients.png", "file for the picture", letter="o")
    save: str = option("", "file for the numbers, an .npz")


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
    parser.add_options("the measurement", GradientsOptions())
    given = parser.parsed(argv)
    options, models = change_group(GradientsOptions(), given), given.get("models", [])
    refuse_impossible(models, given, options)

    prepare()
    from reverie.cli.compare import compare

    names = compare(models, cells_of(options), options)
    print(f"{options.out}: {', '.join(names)}", file=sys.stderr)
    return 0


def refuse_impossible(
    models: Sequence[str], given: dict[str, Any], comparing: GradientsOptions
) -> None:
    """InputError where options make no sense; before any work."""
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
        if name not in cell_names():
            raise unknown_name("cell", name, dict.fromkeys(cell_names()))
    if not names:
        raise InputError("name a cell or more with --cells, a comma between, or give models")
    return names

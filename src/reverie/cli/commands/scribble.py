"""Let the pen run free: strokes of a model that knows no text."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reverie.cli.parsing import Parser
from reverie.settings import Options, change_group, option
from reverie.tasks.handwriting.output import InkOutput, deliver

if TYPE_CHECKING:
    from reverie.tasks.handwriting.generate import Line
    from reverie.tasks.handwriting.pages import Page


@dataclass(frozen=True)
class ScribbleOptions(Options):
    """How much to scribble, and how."""

    points: int = option(700, "how many points", least=2)
    bias: float = option(0.0, "0 is wild, 1 is neat", least=0)
    seed: int | None = option(None, "same seed, same ink; else a new one", least=0, below=2**32)
    count: int = option(1, "how many lines, below each other", least=1)


def run(argv: list[str]) -> int:
    """Scribbles."""
    parser = Parser("scribble", "--model MODEL [options]", "Let the pen of a model run free.")
    parser.add_argument("--model", metavar="MODEL", required=True, help="of handwriting-prediction")
    parser.add_options("what", ScribbleOptions())
    parser.add_options("where", InkOutput())
    given = parser.parsed(argv)
    scribbling, drawn = change_group(ScribbleOptions(), given), change_group(InkOutput(), given)
    drawn.check()
    seed = secrets.randbelow(2**32) if scribbling.seed is None else scribbling.seed

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.models import open_model
    from reverie.keys import keys_of
    from reverie.tasks.handwriting.generate import Scribbler

    loaded = open_model(given["model"], "scribble")
    if scribbling.seed is None:
        print(f"(--seed {seed} scribbles this again)", file=sys.stderr, flush=True)
    keys = keys_of(seed, scribbling.count)
    scribbler = Scribbler(loaded.model, loaded.codec)
    deliver(_page(scribbler.write(scribbling.points, keys, bias=scribbling.bias)), drawn)
    return 0


def _page(lines: list[Line]) -> Iterator[Page]:
    from reverie.tasks.handwriting.pages import make_page

    yield make_page(dict(enumerate(lines)))

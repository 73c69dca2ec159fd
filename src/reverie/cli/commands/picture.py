"""Picture what a model of handwriting expects, weighs, reads and writes."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reverie.cli.parsing import Parser
from reverie.errors import InputError
from reverie.settings import Options, change_group, option, unknown_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reverie.codecs.ink import Ink
    from reverie.storage import Loaded
    from reverie.tasks.handwriting.line_trace import LineTrace

COLUMNS = 2400
"""Cells of a density, side by side, at most."""
BIAS = 0.5
"""Of a line that is written to be looked into: that of `reverie write`."""
BIASES = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class PictureOptions(Options):
    """What is pictured."""

    trace: str = option("", "look into this line: a shipped style's number, .svg, .inkml, .json")
    data: str = option("", "real lines: IAM-OnDB's folder, or strokes: a file or a folder of them")
    count: int = option(8, "how many of them", least=1, below=65)
    bias: float | None = option(
        None, "0 is wild, 1 is neat; else 0.5 for a TEXT, 0 for real lines", least=0
    )
    seed: int | None = option(None, "same seed, same picture; else a new one", least=0, below=2**32)
    out: str = option("", "this file: .png or .svg", letter="o")


class Kind(NamedTuple):
    """A picture: how it is made of a model, a text and options, and what it listens to."""

    drawn: Callable[[Loaded, str, PictureOptions], Figure]
    listens: frozenset[str]


def run(argv: list[str]) -> int:
    """Draws a picture."""
    parser = Parser(
        "picture",
        "KIND [TEXT] [options] -o FILE",
        "Draw a picture of a model of handwriting. KIND is density (where it expects the next "
        "point), weights (of the mixture), window (over the text), biases (one line from wild to "
        "neat) or samples (beside real lines).",
    )
    parser.add_argument("kind", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("text", metavar="TEXT", nargs="?", help="what is written")
    parser.add_argument("--model", metavar="MODEL", help="a model of handwriting; else the shipped")
    parser.add_options("what", PictureOptions())
    given = parser.parsed(argv)
    kind, text = kind_of(given), " ".join((given.get("text") or "").split())
    picturing = change_group(PictureOptions(), given)
    refuse_impossible(kind, text, picturing)
    if picturing.seed is None and not picturing.trace:
        picturing = replace(picturing, seed=secrets.randbelow(2**32))
        print(f"(--seed {picturing.seed} draws this again)", file=sys.stderr, flush=True)

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.models import open_model
    from reverie.inspection.saving import save_figure

    save_figure(kind.drawn(open_model(given.get("model"), "write"), text, picturing), picturing.out)
    print(f"{picturing.out}: {given['kind']}", file=sys.stderr)
    return 0


def kind_of(given: dict[str, Any]) -> Kind:
    """The kind that was named, which must listen to all options that were given."""
    name = given["kind"]
    if name not in KINDS:
        raise unknown_name("picture", name, KINDS)
    for other in sorted(given.keys() - KINDS[name].listens - {"kind", "model", "out"}):
        raise InputError(f"the picture {name} does not listen to {other}: leave it out")
    return KINDS[name]


def refuse_impossible(kind: Kind, text: str, picturing: PictureOptions) -> None:
    """InputError where something is missing that the picture needs; before any work."""
    from reverie.inspection.saving import check_suffix

    if not picturing.out:
        raise InputError("say where the picture goes: name a .png or an .svg with --out")
    check_suffix(picturing.out)
    if "data" in kind.listens and not picturing.data:
        raise InputError("real lines are needed to write beside: name them with --data")
    if "text" in kind.listens and not text and not picturing.trace:
        trace = ", or a line with --trace" if "trace" in kind.listens else ""
        raise InputError(f"give the text to write{trace}")


def density(loaded: Loaded, text: str, picturing: PictureOptions) -> Figure:
    """Where the next point is expected, on the page."""
    from reverie.tasks.handwriting.density import density as density_of
    from reverie.tasks.handwriting.density import make_grid
    from reverie.tasks.handwriting.views import density_picture

    line, strokes = looked_into(loaded, text, picturing), loaded.codec.strokes
    grid = make_grid(line, strokes, COLUMNS)
    return density_picture(line.ink, grid, density_of(line, strokes, grid))


def weights(loaded: Loaded, text: str, picturing: PictureOptions) -> Figure:
    """The weights of the components."""
    from reverie.tasks.handwriting.views import weights_picture

    line = looked_into(loaded, text, picturing)
    return weights_picture(line.ink, line.weights)


def window(loaded: Loaded, text: str, picturing: PictureOptions) -> Figure:
    """The window over the text."""
    from reverie.tasks.handwriting.views import window_picture

    line = looked_into(loaded, text, picturing)
    return window_picture(line.ink, line.ink.text, line.phi)


def biases(loaded: Loaded, text: str, picturing: PictureOptions) -> Figure:
    """A text by one seed, from wild to neat."""
    from reverie.tasks.handwriting.rows import rows_picture

    known = known_text(loaded, text)
    inks = [written(loaded, [known], bias, picturing)[0] for bias in BIASES]
    return rows_picture([[ink] for ink in inks], [f"bias {bias:g}" for bias in BIASES])


def samples(loaded: Loaded, text: str, picturing: PictureOptions) -> Figure:
    """Real lines, and the same texts by the model."""
    from reverie.tasks.handwriting.rows import rows_picture

    real = real_lines(loaded, picturing)
    texts = [ink.text for ink in real]
    own = written(loaded, texts, picturing.bias or 0.0, picturing)
    return rows_picture(list(zip(real, own, strict=True)), texts, ["real", "written"])


KINDS = {
    "density": Kind(density, frozenset({"text", "trace", "bias", "seed"})),
    "weights": Kind(weights, frozenset({"text", "trace", "bias", "seed"})),
    "window": Kind(window, frozenset({"text", "trace", "bias", "seed"})),
    "biases": Kind(biases, frozenset({"text", "seed"})),
    "samples": Kind(samples, frozenset({"data", "count", "bias", "seed"})),
}


def looked_into(loaded: Loaded, text: str, picturing: PictureOptions) -> LineTrace:
    """The trace that was named, or the text as the model writes it, and what the model saw."""
    from reverie.tasks.handwriting.line_trace import read_line

    if picturing.trace:
        from reverie.tasks.handwriting.styles import read_style

        ink, bias = read_style(picturing.trace), picturing.bias or 0.0
        text = known_text(loaded, text or ink.text)
    else:
        bias = BIAS if picturing.bias is None else picturing.bias
        (ink,) = written(loaded, [known_text(loaded, text)], bias, picturing)
    return read_line(loaded.model, loaded.codec, ink, text, bias)


def known_text(loaded: Loaded, text: str) -> str:
    """The text; InputError where it has a character that the model has never seen."""
    from reverie.codecs.unknown import character_name

    unseen = next((c for c in text if c not in loaded.codec.alphabet.alphabet), None)
    if unseen is not None:
        raise InputError(
            f"the model has never seen {character_name(unseen)}: give a text without it"
        )
    return text


def written(
    loaded: Loaded, texts: Sequence[str], bias: float, picturing: PictureOptions
) -> list[Ink]:
    """Each text as a line; tells of those that did not come to their end."""
    from reverie.keys import keys_of
    from reverie.tasks.handwriting.generate import Writer

    assert picturing.seed is not None
    keys = keys_of(picturing.seed, len(texts))
    lines = Writer(loaded.model, loaded.codec).write(texts, keys, bias=bias)
    for line in lines:
        if not line.finished:
            print(
                f"{line.ink.text!r} at bias {bias:g} was ended by the limit, not by the end of "
                "the text: try another --seed",
                file=sys.stderr,
            )
    return [line.ink for line in lines]


def real_lines(loaded: Loaded, picturing: PictureOptions) -> list[Ink]:
    """Some lines whose texts the model can write, of those kept for the test where there are.

    Raises InputError where there are none.
    """
    import numpy as np

    from reverie.tasks.handwriting.data import is_iam, open_files
    from reverie.tasks.handwriting.task import open_ink, with_path

    path = Path(picturing.data)
    if picturing.data == "pen" or is_iam(path):
        hands = open_ink(with_path(loaded.config.data, picturing.data), loaded.config.training.seed)
    else:
        hands = open_files(path, 0.0, 0.0)
    inks = next(part for part in (hands.test, hands.valid, hands.train) if len(part))
    known = set(loaded.codec.alphabet.alphabet)
    order = np.random.default_rng(picturing.seed).permutation(len(inks))
    fit = (ink for ink in (inks[n] for n in order) if ink.text.strip() and set(ink.text) <= known)
    found = list(islice(fit, picturing.count))
    if not found:
        raise InputError(
            f"no line of {picturing.data} has a text that the model can write: give others"
        )
    return found

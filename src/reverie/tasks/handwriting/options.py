"""The options of handwriting, and what a model of it can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reverie.cells.catalogue import cell_names
from reverie.data.ink.options import InkData
from reverie.errors import InputError
from reverie.formats.suffixes import check_format
from reverie.inspection.saving import check_suffix
from reverie.settings import Options, option, unknown_name
from reverie.tasks.task import (
    Argument,
    Given,
    Precision,
    RecurrentLayers,
    Shipped,
    TaskSpec,
    Verb,
    check_folder,
    check_seeds,
)
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class PenNetwork(RecurrentLayers, Options):
    """Layers with skips from the input to each and from each to the output (Graves 2013)."""

    cell: str = option("peephole-lstm", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(3, "number of recurrent layers", least=1)
    hidden: int = option(400, "units in each layer", least=1)
    components: int = option(
        20, "mixture components of the distribution of the next point (M)", least=1
    )
    clip_gates: float = option(10.0, "limit of the derivatives at the gates; 0: off", least=0)
    clip_outputs: float = option(100.0, "limit of the derivatives at the outputs", above=0)
    forget_bias: float = option(1.0, "initial bias of the forget gates (LSTM cells)")
    recurrent_dropout: float = option(
        0.0, "dropout rate on the recurrent state of each layer", least=0, below=1
    )


@dataclass(frozen=True)
class WindowNetwork(PenNetwork):
    """The same, with a window over the text in the first layer."""

    gaussians: int = option(10, "number of Gaussians of the window over the text (K)", least=1)


@dataclass(frozen=True)
class WritingData(InkData):
    """What ink is read, and how it is augmented."""

    copies: int = option(
        0, "number of distorted training copies of each line; 0: the lines themselves", least=0
    )
    distortion: float = option(
        0.5, "amount of the distortion of copies; 1: as for reading", least=0
    )
    repeat_rare: float = option(
        0.0,
        "lines with a character that a smaller fraction of lines has are repeated, by the square "
        "root of the ratio; 0: none",
        least=0,
        below=1,
    )


LEARNING = TrainingOptions(
    minutes=60.0,
    lanes=16,
    optimiser="muon",
    rate=0.01,
    others=1.0,
    schedule="linear",
    averaging=0.998,
    evaluations=12,
)
"""How lines of strokes are learned: in an hour or two of a CPU."""


@dataclass(frozen=True)
class InkEvaluationOptions(Options):
    """How a model of ink is measured."""

    rows: int = option(16, "number of lines measured at once", least=1)


@dataclass(frozen=True)
class InkOutput(Options):
    """Where the ink goes."""

    out: str = option("", "file to write: .svg, .png, .gif, .gcode, .inkml or .json", letter="o")
    animate: bool = option(False, "animate the pen, in .svg and .gif")
    by_speed: bool = option(False, "thin strokes where the pen was fast, in .svg, .png and .gif")


@dataclass(frozen=True)
class WriteOptions(Options):
    """The text to write, the style and the candidates."""

    file: str = option("", "file to read the text from; -: standard input")
    wrap: int = option(32, "largest number of characters of a line", least=1, below=200)
    style: str = option(
        "", "style: the number of a style that ships, or a trace: .svg, .inkml, .json"
    )
    style_text: str = option("", "text of the trace of the style, if its file has none")
    bias: float = option(
        0.5, "probability bias: 0 is as learned, 1 is neat, 10 is close to the mode", least=0
    )
    seed: int | None = option(None, "random seed; default: a new one", least=0, below=2**32)
    count: int = option(
        1, "number of versions to write; the second is the first of the next seed", least=1
    )
    candidates: int = option(
        4, "number of candidates for each line, of which the best is kept", least=1, below=33
    )
    rank: Literal["reader", "probability"] = option(
        "reader", "measure of the best candidate: legibility (by the reader) or probability"
    )
    substitute: bool = option(False, "write the nearest known characters for unknown ones")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.style_text and not self.style:
            raise InputError("style-text says what a trace spells: name the trace with --style")


@dataclass(frozen=True)
class ScribbleOptions(Options):
    """How much to scribble, and how."""

    points: int = option(700, "number of points of a line", least=2)
    bias: float = option(0.0, "probability bias: 0 is as learned, 1 is neat", least=0)
    seed: int | None = option(None, "random seed; default: a new one", least=0, below=2**32)
    count: int = option(
        1,
        "number of lines, one below the other; the n-th of a seed is the same in any number",
        least=1,
    )


@dataclass(frozen=True)
class PictureOptions(Options):
    """The lines that are pictured."""

    trace: str = option(
        "", "line to show: the number of a style that ships, or .svg, .inkml, .json"
    )
    data: str = option("", "real lines: the folder of IAM-OnDB, or strokes in a file or folder")
    count: int = option(8, "number of real lines", least=1, below=65)
    bias: float | None = option(
        None,
        "probability bias: 0 is as learned, 1 is neat; default: 0.5 for a TEXT, 0 for real lines",
        least=0,
    )
    seed: int | None = option(None, "random seed; default: a new one", least=0, below=2**32)
    out: str = option("", "file to write: .png or .svg", letter="o")


PICTURES = {
    "density": frozenset({"text", "trace", "bias", "seed"}),
    "weights": frozenset({"text", "trace", "bias", "seed"}),
    "window": frozenset({"text", "trace", "bias", "seed"}),
    "biases": frozenset({"text", "seed"}),
    "samples": frozenset({"data", "count", "bias", "seed"}),
}
"""The kinds of picture, and the options that each of them uses."""


def check_output(given: Given) -> None:
    """InputError for a format that does not exist, or cannot do what is asked."""
    output = given.group(InkOutput)
    if output.out:
        check_format(output.out, animated=output.animate, by_speed=output.by_speed)
        check_folder(output.out)
    elif output.animate or output.by_speed:
        raise InputError("animate and by-speed need a file: name it with --out")


def check_writing(given: Given) -> None:
    """InputError unless there is one text to write and a place for it."""
    check_output(given)
    text, file = given.values.get("text"), given.group(WriteOptions).file
    if (text is None) == (not file):
        raise InputError("give the text to write, or a file of it with --file: one of the two")
    if text is not None and not text.strip():
        raise InputError("the text is empty: give some letters to write")
    options = given.group(WriteOptions)
    check_seeds(options.seed, options.count)


def check_picture(given: Given) -> None:
    """InputError where the picture lacks something, or does not use an option."""
    name, options = given.values["kind"], given.group(PictureOptions)
    if name not in PICTURES:
        raise unknown_name("picture", name, PICTURES)
    used = PICTURES[name]
    for other in sorted(given.values.keys() - used - {"kind", "out"}):
        raise InputError(f"the picture {name} does not use {other}: leave it out")
    if not options.out:
        raise InputError("name the file of the picture with --out: a .png or an .svg")
    check_suffix(options.out)
    if "data" in used and not options.data:
        raise InputError("samples are drawn beside real lines: name these with --data")
    if "text" in used and not given.values.get("text", "").strip() and not options.trace:
        trace = ", or a line with --trace" if "trace" in used else ""
        raise InputError(f"give the text to write{trace}")


HANDWRITING = Shipped("handwriting", "handwriting")

EVALUATE = Verb(
    "Measure a model of handwriting on ink, or on the validation and test parts of its own.",
    "MODEL [PATH] [options]",
    (Argument("path", "PATH", "ink to measure on; default: that of its training", "?"),),
    {"the measurement": InkEvaluationOptions(), "the computation": Precision()},
)

CONDITIONAL = TaskSpec(
    __package__,
    {
        "write": Verb(
            "Write a text by hand, to a file or the terminal.",
            "TEXT [options]",
            (Argument("text", "TEXT", "text to write", "?"),),
            {
                "the text and the style": WriteOptions(),
                "the output": InkOutput(),
                "the computation": Precision(),
            },
            shipped=HANDWRITING,
            model_option=True,
            check=check_writing,
        ),
        "picture": Verb(
            "Draw a picture of a model of handwriting. KIND is density (where it expects the next "
            "point), weights (of the mixture), window (over the text), biases (one line at "
            "several biases) or samples (beside real lines).",
            "KIND [TEXT] [options] -o FILE",
            (
                Argument("kind", "KIND", ", ".join(PICTURES)),
                Argument("text", "TEXT", "text to write", "?"),
            ),
            {"the picture": PictureOptions()},
            shipped=HANDWRITING,
            model_option=True,
            check=check_picture,
        ),
        "evaluate": EVALUATE,
    },
    "CONDITIONAL",
)
"""Handwriting of a given text."""

UNCONDITIONAL = TaskSpec(
    __package__,
    {
        "scribble": Verb(
            "Generate pen strokes without a text.",
            "--model MODEL [options]",
            groups={
                "the lines": ScribbleOptions(),
                "the output": InkOutput(),
                "the computation": Precision(),
            },
            model_option=True,
            check=check_output,
        ),
        "evaluate": EVALUATE,
    },
    "UNCONDITIONAL",
)
"""Handwriting without a text."""

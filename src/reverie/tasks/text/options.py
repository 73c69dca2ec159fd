"""The options of texts: the network, the data, and what a model of texts can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from reverie.cells.catalogue import cell_names
from reverie.codecs.unknown import Unknown
from reverie.data.sources import Reading
from reverie.data.split import TEST_PART, VALID_PART, SplitOptions
from reverie.errors import InputError
from reverie.inspection.saving import SUFFIXES, check_suffix
from reverie.settings import Options, option
from reverie.tasks.task import (
    Argument,
    Given,
    Precision,
    RecurrentLayers,
    Shipped,
    TaskSpec,
    Verb,
)

TextUnit = Literal["characters", "bytes", "words", "pieces", "notes"]


@dataclass(frozen=True)
class Network(RecurrentLayers, Options):
    """A stack of recurrent layers that reads symbols and predicts the next."""

    cell: str = option("lstm", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(1, "number of recurrent layers", least=1)
    hidden: int = option(512, "units in each layer", least=1)
    embedding: int = option(0, "width of the learned vector of a symbol; 0: one-hot", least=0)
    skips: bool = option(
        False, "skip connections: from the input to all layers, and from all layers to the output"
    )
    residual: bool = option(
        False, "residual connections: add the input of each layer to its output"
    )
    projection: int = option(0, "width of a recurrent projection; 0: none", least=0)
    dropout_in: float = option(0.0, "dropout rate on the input of each layer", least=0, below=1)
    dropout_out: float = option(
        0.0, "dropout rate on the output of the last layer", least=0, below=1
    )
    recurrent_dropout: float = option(0.0, "dropout rate on the recurrent state", least=0, below=1)
    zoneout: float = option(
        0.0, "zoneout: probability that a unit keeps its state", least=0, below=1
    )
    layer_norm: bool = option(False, "layer normalisation of the pre-activations of the gates")
    clip_gates: float = option(0.0, "limit of the derivatives at the gates; 0: off", least=0)
    forget_bias: float = option(1.0, "initial bias of the forget gates (LSTM cells)")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.skips and self.residual:
            raise InputError("skips and residual exclude each other: choose one")
        wrappers = {
            "projection": self.projection,
            "recurrent_dropout": self.recurrent_dropout,
            "layer_norm": self.layer_norm,
        }
        chosen = [name for name, value in wrappers.items() if value]
        if self.zoneout and chosen:
            raise InputError(f"zoneout and {chosen[0]} exclude each other: choose one")


@dataclass(frozen=True)
class Data(Reading, SplitOptions):
    """What is read, and in which symbols."""

    data: str = option(
        "shakespeare",
        "text to train on: a file, a folder, - for standard input, shakespeare or python",
    )
    valid: str = option("", "text to validate on; default: a part of data")
    test: str = option("", "text to test on; default: a part of data")
    valid_part: float = option(0.05, VALID_PART, least=0, below=1)
    test_part: float = option(0.05, TEST_PART, least=0, below=1)
    unit: TextUnit = option(
        "characters", "what a symbol is; notes are those of tunes in ABC notation"
    )
    max_alphabet: int = option(
        0, "largest size of the alphabet; 0: all symbols (pieces: 2000)", least=0
    )
    unknown: Literal["error", "skip", "replace"] = option(
        "error", "what to do with symbols outside the alphabet"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.data:
            raise InputError("data must name a text: a file, a folder, -, shakespeare or python")
        if self.test and not self.valid:
            raise InputError("test names a text of its own but valid does not: name both")


@dataclass(frozen=True)
class TextEvaluationOptions(Options):
    """How a model of texts is measured."""

    dynamic: bool = option(False, "dynamic evaluation: train on what was scored (Graves 2013)")
    dynamic_rms: bool = option(
        False, "dynamic evaluation, each weight at its own scale (Krause 2018)"
    )
    rate: float | None = option(None, "dynamic evaluation: learning rate", above=0)
    lanes: int = option(
        16, "number of stretches of the text read at once; 1 is exact and slow", least=1
    )
    length: int | None = option(None, "dynamic evaluation: symbols between updates", least=1)
    unknown: Unknown = option("error", "what to do with symbols the model does not know")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dynamic and self.dynamic_rms:
            raise InputError("dynamic and dynamic-rms exclude each other: choose one")


@dataclass(frozen=True)
class SampleOptions(Options):
    """How much text to write, after which opening, and where to."""

    prime: str = option("", "beginning of the text, which the model continues")
    prime_file: str = option("", "file with the beginning of the text")
    unknown: Unknown = option("error", "what to do with symbols the model does not know")
    length: int = option(1000, "number of symbols to write", least=1)
    forever: bool = option(False, "write until Ctrl-C")
    count: int = option(1, "number of texts; the n-th of a seed is the same in any number", least=1)
    seed: int | None = option(None, "random seed; default: a new one", least=0, below=2**32)
    out: str = option("", "file to write to (several texts: name-1, name-2 ...)", letter="o")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prime and self.prime_file:
            raise InputError("prime and prime-file exclude each other: give one")
        if self.forever and (self.count > 1 or self.out):
            raise InputError("forever writes one text to the terminal: leave count and out out")


@dataclass(frozen=True)
class SamplerOptions(Options):
    """How each symbol is chosen from its distribution."""

    temperature: float = option(
        1.0,
        "temperature: below 1 less random, above 1 more random",
        above=0,
        hint="for the most probable symbol use --greedy",
    )
    greedy: bool = option(False, "always choose the most probable symbol")
    top_k: int | None = option(None, "choose among the k most probable symbols", least=1)
    top_p: float | None = option(
        None, "choose among the fewest symbols whose probabilities sum to p", above=0
    )
    min_p: float | None = option(
        None,
        "choose among symbols at least p times as probable as the best",
        least=0,
        below=1,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.top_p is not None and self.top_p > 1:
            raise InputError(f"top-p must be 1 or less, not {self.top_p:g}")
        if self.greedy:
            others = [f.name for f in fields(self) if f.name != "greedy"]
            changes = [n for n in others if getattr(self, n) != getattr(SamplerOptions, n)]
            if changes:
                name = changes[0].replace("_", "-")
                raise InputError(
                    f"greedy always takes the most probable symbol: leave --{name} out"
                )


@dataclass(frozen=True)
class InspectOptions(Options):
    """The text to read, the picture to make of it, and where that goes."""

    text: str | None = option(None, "text to read")
    file: str = option("", "file to read the text from; -: standard input")
    unknown: Unknown = option("error", "what to do with symbols the model does not know")
    plot: Literal["page", "heatmap", "saturation", "surprise"] = option("page", "kind of output")
    array: str = option(
        "", "heatmap: array of units, such as c, f or 0.h; default: h of the last layer"
    )
    out: str = option("", "file to write; default: page.html, heatmap.png ...", letter="o")
    save: str = option("", "file for the trace, .npz")

    @property
    def to(self) -> str:
        """The file to write to."""
        return self.out or ("page.html" if self.plot == "page" else f"{self.plot}.png")


IGNORED = {"array": {"page", "saturation", "surprise"}, "save": {"surprise"}}
"""The kinds of output that ignore an option."""


def check_inspection(given: Given) -> None:
    """InputError where options of `inspect` contradict each other."""
    options = given.group(InspectOptions)
    if (options.text is None) == (not options.file):
        raise InputError("give the text to read, either with --text or with --file")
    if options.save and not options.save.endswith(".npz"):
        raise InputError(f"a trace is saved as an .npz and not {options.save!r}: change its name")
    for name, kinds in IGNORED.items():
        if name in given.values and options.plot in kinds:
            raise InputError(f"the {options.plot} does not use {name}: leave it out")
    if options.plot != "page":
        check_suffix(options.to)
    elif options.to.endswith(SUFFIXES):
        raise InputError(
            f"a page is not a picture: choose the kind of picture with --plot for {options.to!r}"
        )


def check_evaluation(given: Given) -> None:
    """InputError where a model would have to learn by steps that its numbers are too coarse for."""
    options = given.group(TextEvaluationOptions)
    if (options.dynamic or options.dynamic_rms) and given.group(Precision).precision != "single":
        raise InputError(
            "dynamic evaluation moves weights by less than bfloat16 can tell: leave precision out"
        )


SHAKESPEARE = Shipped("shakespeare", "characters")

SAMPLE = Verb(
    "Write text with a model.",
    "[MODEL] [options]",
    groups={
        "the text": SampleOptions(),
        "the choice of symbols": SamplerOptions(),
        "the computation": Precision(),
    },
    shipped=SHAKESPEARE,
)
INSPECT = Verb(
    "Show on a web page what a model of texts computes as it reads: units, gates, guesses and "
    "surprise. Or draw, with --plot, units over time (heatmap), the saturation of its gates "
    "(saturation), or -log2 p along the text and by the length of context (surprise).",
    "[MODEL] --text TEXT | --file FILE [options]",
    groups={"the text and the output": InspectOptions()},
    shipped=SHAKESPEARE,
    check=check_inspection,
)
PATH = Argument("path", "PATH", "data to measure on; default: the test part of its own data", "?")

TEXT = TaskSpec(
    __package__,
    {
        "sample": SAMPLE,
        "inspect": INSPECT,
        "evaluate": Verb(
            "Measure a model of texts on a text, or on the test part of its own.",
            "MODEL [PATH] [options]",
            (PATH,),
            {
                "the measurement": TextEvaluationOptions(),
                "the text": Reading(),
                "the computation": Precision(),
            },
            check=check_evaluation,
        ),
    },
)

"""The options that recipes share: the network, the data, the training. No jax here."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from reverie.cells.catalogue import cell_names
from reverie.codecs.unknown import Unknown
from reverie.data.split import TEST_PART, VALID_PART, SplitOptions
from reverie.errors import InputError
from reverie.settings import Options, option

TextUnit = Literal["characters", "bytes", "words", "pieces"]


@dataclass(frozen=True)
class Network(Options):
    """A stack of recurrent layers that reads symbols and predicts the next."""

    cell: str = option("lstm", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(1, "layers of cells", least=1)
    hidden: int = option(512, "units in each layer", least=1)
    embedding: int = option(0, "width of a learned vector a symbol; 0: one-hot", least=0)
    skips: bool = option(False, "input to all layers, all layers to the output")
    residual: bool = option(False, "add to each layer's output what enters it")
    projection: int = option(0, "width of a recurrent projection; 0: none", least=0)
    dropout_in: float = option(0.0, "dropout on what enters each layer", least=0, below=1)
    dropout_out: float = option(0.0, "dropout on what leaves the last layer", least=0, below=1)
    recurrent_dropout: float = option(0.0, "dropout on what recurs", least=0, below=1)
    zoneout: float = option(0.0, "probability that a unit keeps its state", least=0, below=1)
    layer_norm: bool = option(False, "normalise the gates' inputs")
    clip_gates: float = option(0.0, "clip derivatives at the gates to +-; 0: off", least=0)
    forget_bias: float = option(1.0, "where the forget gates' biases begin (lstm)")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.skips and self.residual:
            raise InputError("skips and residual exclude each other: choose one")
        wrapped = {
            "projection": self.projection,
            "recurrent_dropout": self.recurrent_dropout,
            "layer_norm": self.layer_norm,
        }
        asked = [name for name, value in wrapped.items() if value]
        if self.zoneout and asked:
            raise InputError(f"zoneout and {asked[0]} exclude each other: choose one")


@dataclass(frozen=True)
class Data(SplitOptions):
    """What is read, and in which symbols."""

    data: str = option("shakespeare", "a file, a folder, -, shakespeare or python")
    valid: str = option("", "a text of its own to watch; else a part of data")
    test: str = option("", "a text of its own to measure; else a part of data")
    valid_part: float = option(0.05, VALID_PART, least=0, below=1)
    test_part: float = option(0.05, TEST_PART, least=0, below=1)
    unit: TextUnit = option("characters", "what a symbol is")
    max_alphabet: int = option(0, "how many symbols at most; 0: all (pieces: 2000)", least=0)
    unknown: Literal["error", "skip", "replace"] = option(
        "error", "what to do with symbols outside the alphabet"
    )
    undecodable: Literal["strict", "replace", "latin-1"] = option(
        "strict", "what to do with bytes that are no UTF-8"
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

    title: ClassVar[str] = "models of texts"

    dynamic: bool = option(False, "learn from what was scored, as Graves did")
    dynamic_rms: bool = option(False, "the same, each weight at its own scale (Krause)")
    rate: float | None = option(None, "the rate of the dynamic forms", above=0)
    lanes: int = option(16, "read so many stretches at once; 1 is exact and slow", least=1)
    length: int | None = option(None, "symbols between updates of the dynamic forms", least=1)
    unknown: Unknown = option("error", "what to do with symbols the model does not know")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dynamic and self.dynamic_rms:
            raise InputError("dynamic and dynamic-rms exclude each other: choose one")

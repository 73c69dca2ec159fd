"""The options that recipes share: the network, the data, the training. No jax here."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from reverie.errors import InputError
from reverie.media.unknown import Unknown
from reverie.recipes.parts.settings import Options, option

CellName = Literal["lstm", "peephole-lstm", "lstm-1997", "gru", "gru-reset-before", "elman", "relu"]
Unit = Literal["characters", "bytes", "words", "pieces"]


@dataclass(frozen=True)
class Network(Options):
    """A stack of recurrent layers that reads symbols and predicts the next."""

    cell: CellName = option("lstm", "the kind of recurrent cell")
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
            "clip_gates": self.clip_gates,
        }
        asked = [name for name, value in wrapped.items() if value]
        if self.cell == "gru-reset-before" and asked:
            raise InputError(
                f"{asked[0]} needs a cell with one recurrent product, which gru-reset-before "
                "is not: use gru"
            )
        asked = [name for name in asked if name != "clip_gates"]
        if self.zoneout and asked:
            raise InputError(f"zoneout and {asked[0]} exclude each other: choose one")


@dataclass(frozen=True)
class Data(Options):
    """What is read, and in which symbols."""

    data: str = option("shakespeare", "a file, a folder, -, shakespeare or python")
    valid: str = option("", "a text of its own to watch; else a part of data")
    test: str = option("", "a text of its own to measure; else a part of data")
    valid_part: float = option(0.05, "the part of data to watch", least=0, below=1)
    test_part: float = option(0.05, "the part of data to measure", least=0, below=1)
    unit: Unit = option("characters", "what a symbol is")
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
        if self.valid_part + self.test_part >= 1:
            raise InputError("valid_part and test_part leave nothing to train on: make them less")


@dataclass(frozen=True)
class Learning(Options):
    """How the network learns."""

    alternatives: ClassVar[tuple[str, ...]] = ("minutes", "steps", "epochs")

    minutes: float | None = option(3.0, "train so long by the clock", above=0)
    steps: int | None = option(None, "or so many updates", above=0)
    epochs: float | None = option(None, "or so many passes over the data", above=0)
    lanes: int = option(32, "sequences read side by side (B)", least=1)
    objective: Literal["teacher-forcing", "scheduled-sampling"] = option(
        "teacher-forcing", "what stands in front of each prediction"
    )
    forcing: Literal["linear", "exponential", "inverse-sigmoid"] = option(
        "inverse-sigmoid", "scheduled sampling: how the truth recedes"
    )
    forcing_k: float = option(1000.0, "its constant k (below 1 for exponential)", above=0)
    forcing_c: float = option(1e-4, "the slope c of the linear form", least=0)
    forcing_floor: float = option(0.0, "the least of the linear form", least=0, below=1)
    optimiser: Literal["adam", "adamw", "muon", "sgd", "graves-rmsprop"] = option(
        "adam", "the update rule"
    )
    rate: float = option(2e-3, "the learning rate at its height", above=0)
    schedule: Literal["constant", "cosine", "linear", "plateau"] = option(
        "cosine", "the rate over the run"
    )
    warmup: float = option(0.02, "fraction of the run in which the rate rises", least=0, below=1)
    momentum: float = option(0.9, "of sgd and graves-rmsprop", least=0, below=1)
    weight_decay: float = option(0.0, "of adamw and muon", least=0)
    others: float = option(3.0, "muon: what the rate of tables and biases is times", above=0)
    clip_norm: float = option(1.0, "clip the gradient's norm; 0: off", least=0)
    weight_noise: float = option(0.0, "standard deviation of noise on weights", least=0)
    adaptive_weight_noise: bool = option(False, "learn the noise, from weight-noise or 0.075 on")
    weight_norm: bool = option(False, "learn direction and length of weights apart")
    weight_drop: float = option(0.0, "dropout on recurrent weights", least=0, below=1)
    averaging: float = option(0.0, "decay of a running mean of weights; 0: off", least=0, below=1)
    evaluations: int = option(20, "looks at valid, evenly over the run", least=1)
    patience: int = option(0, "stop after so many looks without gain; 0: off", least=0)
    seed: int = option(0, "of everything random", least=0, below=2**32)
    processes: Literal["auto"] | int = option("auto", "processes on this machine", least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        given = [name for name in self.alternatives if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise InputError(f"give one of minutes, steps and epochs, not {said}")
        if self.weight_norm and self.adaptive_weight_noise:
            raise InputError("weight-norm and adaptive-weight-noise exclude each other: choose one")


@dataclass(frozen=True)
class Training(Learning):
    """How the network learns from one long text, in many lanes."""

    length: int = option(64, "symbols between updates (T)", least=1)
    restarts: float = option(0.02, "how often a lane begins anew within the text", least=0, below=1)


@dataclass(frozen=True)
class Measuring(Options):
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

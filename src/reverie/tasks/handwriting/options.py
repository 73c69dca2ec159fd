"""The options of recipes that learn from ink. No jax here."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from reverie.cells.catalogue import cell_names
from reverie.data.split import SplitOptions
from reverie.errors import InputError
from reverie.settings import Options, option
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class PenNetwork(Options):
    """Layers with skips from the input to each and from each to the output (Graves 2013)."""

    cell: str = option("peephole-lstm", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(3, "layers of cells", least=1)
    hidden: int = option(400, "units in each layer", least=1)
    components: int = option(20, "Gaussians of the next point (M)", least=1)
    clip_gates: float = option(10.0, "clip derivatives at the gates to +-; 0: off", least=0)
    clip_outputs: float = option(100.0, "clip derivatives at the outputs to +-", above=0)
    forget_bias: float = option(1.0, "where the forget gates' biases begin (lstm)")


@dataclass(frozen=True)
class WindowNetwork(PenNetwork):
    """The same, with a window over the text in the first layer."""

    gaussians: int = option(10, "Gaussians of the window over the text (K)", least=1)


@dataclass(frozen=True)
class InkData(SplitOptions):
    """What ink is read."""

    data: str = option(
        "pen", "pen (vector fonts), IAM-OnDB's folder, or strokes: a file or a folder of them"
    )
    split: Literal["clean", "graves"] = option("clean", "how IAM-OnDB is divided")
    longest: int = option(1200, "points; longer lines are not learned from", least=2)
    text: str = option("shakespeare", "pen: what is written")
    lines: int = option(4000, "pen: how many lines of it", least=3)
    hands: int = option(40, "pen: in how many hands", least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.data:
            raise InputError("data must name ink: pen, a folder or a file")


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

    title: ClassVar[str] = "models of ink"

    rows: int = option(16, "lines measured at once", least=1)

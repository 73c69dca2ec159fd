"""The options of the recipe that reads. No jax here."""

from dataclasses import dataclass
from typing import ClassVar

from reverie.cells.catalogue import cell_names
from reverie.settings import Options, option
from reverie.tasks.handwriting.options import InkData


@dataclass(frozen=True)
class ReadingNetwork(Options):
    """Layers that read from both ends."""

    cell: str = option("lstm", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(2, "layers, each of two cells' width", least=1)
    hidden: int = option(144, "units in each direction of a layer", least=1)
    dropout: float = option(0.4, "dropout on what leaves each layer", least=0, below=1)
    forget_bias: float = option(1.0, "where the forget gates' biases begin (lstm)")
    spacing: float = option(0.35, "length of a step, in deviations of y", above=0)
    window: int = option(3, "steps side by side", least=1)


@dataclass(frozen=True)
class ReadingData(InkData):
    """What ink is read, and how it is distorted."""

    copies: int = option(5, "distorted copies of each line to learn from; 0: the lines", least=0)


@dataclass(frozen=True)
class TranscriptionEvaluationOptions(Options):
    """How a reader is measured."""

    title: ClassVar[str] = "models that read"

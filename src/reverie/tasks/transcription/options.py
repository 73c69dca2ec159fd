"""The options of transcription, and what a model of it can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.cells.catalogue import cell_names
from reverie.data.ink.options import InkData
from reverie.settings import Options, option
from reverie.tasks.task import Argument, RecurrentLayers, Shipped, TaskSpec, Verb


@dataclass(frozen=True)
class ReadingNetwork(RecurrentLayers, Options):
    """Layers that read from both ends."""

    cell: str = option("lstm", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(2, "number of bidirectional layers", least=1)
    hidden: int = option(144, "units in each direction of a layer", least=1)
    dropout: float = option(0.4, "dropout rate on the output of each layer", least=0, below=1)
    forget_bias: float = option(1.0, "initial bias of the forget gates (LSTM cells)")
    spacing: float = option(
        0.35, "length of a step along the stroke, in standard deviations of y", above=0
    )
    window: int = option(3, "number of steps joined in one input", least=1)


@dataclass(frozen=True)
class ReadingData(InkData):
    """What ink is read, and how it is distorted."""

    copies: int = option(
        5, "number of distorted training copies of each line; 0: the lines themselves", least=0
    )


READER = Shipped("reading", "reading")

TRANSCRIPTION = TaskSpec(
    __package__,
    {
        "read": Verb(
            "Read handwriting: print the text of traces in .inkml, .svg, .json and other files.",
            "FILE ... [options]",
            (
                Argument(
                    "files",
                    "FILE",
                    "trace of a line of handwriting, or a folder",
                    "+",
                ),
            ),
            shipped=READER,
            model_option=True,
        ),
        "evaluate": Verb(
            "Measure a model that reads on ink, or on the validation and test parts of its own.",
            "MODEL [PATH]",
            (Argument("path", "PATH", "ink to measure on; default: that of its training", "?"),),
        ),
    },
)

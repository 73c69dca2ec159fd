"""The options of chorales: the network, the data, and what a model can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reverie.cells.catalogue import cell_names
from reverie.data.split import TEST_PART, VALID_PART, SplitOptions
from reverie.settings import Options, option
from reverie.tasks.music.options import MusicOutput, check_output
from reverie.tasks.task import (
    SEEDS,
    Given,
    Precision,
    RecurrentLayers,
    Shipped,
    TaskSpec,
    Verb,
    check_seeds,
)

METRES = ("4/4", "3/4", "2/4", "6/8")
"""Those that music without a melody may have."""


@dataclass(frozen=True)
class ChoraleNetwork(RecurrentLayers, Options):
    """Recurrent layers that draw one voice after the other, told what is known around them."""

    cell: str = option("lstm", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(1, "number of layers that draw", least=1)
    hidden: int = option(256, "units in each layer", least=1)
    embedding: int = option(32, "width of the learned vector of a symbol", least=1)
    recall: int = option(
        2, "steps before of which what each voice did is read at every step once more", least=1
    )
    around: int = option(
        96, "units of each of the two layers that read what is known, one from each end", least=1
    )
    dropout: float = option(0.3, "dropout rate on the outputs of all layers", least=0, below=1)
    forget_bias: float = option(1.0, "initial bias of the forget gates (LSTM cells)")


@dataclass(frozen=True)
class ChoraleData(SplitOptions):
    """Which music in voices, and how it is cut into steps."""

    data: str = option(
        "chorales",
        "music to train on: chorales, Bach's, which the package music21 ships; or a folder of MIDI "
        "files with a track for each voice",
    )
    voices: int = option(4, "number of voices", least=1, below=17)
    step: float = option(0.25, "length of a step, in quarters", above=0, below=8)
    keys: bool = option(
        True, "learn each piece in every key in which its voices keep within their ranges"
    )
    longest: int = option(400, "largest number of steps of a piece to train on", least=8)
    valid_part: float = option(0.1, VALID_PART, least=0, below=1)
    test_part: float = option(0.1, TEST_PART, least=0, below=1)


@dataclass(frozen=True)
class ChoraleEvaluationOptions(Options):
    """How a model of chorales is measured."""

    part: Literal["test", "valid"] = option("test", "part of the data to measure on")


@dataclass(frozen=True)
class ComposeOptions(Options):
    """What is composed, and how."""

    harmonise: str = option("", "file of a melody (.mid) to write the other voices for")
    bars: int = option(8, "number of bars, where no melody is given", least=1, below=129)
    metre: str = option("4/4", "metre, where no melody is given", choices=lambda: METRES)
    tempo: float | None = option(
        None, "quarters a minute; default: 80, or the tempo of the melody", least=20, below=401
    )
    temperature: float = option(
        0.7, "temperature: 1 is as learned, less is more probable", above=0, below=10
    )
    sweeps: int = option(
        0, "number of times that every part is drawn anew, given all others", least=0
    )
    candidates: int = option(
        8,
        "number of pieces that are drawn for each, of which the one that closes best is kept: in "
        "its key, its phrases on major or minor chords",
        least=1,
        below=129,
    )
    novelty: bool = option(
        False,
        "tell the longest span that occurs, in any key, in the music that the model learned from",
    )
    count: int = option(1, "number of pieces", least=1, below=129)
    seed: int | None = option(None, "random seed; default: a new one", least=0, below=SEEDS)


def check_composing(given: Given) -> None:
    """InputError where the music cannot be written as is asked, or a piece would have no seed."""
    check_output(given)
    options = given.group(ComposeOptions)
    check_seeds(options.seed, options.count)


CHORALES = TaskSpec(
    __package__,
    {
        "compose": Verb(
            "Compose music in voices, freely or beneath a melody: to hear, to see, or as text.",
            "[options]",
            (),
            {
                "the music": ComposeOptions(),
                "the output": MusicOutput(),
                "the computation": Precision(),
            },
            shipped=Shipped("chorales", "chorales"),
            model_option=True,
            check=check_composing,
        ),
        "evaluate": Verb(
            "Measure a model of chorales on the test part of its own data.",
            "MODEL [options]",
            (),
            {"the measurement": ChoraleEvaluationOptions(), "the computation": Precision()},
        ),
    },
)

"""The options of music: the network, the data, and what a model of music can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reverie.cells.catalogue import cell_names
from reverie.data.split import TEST_PART, VALID_PART, SplitOptions
from reverie.errors import InputError
from reverie.settings import Options, option
from reverie.tasks.task import Given, Precision, RecurrentLayers, TaskSpec, Verb, check_folder
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class MusicNetwork(RecurrentLayers, Options):
    """Recurrent layers that read the frames of a piano roll and predict the notes of the next."""

    notes: Literal["independent", "nade", "rbm"] = option(
        "nade",
        "distribution of the notes of a frame: each for itself, or depending on one another by a "
        "NADE or a restricted Boltzmann machine whose biases the network moves",
    )
    units: int = option(100, "nade, rbm: number of hidden units", least=1)
    cell: str = option("lstm", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(1, "number of recurrent layers", least=1)
    hidden: int = option(200, "units in each layer", least=1)
    dropout_in: float = option(0.0, "dropout rate on the notes before", least=0, below=1)
    dropout: float = option(0.5, "dropout rate on the outputs of the layers", least=0, below=1)
    forget_bias: float = option(1.0, "initial bias of the forget gates (LSTM cells)")


@dataclass(frozen=True)
class MusicData(SplitOptions):
    """Which music, and how it is cut into frames."""

    data: str = option(
        "chorales",
        "music to train on: piano rolls (.mat), a folder of MIDI files, or what the package "
        "music21 ships: chorales, aird, essen, oneill or ryan",
    )
    step: float = option(0.5, "length of a frame of MIDI files and chorales, in quarters", above=0)
    transpose: bool = option(True, "transpose MIDI files and chorales to C major or C minor")
    valid_part: float = option(0.1, VALID_PART, least=0, below=1)
    test_part: float = option(0.1, TEST_PART, least=0, below=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.data:
            raise InputError("data must name music: piano rolls (.mat), a folder or chorales")


@dataclass(frozen=True)
class MusicLearning(TrainingOptions):
    """How the network learns from pieces that are cut into excerpts."""

    length: int = option(128, "frames of an excerpt that count", least=1)
    context: int = option(32, "frames before an excerpt that are read and do not count", least=0)
    gibbs: int = option(15, "rbm: k, the steps of Gibbs sampling in a gradient", least=1)


@dataclass(frozen=True)
class MusicEvaluationOptions(Options):
    """How music is measured."""

    part: Literal["test", "valid", "train"] = option("test", "part of the data to measure on")


SUFFIXES = (".mid", ".midi", ".wav", ".svg", ".png", ".html")


@dataclass(frozen=True)
class MusicOutput(Options):
    """Where the music goes."""

    out: str = option(
        "",
        "file to write: .mid, .wav, .svg or .png (a piano roll or a score), .html (a page that "
        "plays)",
        letter="o",
    )
    score: bool = option(False, "engrave a score, in .svg, .png and .html (extra score)")
    sound_font: str = option(
        "", ".wav: file of a sound font, .sf2 or .sf3, in place of the built-in sound"
    )


def check_output(given: Given) -> None:
    """InputError where the music cannot be written as is asked."""
    output = given.group(MusicOutput)
    suffix = Path(output.out).suffix.lower()
    if output.out and suffix not in SUFFIXES:
        raise InputError(f"{output.out} must end in {', '.join(SUFFIXES)}")
    if output.out:
        check_folder(output.out)
    if output.sound_font and suffix != ".wav":
        raise InputError("a sound font is for .wav: name such a file with -o, or leave it out")
    if output.score and suffix not in (".svg", ".png", ".html"):
        raise InputError("a score is a .svg, .png or .html: name such a file with -o")


@dataclass(frozen=True)
class RollComposeOptions(Options):
    """What is composed, and how."""

    prime: str = option("", "file of music (.mid) to go on from")
    bars: int = option(16, "number of bars of four quarters that are composed", least=1, below=513)
    tempo: float = option(100.0, "quarters a minute", least=20, below=401)
    temperature: float = option(
        1.0, "temperature: 1 is as learned, less is more probable", above=0, below=10
    )
    novelty: bool = option(
        False,
        "tell the longest span that occurs, in any key, in the music that the model learned from",
    )
    count: int = option(1, "number of pieces", least=1, below=129)
    seed: int | None = option(None, "random seed; default: a new one", least=0, below=2**32)


MUSIC = TaskSpec(
    __package__,
    {
        "compose": Verb(
            "Compose music frame by frame, freely or from a beginning: to hear, to see, or as "
            "text.",
            "--model MODEL [options]",
            (),
            {
                "the music": RollComposeOptions(),
                "the output": MusicOutput(),
                "the computation": Precision(),
            },
            model_option=True,
            check=check_output,
        ),
        "evaluate": Verb(
            "Measure a model of music on the test part of its own data.",
            "MODEL [options]",
            (),
            {"the measurement": MusicEvaluationOptions(), "the computation": Precision()},
        ),
    },
)

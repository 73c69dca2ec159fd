"""The options of texts with labels, and what a model of them can do. No jax here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from reverie.codecs.unknown import Unknown
from reverie.data.sources import Reading
from reverie.data.split import SplitOptions
from reverie.errors import InputError
from reverie.settings import Options, option
from reverie.tasks.task import Argument, Given, Precision, TaskSpec, Verb
from reverie.tasks.text.options import INSPECT, SAMPLE, Network, TextUnit, check_inspection
from reverie.training.options import TrainingOptions

EXAMPLE = "reverie sample {model} --label NAME=VALUE\nreverie classify {model} 'TEXT'"
PAPER = (
    "Lipton, Vikram and McAuley, Generative concatenative nets jointly learn to write and classify "
    "reviews (2015)"
)
WARM_STARTS = ("characters", "graves_characters", "words", "plays", "reviews")
"""Recipes whose models know texts and can be given labels from now on."""


@dataclass(frozen=True)
class LabelledNetwork(Network):
    """A stack of recurrent layers that is given labels."""

    condition: Literal["input", "bias", "both"] = option(
        "input", "how labels enter: the input of every step, a shift of the logits, or both"
    )


@dataclass(frozen=True)
class LabelledData(SplitOptions):
    """What is read, which labels it has, and in which symbols."""

    labels: str = option("", "names of the labels, separated by commas; none: without labels")
    categorical: str = option("", "labels whose numbers are categories, separated by commas")
    unit: TextUnit = option("characters", "what a symbol is")
    max_alphabet: int = option(
        0, "largest size of the alphabet; 0: all symbols (pieces: 2000)", least=0
    )

    @property
    @abstractmethod
    def most(self) -> int:
        """Symbols of a text that are read; what follows is cut off."""


@dataclass(frozen=True)
class ReviewData(Reading, LabelledData):
    """A table of texts."""

    data: str = option("", "table of texts: CSV with any delimiter, or JSON objects")
    text_column: str = option("", "column of the texts; default: the longest")
    longest: int = option(
        1000, "largest number of symbols of a text; longer texts are cut", least=2
    )

    @property
    def most(self) -> int:
        return self.longest


@dataclass(frozen=True)
class PlayData(LabelledData):
    """Shakespeare's plays, in passages."""

    data: Literal["passages", "speeches"] = option(
        "passages", "texts to train on: passages of the plays, or speeches of their speakers"
    )
    passage: int = option(500, "number of characters of a passage", least=2)
    speakers: int = option(20, "speeches: number of speakers (those with the most lines)", least=2)

    @property
    def most(self) -> int:
        return self.passage


LEARNING = TrainingOptions(
    minutes=10.0,
    lanes=16,
    optimiser="muon",
    rate=0.005,
    schedule="linear",
    weight_decay=0.1,
    weight_drop=0.1,
    evaluations=10,
)


@dataclass(frozen=True)
class LabelledEvaluationOptions(Options):
    """How a model of labelled texts is measured, and what it makes of them."""

    prior: Literal["training", "uniform"] = option(
        "training", "prior probability of each label: as in training, or uniform"
    )
    texts: int | None = option(None, "number of texts to measure on; default: all", least=1)


@dataclass(frozen=True)
class ClassifyOptions(Options):
    """The text to classify, and how."""

    file: str = option("", "file to read the text from")
    label: str = option("", "label to infer; default: the first that is not given")
    prior: Literal["training", "uniform"] = option(
        "training", "prior probability of each value: as in training, or uniform"
    )
    trace: str = option("", "file for a page with the posterior after every symbol, .html")
    unknown: Unknown = option("replace", "what to do with symbols the model does not know")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.trace and not self.trace.lower().endswith((".html", ".htm")):
            raise InputError(f"{self.trace!r} is not a page: end the name in .html")


def named_values(written: Iterable[str]) -> dict[str, str]:
    """`["rating=5", "style=IPA"]` as names and values. InputError for another form."""
    found: dict[str, str] = {}
    for text in written:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise InputError(f"{text!r} is not a label: write NAME=VALUE, such as rating=5")
        if name in found:
            raise InputError(f"the label {name} is given twice: give it once")
        found[name] = value
    return found


def labels_of(given: Given) -> dict[str, str]:
    """The labels that were given. InputError where one is not of the form NAME=VALUE."""
    return named_values(given.values.get("label", []))


def _check_sample(given: Given) -> None:
    labels_of(given)


def _check_inspect(given: Given) -> None:
    check_inspection(given)
    labels_of(given)


def _check_classify(given: Given) -> None:
    named_values(given.values.get("given", []))
    if "text" in given.values and given.group(ClassifyOptions).file:
        raise InputError("TEXT and file exclude each other: give one")


LABEL = Argument("--label", "NAME=VALUE", "label of the text; once for each label of the model")
TEXT = Argument("text", "TEXT", "text to classify; default: standard input", "?")
KNOWN = Argument("--given", "NAME=VALUE", "known value of another label; once for each")
PATH = Argument("path", "PATH", "table of texts to measure on; default: the test part", "?")

LABELLED_TEXT = TaskSpec(
    __package__,
    {
        "classify": Verb(
            "Classify a text with a model that writes such texts.",
            "MODEL [TEXT] [options]",
            (TEXT, KNOWN),
            {"the classification": ClassifyOptions(), "the computation": Precision()},
            check=_check_classify,
        ),
        "sample": replace(SAMPLE, arguments=(LABEL,), check=_check_sample),
        "inspect": replace(INSPECT, arguments=(LABEL,), check=_check_inspect),
        "evaluate": Verb(
            "Measure a model of labelled texts on a table, or on the test part of its own.",
            "MODEL [PATH] [options]",
            (PATH,),
            {
                "the measurement": LabelledEvaluationOptions(),
                "the table": Reading(),
                "the computation": Precision(),
            },
        ),
    },
)

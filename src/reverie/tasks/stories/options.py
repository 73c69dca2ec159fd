"""The options of answers from stories, and what a model of them can do. No jax here."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from reverie.cells.catalogue import cell_names
from reverie.codecs.unknown import Unknown
from reverie.data.split import TEST_PART, VALID_PART, SplitOptions
from reverie.errors import InputError, excerpt
from reverie.settings import Options, option
from reverie.tasks.ask_options import ASK, AskOptions, check_asking, check_page
from reverie.tasks.task import Argument, Precision, TaskSpec, Verb
from reverie.training.options import TrainingOptions

EXAMPLE = "reverie ask --model {model} --story FILE 'QUESTION'\nreverie evaluate {model}"
PAPER = "Sukhbaatar, Szlam, Weston and Fergus, End-to-end memory networks (2015)"
WRITTEN = "stories"
"""The name of the stories that are written by chance."""
ARCHIVE = "tasks_1-20_v1-2.tar.gz"
"""The name that bAbI's archive comes with."""
ALL = "all"


@dataclass(frozen=True)
class StoryNetwork(Options):
    """What reads a story, and answers."""

    network: Literal["memory", "entity", "reader"] = option(
        "memory",
        "what answers: a memory network that looks through the sentences hop by hop, a recurrent "
        "entity network, or a recurrent reader with attention that may copy words of the story",
    )
    width: int = option(50, "width of the vector of a word, and of all else", least=1)
    recent: int = option(50, "number of the latest sentences that are remembered", least=1)
    hops: int = option(3, "memory: how often the story is looked through", least=1, below=101)
    tying: Literal["adjacent", "layer-wise"] = option(
        "adjacent",
        "memory: which tables are one: that of what a hop reads and of where the next one looks, "
        "or those of all hops",
    )
    positions: bool = option(True, "memory: the order of the words in a sentence counts")
    nothing: bool = option(True, "memory: a hop may read nothing")
    empty: float = option(
        0.1,
        "memory: share of empty sentences that are put between those to learn from; 0: none",
        least=0,
        below=1,
    )
    slots: int = option(20, "entity: number of slots", least=1)
    words: int = option(20, "entity: words of the longest sentence or question", least=1)
    cell: str = option("gru", "reader: the kind of recurrent cell", choices=cell_names)
    dropout: float = option(
        0.3, "reader: dropout rate on embeddings and on outputs", least=0, below=1
    )

    def summary(self) -> str:
        """The size in a few words, for the title of a training."""
        match self.network:
            case "memory":
                return f"memory network of {self.width}, {self.hops} hops"
            case "entity":
                return f"entity network of {self.slots} x {self.width}"
            case "reader":
                return f"reader of {self.width} {self.cell} with attention"


@dataclass(frozen=True)
class StoryData(SplitOptions):
    """Which stories are learned from, and what is asked of them."""

    data: str = option(
        WRITTEN,
        "questions to learn from: bAbI's archive or folder, a file in the form of bAbI, of SQuAD "
        f"or of JSON objects, or {WRITTEN}: written by chance",
    )
    folder: str = option(
        "en",
        "bAbI: the folder that is read",
        choices=("en", "en-10k", "en-valid", "en-valid-10k", "hn", "hn-10k", "shuffled"),
    )
    tasks: str = option(ALL, f"bAbI: numbers of the tasks, a comma between, or {ALL}")
    valid_part: float = option(0.1, f"{VALID_PART}; bAbI: of that to learn from", least=0, below=1)
    test_part: float = option(0.1, TEST_PART, least=0, below=1)
    split_answers: bool = option(
        True, "an answer is its words, one after the other; else all of them are one symbol"
    )
    least_count: int = option(1, "words that occur less often are unknown", least=1)
    max_alphabet: int = option(20_000, "largest number of words; 0: no limit", least=0)
    kinds: str = option(ALL, f"{WRITTEN}: kinds of question, a comma between, or {ALL}")
    fewest: int = option(2, f"{WRITTEN}: sentences of the shortest", least=1, below=501)
    sentences: int = option(20, f"{WRITTEN}: sentences of the longest", least=1, below=501)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fewest > self.sentences:
            raise InputError(
                f"the longest stories have {self.sentences} sentences, less than the shortest: "
                "raise sentences or lower fewest"
            )
        if self.tasks != ALL and not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", self.tasks):
            raise InputError(
                f"tasks must be numbers with commas, such as 1,2, not {excerpt(self.tasks)!r}"
            )

    @property
    def numbers(self) -> frozenset[int] | None:
        """Of the tasks; None where all are meant."""
        return None if self.tasks == ALL else frozenset(map(int, self.tasks.split(",")))


@dataclass(frozen=True)
class StoryLearning(TrainingOptions):
    """How the network learns to answer."""

    linear_start: bool = option(
        False, "memory: no softmax over the sentences during the warm-up, so that all are felt"
    )
    support: float = option(
        0.0,
        "memory: weight of a penalty on supporting facts, where they are known, that no hop looks "
        "at; 0: off",
        least=0,
    )


LEARNING = StoryLearning(minutes=20.0, evaluations=12)


def check_learning(network: StoryNetwork, training: StoryLearning) -> None:
    """InputError where the network cannot learn so."""
    if network.network != "memory" and (training.linear_start or training.support):
        raise InputError("linear-start and support are for the network memory: leave them out")
    if training.support and training.objective != "teacher-forcing":
        raise InputError("support is learned by teacher-forcing only: leave objective out")
    if not training.linear_start:
        return
    if training.support:
        raise InputError(
            "support and linear-start exclude each other: without a softmax the weights of "
            "sentences are no probabilities"
        )
    if training.minutes is not None:
        raise InputError(
            "linear-start is a part of the updates, and nobody knows how many there are in some "
            "minutes: give steps or epochs"
        )
    if not training.warmup:
        raise InputError("linear-start lasts as long as the warm-up: give it a part of the run")


@dataclass(frozen=True)
class AnswerOptions(Options):
    """How answers are found and shown."""

    longest: int = option(20, "largest number of words of an answer", least=1, below=1001)
    unknown: Unknown = option(
        "error", "what to do with words of a question that the model does not know"
    )
    hops: str = option("", "file for a page (.html) of what each hop looked at")


@dataclass(frozen=True)
class StoryEvaluationOptions(Options):
    """How answers are measured."""

    most: int | None = option(None, "number of questions to measure on; default: all", least=1)
    count: int = option(100, f"{WRITTEN}: number of questions of each kind", least=1)
    longer: bool = option(
        False, f"{WRITTEN}: also of stories twice as long as the longest learned from"
    )


@dataclass(frozen=True)
class HopsOptions(Options):
    """Which questions are shown, and where."""

    count: int = option(20, "number of questions, of each kind in turn", least=1, below=1001)
    out: str = option("hops.html", "file for the page: .html", letter="o")


PATH = Argument(
    "path", "PATH", "file of questions, or bAbI's archive; default: the test part of its own", "?"
)

STORIES = TaskSpec(
    __package__,
    {
        "ask": replace(
            ASK,
            about="Ask a story a question: the answer, how probable it is, and at which sentences "
            "each hop looked.",
            groups={
                "the story and the answer": AskOptions(best=3),
                "the answers": AnswerOptions(),
                "the computation": Precision(),
            },
            check=lambda given: check_asking(given, given.group(AnswerOptions).hops),
        ),
        "evaluate": Verb(
            "Measure a model on questions about stories, kind by kind.",
            "MODEL [PATH] [options]",
            (PATH,),
            {"the measurement": StoryEvaluationOptions(), "the computation": Precision()},
        ),
        "inspect": Verb(
            "Show at which sentences a model looked, beside those from which the answer follows.",
            "MODEL [PATH] [options]",
            (PATH,),
            {"the page": HopsOptions()},
            check=lambda given: check_page(given.group(HopsOptions).out),
        ),
    },
)

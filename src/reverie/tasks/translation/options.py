"""The options of translation, and what a model of it can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from reverie.cells.catalogue import cell_names
from reverie.codecs.unknown import Unknown
from reverie.data.sources import Reading
from reverie.data.split import TEST_PART, VALID_PART, SplitOptions
from reverie.errors import InputError
from reverie.inspection.saving import check_suffix
from reverie.settings import Options, option
from reverie.tasks.task import Argument, Given, Precision, RecurrentLayers, TaskSpec, Verb
from reverie.tasks.text.options import TextUnit
from reverie.training.options import SourceTrainingOptions

PairObjective = Literal[
    "teacher-forcing", "scheduled-sampling", "always-own", "self-critical", "mixer"
]


@dataclass(frozen=True)
class TranslationNetwork(RecurrentLayers, Options):
    """An encoder and a decoder of recurrent layers."""

    cell: str = option("gru", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(1, "number of layers of the encoder and of the decoder", least=1)
    hidden: int = option(256, "units in each layer, and in each direction of the encoder", least=1)
    embedding: int = option(128, "width of the learned vector of a symbol", least=1)
    encoder: Literal["bidirectional", "forward", "backward"] = option(
        "bidirectional", "direction in which the source is read"
    )
    attention: Literal["additive", "bilinear", "dot", "none"] = option(
        "additive", "score function of the attention"
    )
    input_feeding: bool = option(
        False, "attend after each step and feed the attentional vector to the next (Luong 2015)"
    )
    reach: int = option(0, "half-width of local attention (local-p); 0: global attention", least=0)
    covered: bool = option(
        False, "give the score the coverage: the sum of the attention so far (See 2017)"
    )
    hard: bool = option(False, "hard attention: sample one position to attend to (Xu 2015)")
    copying: bool = option(False, "copy symbols from the source (See 2017)")
    bridge: Literal["affine", "part", "steps"] = option(
        "affine",
        "how the source reaches the decoder: an affine map to its first state, a part of the last "
        "state of the encoder, or the input of all steps",
    )
    baseline: bool = option(False, "predict the reward at every step, as the objective mixer needs")
    dropout: float = option(0.3, "dropout rate on embeddings and on outputs", least=0, below=1)
    forget_bias: float = option(1.0, "initial bias of the forget gates (LSTM cells)")

    def __post_init__(self) -> None:
        super().__post_init__()
        looking = ("input_feeding", "reach", "covered", "hard", "copying")
        chosen = [name.replace("_", "-") for name in looking if getattr(self, name)]
        if self.attention == "none" and chosen:
            raise InputError(f"{chosen[0]} needs attention: choose an attention other than none")
        if self.reach and not self.input_feeding:
            raise InputError("reach needs input-feeding: use both")
        for one, other in (("hard", "input_feeding"), ("copying", "baseline")):
            if getattr(self, one) and getattr(self, other):
                raise InputError(
                    f"{one} and {other.replace('_', '-')} exclude each other: choose one"
                )
        if self.bridge == "part" and self.encoder == "bidirectional":
            raise InputError(
                "a decoder goes on from the state of an encoder from one end: use encoder "
                "backward or forward with bridge part"
            )


COLUMNS = "table: columns of source and target, by number or by name: 1,2 or en,de"


@dataclass(frozen=True)
class PairData(Reading, SplitOptions):
    """What is read, and in which symbols."""

    alternatives: ClassVar[tuple[str, ...]] = ("data", "source")

    data: str | None = option(
        None,
        "pairs to train on: a table, with tabs between the sides or JSON; or reverse, or copy",
    )
    columns: str = option("", COLUMNS)
    source: str | None = option(None, "sources to train on: a file or a folder; replaces data")
    target: str = option("", "targets of the sources, line for line")
    valid_source: str = option("", "sources to validate on; default: a part of data")
    valid_target: str = option("", "targets of valid-source, line for line")
    test_source: str = option("", "sources to test on; default: a part of data")
    test_target: str = option("", "targets of test-source, line for line")
    valid_part: float = option(0.05, VALID_PART, least=0, below=1)
    test_part: float = option(0.05, TEST_PART, least=0, below=1)
    unit: TextUnit = option("pieces", "what a symbol is")
    max_alphabet: int = option(4000, "largest size of the alphabet of each side", least=0)
    longest: int = option(
        60, "largest number of symbols of a side; longer training pairs are left out", least=2
    )
    pairs: int = option(5000, "reverse and copy: number of pairs", least=10)

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.source) != bool(self.target):
            raise InputError("source and target go together: name both")
        if bool(self.data) == bool(self.source):
            raise InputError("name the pairs with data, or the two sides with source and target")
        if self.columns and not self.data:
            raise InputError("columns are those of a table: name it with data")
        for part in ("valid", "test"):
            one, other = getattr(self, f"{part}_source"), getattr(self, f"{part}_target")
            if bool(one) != bool(other):
                raise InputError(f"{part}-source and {part}-target go together: name both")


@dataclass(frozen=True)
class PairLearning(SourceTrainingOptions):
    """How the network learns to translate.

    What follows an objective of rewards begins well with weights that another has taught: --from.
    """

    objective: PairObjective = option(  # type: ignore[assignment]
        "teacher-forcing", "training objective"
    )
    reward: Literal["bleu", "f1"] = option(
        "bleu", "self-critical and mixer: reward of a sentence, of its symbols"
    )
    anneal_after: int = option(1000, "mixer: updates before the first sampled steps", least=0)
    anneal_every: int = option(
        200, "mixer: updates between two increases of the sampled steps", least=1
    )
    anneal_by: int = option(3, "mixer: sampled steps added at each increase", least=1)


LEARNING = PairLearning(
    minutes=30.0,
    lanes=64,
    optimiser="muon",
    rate=0.004,
    weight_decay=0.2,
    schedule="linear",
    averaging=0.999,
    evaluations=12,
)
"""What did well on tens of thousands of pairs."""


def checked_goal(network: TranslationNetwork, training: PairLearning) -> None:
    """InputError where the network cannot learn what the training is for."""
    if training.objective == "mixer" and not network.baseline:
        raise InputError("mixer needs a network that predicts rewards: use --baseline")
    if network.hard and training.objective != "teacher-forcing":
        raise InputError("hard attention is learned by teacher-forcing only: leave objective out")
    if training.share and network.attention == "none":
        raise InputError("share is a penalty on the attention: choose an attention other than none")


@dataclass(frozen=True)
class PairEvaluationOptions(Options):
    """How a translation is measured."""

    beam: int = option(5, "number of hypotheses kept at every step; 1 is greedy", least=1)
    length_penalty: float = option(1.0, "alpha of the length penalty; 0: none", least=0)
    most: int | None = option(None, "number of pairs to measure on; default: all", least=1)
    columns: str = option("", COLUMNS)
    by_position: bool = option(
        False, "measure exposure bias: quality by position in the sentence, greedy"
    )


@dataclass(frozen=True)
class TranslateOptions(Options):
    """How to search, and what to print."""

    beam: int = option(5, "number of hypotheses kept at every step; 1 is greedy", least=1)
    nbest: int = option(
        1, "number of hypotheses to print; several are printed with scores", least=1
    )
    length_penalty: float = option(1.0, "alpha of the length penalty; 0: none", least=0)
    coverage_penalty: float = option(0.0, "weight of the coverage penalty; 0: none", least=0)
    block: int = option(0, "forbid repeated n-grams of this many symbols; 0: off", least=0)
    shortest: int = option(
        1, "smallest number of symbols of a translation, its end included", least=1
    )
    longest: int | None = option(
        None, "largest number of symbols of a translation; default: twice that of the line", least=1
    )
    groups: int = option(1, "diverse beam search: number of groups", least=1)
    diversity: float = option(
        0.5, "diverse beam search: penalty for a symbol of another group, in nats", least=0
    )
    ensemble: str = option("", "more models whose probabilities are averaged, separated by commas")
    rerank: str = option("", "model for re-ranking: a model of texts, or one that translates back")
    rerank_weight: float = option(
        0.3, "weight of the re-ranking model; below 0: maximum mutual information"
    )
    alignment: str = option("", "file for a picture of the alignment, .png or .svg")
    unk: str = option(
        "", "replacement of unknown words: source, or a dictionary file (word, tab, word)"
    )
    unknown: Unknown = option("replace", "what to do with symbols the model does not know")
    most: int = option(400, "largest number of symbols of a line", least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nbest > self.beam:
            raise InputError(
                f"a beam of {self.beam} cannot give {self.nbest} hypotheses: raise --beam"
            )
        if self.beam % self.groups:
            raise InputError(
                f"{self.groups} groups do not divide a beam of {self.beam}: change one of them"
            )
        if self.longest is not None and self.longest < self.shortest:
            raise InputError("longest is less than shortest: change one of them")


def check_translation(given: Given) -> None:
    """InputError where a picture of the alignment is asked for that cannot be drawn."""
    picture = given.group(TranslateOptions).alignment
    if picture:
        if "text" not in given.values:
            raise InputError("alignment is a picture of one line: give it as TEXT")
        check_suffix(picture)


TRANSLATION = TaskSpec(
    __package__,
    {
        "translate": Verb(
            "Translate a line, or the lines of standard input.",
            "MODEL [TEXT] [options]",
            (Argument("text", "TEXT", "line to translate; default: standard input", "?"),),
            {"the search and the output": TranslateOptions(), "the computation": Precision()},
            check=check_translation,
        ),
        "evaluate": Verb(
            "Measure a model that translates on pairs, or on the test part of its own.",
            "MODEL [PATH] [options]",
            (Argument("path", "PATH", "table of pairs; default: the test part", "?"),),
            {
                "the measurement": PairEvaluationOptions(),
                "the table": Reading(),
                "the computation": Precision(),
            },
        ),
    },
)

"""The options of recipes that turn one sequence into another. No jax here."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from reverie.cells.catalogue import cell_names
from reverie.data.split import TEST_PART, VALID_PART, SplitOptions
from reverie.errors import InputError
from reverie.settings import Options, option
from reverie.tasks.text.options import TextUnit
from reverie.training.options import TrainingOptions

PairObjective = Literal[
    "teacher-forcing", "scheduled-sampling", "always-own", "self-critical", "mixer"
]


@dataclass(frozen=True)
class TranslationNetwork(Options):
    """An encoder and a decoder of recurrent layers."""

    cell: str = option("gru", "the kind of recurrent cell", choices=cell_names)
    layers: int = option(1, "layers of the decoder and of the encoder, from each end", least=1)
    hidden: int = option(256, "units in each layer, and in each direction of the encoder", least=1)
    embedding: int = option(128, "width of a learned vector a symbol", least=1)
    encoder: Literal["bidirectional", "forward", "backward"] = option(
        "bidirectional", "how the source is read: from both ends, or from one"
    )
    attention: Literal["additive", "bilinear", "dot", "none"] = option(
        "additive", "how the decoder looks at the source"
    )
    input_feeding: bool = option(False, "look after each step, and feed what came of it (Luong)")
    reach: int = option(0, "look so far from where it points (local-p); 0: all over", least=0)
    covered: bool = option(False, "tell the attention what was read so far")
    hard: bool = option(False, "draw one place to look at (learned by its score function)")
    copying: bool = option(False, "symbols may be copied from where it looks")
    bridge: Literal["affine", "part", "steps"] = option(
        "affine",
        "what tells the source: a first state, the encoder's own last one, every step",
    )
    baseline: bool = option(False, "expect a reward at every step (for mixer)")
    dropout: float = option(0.3, "dropout on embeddings and on what leaves", least=0, below=1)
    forget_bias: float = option(1.0, "where the forget gates' biases begin (lstm)")

    def __post_init__(self) -> None:
        super().__post_init__()
        looking = ("input_feeding", "reach", "covered", "hard", "copying")
        asked = [name.replace("_", "-") for name in looking if getattr(self, name)]
        if self.attention == "none" and asked:
            raise InputError(f"{asked[0]} needs attention: choose one that is not none")
        if self.reach and not self.input_feeding:
            raise InputError("reach goes with input-feeding: ask for both")
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


@dataclass(frozen=True)
class PairData(SplitOptions):
    """What is read, and in which symbols."""

    alternatives: ClassVar[tuple[str, ...]] = ("data", "source")

    data: str | None = option(None, "pairs: a file, a tab between the sides; reverse; copy")
    source: str | None = option(None, "or the sources: a file, or a folder")
    target: str = option("", "and what they become, line for line")
    valid_source: str = option("", "sources of its own to watch; else a part of data")
    valid_target: str = option("", "and what they become")
    test_source: str = option("", "sources of its own to measure; else a part of data")
    test_target: str = option("", "and what they become")
    valid_part: float = option(0.05, VALID_PART, least=0, below=1)
    test_part: float = option(0.05, TEST_PART, least=0, below=1)
    unit: TextUnit = option("pieces", "what a symbol is")
    max_alphabet: int = option(4000, "how many symbols a side at most", least=0)
    longest: int = option(60, "symbols; longer pairs are not learned from", least=2)
    pairs: int = option(5000, "reverse and copy: how many", least=10)

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.source) != bool(self.target):
            raise InputError("source and target go together: name both")
        if bool(self.data) == bool(self.source):
            raise InputError("name the pairs with data, or the two sides with source and target")
        for part in ("valid", "test"):
            one, other = getattr(self, f"{part}_source"), getattr(self, f"{part}_target")
            if bool(one) != bool(other):
                raise InputError(f"{part}-source and {part}-target go together: name both")


@dataclass(frozen=True)
class PairLearning(TrainingOptions):
    """How the network learns to translate.

    What follows an objective of rewards begins well with weights that another has taught: --from.
    """

    objective: PairObjective = option(  # type: ignore[assignment]
        "teacher-forcing", "what stands in front of each prediction, or what is made large"
    )
    smoothing: float = option(0.1, "so much of each target is for all symbols", least=0, below=1)
    share: float = option(0.0, "each place gets its share: weight of the penalty", least=0)
    tau: float = option(1.0, "and the share, the sum of its alphas", above=0)
    draws: int = option(2, "hard attention: places are drawn so often", least=2)
    entropy: float = option(0.0, "hard attention: the weight of the entropy", least=0)
    reward: Literal["bleu", "f1"] = option("bleu", "of a sentence, by symbols")
    anneal_after: int = option(1000, "mixer: updates before the first own steps", least=0)
    anneal_every: int = option(200, "mixer: updates until there are more", least=1)
    anneal_by: int = option(3, "mixer: own steps that are added", least=1)


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
        raise InputError("mixer needs a network that expects rewards: add --baseline")
    if network.hard and training.objective != "teacher-forcing":
        raise InputError("hard attention is learned by teacher-forcing only: leave objective")
    if training.share and network.attention == "none":
        raise InputError("share is of what the attention reads: choose one that is not none")


@dataclass(frozen=True)
class PairEvaluationOptions(Options):
    """How a translation is measured."""

    title: ClassVar[str] = "models that translate"

    beam: int = option(5, "hypotheses kept at every step; 1 is greedy", least=1)
    length_penalty: float = option(1.0, "alpha of the length penalty; 0: none", least=0)
    most: int | None = option(None, "only the first so many", least=1)
    by_position: bool = option(False, "exposure bias: quality along the sentence, greedy")

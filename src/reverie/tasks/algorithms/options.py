"""The options of algorithms: the network, the problem, and what a model can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.cells.catalogue import cell_names
from reverie.settings import Options, option
from reverie.tasks.algorithms.catalogue import problem_names
from reverie.tasks.task import Argument, Precision, RecurrentLayers, TaskSpec, Verb

MEMORIES = ("tape", "stacks", "lists", "dnc")
"""Beside a recurrent cell."""


@dataclass(frozen=True)
class AlgorithmNetwork(RecurrentLayers, Options):
    """Recurrent layers, or a controller of a memory outside of it."""

    memory: str = option(
        "tape",
        "memory beside the recurrent cell: the tape of a neural Turing machine, stacks, lists, "
        "or that of a differentiable neural computer",
        choices=("none", *MEMORIES),
    )
    cell: str = option(
        "feed-forward",
        "the kind of recurrent cell; feed-forward: a controller without a state of its own",
        choices=lambda: (*cell_names(), "feed-forward"),
    )
    layers: int = option(1, "number of recurrent layers", least=1)
    hidden: int = option(100, "units in each layer", least=1)
    heads: int = option(1, "tape, dnc: heads that read, and of a tape as many that write", least=1)
    places: int = option(
        128, "places of the tape or of a dnc, or the depth of each stack or list", least=2
    )
    place_width: int = option(20, "tape, dnc: numbers in a place", least=1)
    stacks: int = option(10, "stacks, lists: number of them", least=1)
    top: int = option(2, "stacks: places of each that are read, from the top", least=1)
    forget_bias: float = option(1.0, "initial bias of the forget gates (LSTM cells)")

    def summary(self) -> str:
        """The size in a few words, for the title of a training."""
        size = f"{self.layers} x {self.hidden} {self.cell}"
        return size if self.memory == "none" else f"{size} with {self.memory}"


@dataclass(frozen=True)
class AlgorithmData(Options):
    """Which problem, and how large it is."""

    problem: str = option("copy", "the problem that is learned", choices=problem_names)
    width: int = option(
        8, "bits of a vector, where vectors are copied or sorted", least=1, below=1001
    )
    smallest: int = option(1, "size of the smallest problems to learn from", least=1, below=10_001)
    largest: int = option(20, "size of the largest problems to learn from", least=1, below=10_001)


@dataclass(frozen=True)
class AlgorithmEvaluationOptions(Options):
    """How far a model is tried."""

    count: int = option(100, "number of problems of each size", least=1, below=100_001)
    beyond: int = option(
        5, "the largest problems are so many times as large as those it learned from", least=1
    )
    rounded: bool = option(False, "stacks, lists: only the most probable action is done")
    seed: int = option(1, "random seed of the problems", least=0, below=2**32)


@dataclass(frozen=True)
class TapeOptions(Options):
    """Which problem is shown, and where."""

    size: int | None = option(
        None, "size of the problem; default: the largest to learn from", least=1, below=1001
    )
    out: str = option("tape.png", "picture to write: .png, .svg or .pdf", letter="o")
    seed: int = option(1, "random seed of the problem", least=0, below=2**32)


ALGORITHMS = TaskSpec(
    __package__,
    {
        "evaluate": Verb(
            "Measure a model of an algorithm on problems as large as those it learned from, and "
            "on larger ones.",
            "MODEL [SIZE ...] [options]",
            (Argument("sizes", "SIZE", "sizes of problems; default: powers of 2", "*"),),
            {"the measurement": AlgorithmEvaluationOptions(), "the computation": Precision()},
        ),
        "inspect": Verb(
            "Draw what a model of an algorithm reads, writes and answers, step by step.",
            "MODEL [options]",
            (),
            {"the picture": TapeOptions()},
        ),
    },
)

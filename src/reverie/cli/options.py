"""The options of commands whose work is done by a module that imports jax. No jax here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reverie.codecs.unknown import Unknown
from reverie.settings import Options, option
from reverie.tasks.programs.options import DEEPEST, LONGEST


@dataclass(frozen=True)
class BenchOptions(Options):
    """The size of what is measured."""

    size: int = option(65, "number of symbols in the alphabet", least=2)
    lanes: int = option(32, "number of sequences in training", least=1)
    length: int = option(64, "number of symbols between updates", least=1)
    count: int = option(64, "number of sequences generated at once", least=1)
    seconds: float = option(5.0, "duration of each measurement in seconds", above=0)


@dataclass(frozen=True)
class GradientsOptions(Options):
    """What is measured, and where the picture goes."""

    cells: str = option("elman,lstm,gru", "cells of the models to train, where no MODEL is given")
    hidden: int = option(128, "units of the models that are trained", least=1)
    steps: int = option(1000, "updates of the models that are trained", above=0)
    runs: str = option("runs/gradients", "folder in which trained models are kept")
    file: str = option("shakespeare", "text to train on and to measure on")
    unknown: Unknown = option("error", "what to do with symbols a model does not know")
    distance: int = option(100, "largest distance in steps", least=1, below=10_001)
    stretches: int = option(16, "number of stretches of the text that are measured", least=1)
    out: str = option("gradients.png", "file for the picture", letter="o")
    save: str = option("", "file for the numbers, .npz")


@dataclass(frozen=True)
class CurriculaOptions(Options):
    """The exercises, and how long they are learned."""

    kind: Literal["programs", "addition", "memorisation"] = option("programs", "what is learned")
    length: int = option(2, "digits of the largest numbers", least=1, below=LONGEST + 1)
    nesting: int = option(2, "operations of the longest programs", least=1, below=DEEPEST + 1)
    steps: int = option(4000, "training budget of each in updates", above=0)
    count: int = option(500, "number of exercises of each length and nesting", least=1)
    seed: int = option(0, "random seed of the trainings", least=0, below=2**32)
    runs: str = option("runs/curricula", "folder in which trained models are kept")
    out: str = option("curricula.png", "file for the picture", letter="o")
    save: str = option("", "file for the numbers, .json")


@dataclass(frozen=True)
class GeneralisationOptions(Options):
    """Which problems are learned by what, and how far beyond they are tried."""

    problems: str = option("copy,anbn,reversal,parity", "problems, a comma between")
    cells: str = option(
        "lstm,gru,tape,stacks",
        "what learns them: cells, or memories (tape, dnc, stacks, lists), a comma between",
    )
    hidden: int = option(100, "units of each network", least=1, below=10_001)
    heads: int = option(
        1, "tape, dnc: heads that read, and of a tape as many that write", least=1, below=101
    )
    largest: int = option(10, "size of the largest problems to learn from", least=1, below=1001)
    beyond: int = option(
        4, "the largest problems to try are so many times as large", least=1, below=101
    )
    sizes: str = option("", "sizes to try in place of powers of two, a comma between")
    steps: int = option(3000, "training budget of each in updates", above=0)
    count: int = option(100, "number of problems of each size to try", least=1, below=100_001)
    seed: int = option(0, "random seed of the first training", least=0, below=2**32)
    seeds: int = option(
        1,
        "trainings of each network, each with the next seed; medians are shown",
        least=1,
        below=101,
    )
    runs: str = option("runs/generalisation", "folder in which trained models are kept")
    out: str = option("generalisation.png", "file for the picture", letter="o")
    save: str = option("", "file for the numbers, .json")

"""The options of programs: the data, and what a trained model can do. No jax here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reverie.errors import InputError
from reverie.inspection.saving import check_suffix
from reverie.settings import Options, option
from reverie.tasks.task import Argument, Given, Precision, Shipped, TaskSpec, Verb

EXAMPLE = "reverie execute --model {model} 'print((12+34))'\nreverie evaluate {model}"
PAPER = "Zaremba and Sutskever, Learning to execute (2014)"

LONGEST, DEEPEST = 18, 20
"""Digits of a number and operations of a program that can be learned at most."""


@dataclass(frozen=True)
class ProgramData(Options):
    """Which exercises are written, how hard they are, and in which order they come."""

    kind: Literal["programs", "addition", "memorisation"] = option(
        "programs", "what is learned: to execute programs, to add two numbers, or to copy one"
    )
    length: int = option(2, "digits of the largest numbers", least=1, below=LONGEST + 1)
    nesting: int = option(2, "operations of the longest programs", least=1, below=DEEPEST + 1)
    curriculum: Literal["baseline", "naive", "mix", "combined", "growing"] = option(
        "combined",
        "order of the exercises: the hardest at once, harder and harder, as hard as chance has it, "
        "half of each of the last two, or half naive and half of what naive has passed",
    )
    level_epochs: int = option(
        5,
        "naive, combined and growing: epochs (of 100 batches) before exercises become harder",
        least=1,
    )
    inverted: bool = option(False, "memorisation: the number is read from its end")
    doubled: bool = option(False, "memorisation: the number is read twice")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind != "memorisation" and (self.inverted or self.doubled):
            raise InputError(
                "inverted and doubled are of memorisation: leave them out, or choose it as the kind"
            )
        if self.kind != "programs" and self.nesting != 1:
            raise InputError(f"{self.kind} has one operation: set nesting to 1")


@dataclass(frozen=True)
class ProgramEvaluationOptions(Options):
    """How a model is measured, by the length of numbers and the nesting of programs."""

    length: int | None = option(
        None,
        "digits of the largest numbers; default: as it learned",
        least=1,
        below=LONGEST + 1,
    )
    nesting: int | None = option(
        None,
        "operations of the longest programs; default: as it learned",
        least=1,
        below=DEEPEST + 1,
    )
    count: int = option(200, "number of exercises of each length and nesting", least=1)
    seed: int = option(0, "random seed", least=0, below=2**32)
    out: str = option("", "file to draw the heat map into: .png or .svg", letter="o")


@dataclass(frozen=True)
class ExecuteOptions(Options):
    """Where the program is."""

    file: str = option("", "file to read the program from")


def _check_execution(given: Given) -> None:
    if "program" in given.values and given.group(ExecuteOptions).file:
        raise InputError("PROGRAM and file exclude each other: give one")


def _check_evaluation(given: Given) -> None:
    if out := given.group(ProgramEvaluationOptions).out:
        check_suffix(out)


PROGRAM = Argument(
    "program", "PROGRAM", r"the program; \n is a line break; default: standard input", "?"
)

PROGRAMS = TaskSpec(
    __package__,
    {
        "execute": Verb(
            "Execute a program by a network that reads it once: each character of the output, how "
            "sure the network is of it, and what is right.",
            "[PROGRAM] [options]",
            (PROGRAM,),
            {"the program": ExecuteOptions(), "the computation": Precision()},
            shipped=Shipped("programs", "programs"),
            model_option=True,
            check=_check_execution,
        ),
        "evaluate": Verb(
            "Measure a model on exercises that it did not learn from, by length and nesting.",
            "MODEL [options]",
            (),
            {"the measurement": ProgramEvaluationOptions(), "the computation": Precision()},
            check=_check_evaluation,
        ),
    },
)

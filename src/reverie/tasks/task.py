"""What the trainer, the command line and a page need of a kind of data. No jax here.

A task is a folder. Its `options.py` exports a `TaskSpec`: the verbs with their options, and where
the task itself is found. Its `task.py` holds the `Task` and imports what it needs at once.
"""

from __future__ import annotations

import importlib
import json
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from reverie.errors import InputError, excerpt
from reverie.header import MODELS
from reverie.settings import Options, change_group, option, settings_of

if TYPE_CHECKING:
    import numpy as np

    from reverie.data.split import Split
    from reverie.storage import Loaded
    from reverie.training.batches import BatchReader
    from reverie.training.objectives import Objective

Measure = Callable[[Any], float]
"""The loss of a model on held-out data, in nats per element."""

G = TypeVar("G", bound=Options)


class Unit(NamedTuple):
    """The unit in which a loss is reported: a multiple of nats per element."""

    element: str
    """The name of one element: character, point."""
    measure: str
    """The name of the unit, as in "1.9 bits a character"."""
    factor: float
    """How many of this unit one nat per element is."""
    digits: int = 3

    def of(self, nats: float) -> float:
        """A loss in nats per element in this unit."""
        return nats * self.factor

    def format(self, nats: float, digits: int | None = None) -> str:
        """A loss in nats per element as text, with the unit."""
        digits = self.digits if digits is None else digits
        return f"{self.of(nats):z.{digits}f} {self.measure}"


class Preview(NamedTuple):
    """Something that a model made while it was learning."""

    text: str
    """The sample as lines of text, whatever kind of data it is."""
    note: str = ""
    """A remark about it in one line."""
    save: Callable[[Path], None] | None = None
    """Writes it to a file of that name, to which it adds the suffix; None for text."""


class FinalMetrics(NamedTuple):
    """The measures of a trained model."""

    facts: dict[str, Any]
    """The numbers that are stored in the model's file."""
    text: str
    """The same in words."""


class OpenTask(ABC):
    """The data of one training, open."""

    codec: Any
    """The codec between the data and arrays; it is stored in the model's file."""

    @property
    @abstractmethod
    def unit(self) -> Unit:
        """The unit in which the loss is reported."""

    @property
    def references(self) -> str:
        """What is reached without a network, in one line; may be empty."""
        return ""

    @abstractmethod
    def summary(self) -> str:
        """The data in one or two lines: their name, sizes and parts."""

    @abstractmethod
    def contents(self) -> Split[Any]:
        """The data themselves, part by part: strings and arrays, and sequences of them.

        What is known only by its name, such as a file, is none of them: a run that is resumed
        compares them with those it was begun with.
        """

    @abstractmethod
    def reader(self, training: Any) -> BatchReader:
        """The batches to learn from."""

    @abstractmethod
    def objective(self, training: Any) -> Objective:
        """The training objective."""

    @abstractmethod
    def measure(self) -> Measure | None:
        """The validation loss; None without data for it."""

    @abstractmethod
    def preview(self, model: Any, seed: int) -> Preview | None:
        """A sample of the model, always from the same seed; None where there is nothing to show."""

    @abstractmethod
    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        """The measures of a trained model.

        Every process of a training calls it; all but the `first` get None.
        """


class Remark(str):
    """A remark that belongs on standard error, not to the output."""


Output = Iterator[str]
"""Pieces of the output as they come; a `Remark` among them is a remark."""
Perform = Callable[["Loaded", "Given"], Output]
"""What a verb does: a model and its options in, output out. It writes its own files."""


class Task(ABC):
    """A kind of data: what can be trained on it, and what its models can do."""

    @abstractmethod
    def codec_from(self, description: Any) -> Any:
        """The codec that its `describe` described."""

    @abstractmethod
    def build(self, config: Any, codec: Any, *, rng: np.random.Generator) -> Any:
        """The untrained model of what the codec encodes."""

    @abstractmethod
    def open(self, config: Any, codec: Any | None = None) -> OpenTask:
        """The data that a config names; read with `codec`, or with a codec learned from them.

        Raises InputError for data that are missing, unreadable or too few.
        """

    def warm_start(self, config: Any, earlier: Loaded) -> Loaded:
        """The model that a training begins with, made of an earlier one of a recipe it accepts."""
        return earlier

    @property
    @abstractmethod
    def verbs(self) -> Mapping[str, Perform]:
        """The function of each verb of its `TaskSpec`, by name."""


class Argument(NamedTuple):
    """An argument of a command line that is not an option with one value."""

    name: str
    """The name; one that begins with `--` is an option that may be given several times."""
    metavar: str
    help: str
    number: Literal["", "?", "*", "+"] = ""
    """How many: one, at most one, one or more."""

    @property
    def key(self) -> str:
        """The name under which its value is found."""
        return self.name.removeprefix("--").replace("-", "_")


Load = Callable[["str | Path"], "Loaded"]
"""Opens the file of a model."""


class Given:
    """What a verb was given: its arguments by name, and its groups of options by type."""

    def __init__(
        self, verb: Verb, values: Mapping[str, Any], model: str = "", *, load: Load | None = None
    ):
        self.values = values
        """Only what was given, by name."""
        self.model = model
        """The file of the model; empty for the one that comes with the package."""
        self._load = load
        self._groups = {type(g): change_group(g, values) for g in verb.groups.values()}

    def group(self, kind: type[G]) -> G:
        """The options of that group."""
        found: Any = self._groups[kind]
        return found

    def check_own_data(self, loaded: Loaded) -> None:
        """InputError where the data that a model names as its own may be anyone's files.

        They are read of a model that lies in the folder of its run, and of one that ships.
        """
        texts = (s for s in settings_of(loaded.config.data) if isinstance(s.value, str))
        named = {s.name: s.value for s in texts if not s.choices and os.path.exists(s.value)}
        if self.model and named and not _of_a_run(Path(self.model), named):
            where = excerpt(next(iter(named.values())))
            raise InputError(
                f"{self.model} says that it learned from {where!r}, which is read unasked only for "
                f"a model in the folder of its run: name what to measure on after the model"
            )

    def load(self, path: str | Path) -> Loaded:
        """Another model that the options name, from its file."""
        if self._load is None:
            raise TypeError("this verb opens other models: hand Given a function that does")
        return self._load(path)


def _of_a_run(model: Path, data: Mapping[str, str]) -> bool:
    """Whether the run in the folder of a model learned from these data."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        begun = json.loads(model.with_name("run.json").read_text(encoding="utf-8"))
        return all(begun["config"]["data"].get(name) == value for name, value in data.items())
    return False


class Shipped(NamedTuple):
    """A model that comes with the package."""

    name: str
    recipe: str
    """The recipe that makes another one."""

    def path(self) -> Path:
        """The file. InputError where the installation lacks it."""
        path = MODELS / f"{self.name}.reverie"
        if not path.exists():
            raise InputError(
                "this installation came without its model: name one, or make one with "
                f"reverie train {self.recipe.replace('_', '-')}"
            )
        return path


SEEDS = 2**32
"""So many there are."""


def check_seeds(seed: int | None, count: int) -> None:
    """InputError where `count` things, each made from the seed behind the last one's, need one that
    there is not."""
    if seed is not None and seed + count > SEEDS:
        raise InputError(f"the last one would have a seed above {SEEDS - 1}: lower seed or count")


def check_folder(path: str | Path) -> None:
    """InputError where the folder that a file is to be written into is not there."""
    if not Path(path).parent.is_dir():
        raise InputError(f"there is no folder to write {path} into: make it first")


def choose_seed(seed: int | None, count: int, does: str) -> Generator[Remark, None, int]:
    """The seed that was asked for; else a new one, with room for `count`, which is told."""
    if seed is not None:
        return seed
    new = secrets.randbelow(SEEDS - count)
    yield Remark(f"(--seed {new} {does} this again)")
    return new


@dataclass(frozen=True)
class Precision(Options):
    """How exactly a model computes: a group of options for verbs that compute much."""

    precision: Literal["single", "bfloat16"] = option(
        "single", "precision of matrix products; bfloat16 is faster where the processor has it"
    )


def _accept(given: Given) -> None:
    """Accepts everything."""


@dataclass(frozen=True)
class Verb:
    """Something that a trained model can do, as a command line or a page offers it."""

    about: str
    """What it does, in one or two sentences."""
    usage: str
    """The arguments of the command line, such as `[MODEL] [options]`."""
    arguments: tuple[Argument, ...] = ()
    groups: Mapping[str, Options] = field(default_factory=dict)
    """The options with their defaults, by the title of their group."""
    shipped: Shipped | None = None
    """The model to use where none is named."""
    model_option: bool = False
    """The model is named by `--model`; else it is the first argument."""
    check: Callable[[Given], None] = _accept
    """Raises InputError for arguments that contradict each other, before a model is loaded."""


@dataclass(frozen=True)
class TaskSpec:
    """A task as seen from outside, cheap to import: its verbs, and where the rest is found."""

    package: str
    """The package of the task, whose module `task` defines the `Task`."""
    verbs: Mapping[str, Verb]
    """What its models can do, by name; the first is what they are mainly for."""
    attribute: str = "TASK"
    """The name of the `Task` in that module."""

    def load(self) -> Task:
        """The task itself. This is the one place where the modules that need jax are imported."""
        task: Task = getattr(importlib.import_module(f"{self.package}.task"), self.attribute)
        return task

    @property
    def use(self) -> str:
        """The verb that its models are mainly for."""
        return next(iter(self.verbs))


class RecurrentLayers:
    """What the options of a network of equal recurrent layers say of its size."""

    cell: Any
    layers: int
    hidden: int

    def summary(self) -> str:
        """The size in a few words, for the title of a training."""
        return f"{self.layers} x {self.hidden} {self.cell}"

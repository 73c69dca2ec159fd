"""Measure a model on a text: nats, bits and perplexity, static or dynamic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reverie.cli.parsing import Parser
from reverie.errors import InputError
from reverie.media.unknown import Unknown
from reverie.recipes.parts.settings import Options, changed_group, option

if TYPE_CHECKING:
    from reverie.data.corpus import Split
    from reverie.storage import Loaded


@dataclass(frozen=True)
class Measuring(Options):
    """How to measure."""

    dynamic: bool = option(False, "learn from what was scored, as Graves did")
    dynamic_rms: bool = option(False, "the same, each weight at its own scale (Krause)")
    rate: float | None = option(None, "the rate of the dynamic forms", above=0)
    lanes: int = option(16, "read so many stretches at once; 1 is exact and slow", least=1)
    length: int | None = option(None, "symbols between updates of the dynamic forms", least=1)
    unknown: Unknown = option("error", "what to do with symbols the model does not know")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dynamic and self.dynamic_rms:
            raise InputError("dynamic and dynamic-rms exclude each other: choose one")


def run(argv: list[str]) -> int:
    """Prints the measures."""
    parser = Parser(
        "evaluate",
        "MODEL [PATH] [options]",
        "Measure a model on the text PATH, or on the test part of what it was trained on.",
    )
    parser.add_argument("model", metavar="MODEL", help="a model file")
    parser.add_argument("path", metavar="PATH", nargs="?", help="a text")
    parser.add_options("how", Measuring())
    given = parser.parsed(argv)
    measuring = changed_group(Measuring(), given)

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.texts import measures
    from reverie.storage import load

    loaded = load(given["model"])
    name, values = read(loaded, given.get("path"), measuring)
    nats = measured(loaded, values, measuring)
    characters = len(loaded.medium.decode(values))
    print(f"{name}: {measures(nats, loaded.config.data.unit, len(values), characters)}")
    return 0


def read(loaded: Loaded, path: str | None, measuring: Measuring) -> tuple[str, Any]:
    """What to measure on: its name and its values. InputError where there is nothing to read."""
    from reverie.data.corpus import build_corpus
    from reverie.data.sources import open_source

    if path is not None:
        source = open_source(path, loaded.config.data.undecodable)
        corpus = build_corpus(source, loaded.medium, unknown=measuring.unknown)
    else:
        corpus = learned_from(loaded, measuring.unknown).test
    corpus.require(1, "a measurement")
    return corpus.name, corpus.values


def learned_from(loaded: Loaded, unknown: Unknown) -> Split:
    """The text that a model was trained on. InputError where it came on standard input."""
    from reverie.cli.texts import open_texts

    data = loaded.config.data
    if data.data == "-":
        raise InputError(
            "the model was trained on standard input, which cannot be read again: name a text, "
            "and for the dynamic form use --dynamic"
        )
    return open_texts(replace(data, unknown=unknown), loaded.medium).split


def measured(loaded: Loaded, values: Any, measuring: Measuring) -> float:
    """Nats per symbol."""
    from reverie.training.evaluation import RMS, Graves, evaluate, evaluate_dynamically

    if not (measuring.dynamic or measuring.dynamic_rms):
        return evaluate(loaded.model, values, lanes=measuring.lanes)
    length = measuring.length or 50
    if measuring.dynamic:
        graves = Graves() if measuring.rate is None else Graves(measuring.rate)
        return evaluate_dynamically(loaded.model, values, rule=graves, length=length)
    rms = RMS() if measuring.rate is None else RMS(measuring.rate)
    training = learned_from(loaded, loaded.config.data.unknown).train.values
    return evaluate_dynamically(loaded.model, values, rule=rms, training=training, length=length)

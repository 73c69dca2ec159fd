"""Texts: one long sequence of characters, bytes, words or pieces. No jax before it trains."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reverie.data.corpus import Corpus, Split, build_corpus, build_split
from reverie.data.ngrams import ngram_bits, unigram_bits
from reverie.data.sources import Source, open_source
from reverie.errors import InputError
from reverie.media.text import TextMedium, medium_from
from reverie.recipes.parts.options import Data, Measuring, Training, Unit
from reverie.subjects import Dream, Measure, Scale, Verdict

if TYPE_CHECKING:
    from reverie.storage import Loaded
    from reverie.training.batches import LaneReader
    from reverie.training.objectives import Objective

__all__ = [
    "Measuring",
    "TextStudy",
    "learned",
    "measured",
    "measures",
    "medium_from",
    "opened",
]

ORDER = 5
COUNTED, MEASURED = 2_000_000, 200_000
"""How many symbols the baselines are counted in and measured on: seconds, not minutes."""
DREAM = 240
"""Symbols of the sample in the panel."""
WATCHED = 100_000
"""Symbols of the validation text that are measured during a run: it has other things to do."""
SEARCHED = 2_000_000
"""Symbols of the training text that are searched for copies."""


def opened(config: Any, medium: Any | None = None) -> TextStudy:
    """The texts that a config names, divided and encoded; the medium is learned unless given."""
    return open_texts(config.data, medium)


def open_texts(data: Data, medium: TextMedium | None = None) -> TextStudy:
    """The texts that options name. Raises InputError for one that is missing or too short."""
    source = open_source(data.data, data.undecodable)
    medium = medium or learned(data.unit, data.max_alphabet, source.chunks())
    unknown = "replace" if data.max_alphabet else data.unknown
    if not data.valid:
        corpus = build_corpus(source, medium, unknown=unknown)
        parts = (1 - data.valid_part - data.test_part, data.valid_part, data.test_part)
        return TextStudy(source, medium, corpus.split(*parts), data.unit)
    valid = open_source(data.valid, data.undecodable)
    test = open_source(data.test, data.undecodable) if data.test else valid
    split = build_split(source, valid, test, medium, unknown=unknown)
    return TextStudy(source, medium, split, data.unit)


def learned(unit: Unit, most: int, chunks: Iterable[str]) -> TextMedium:
    """The medium of that unit, learned from a text: of `most` symbols, or as many as it likes."""
    from reverie.media.text import Bytes, Characters, Pieces, Words

    match unit:
        case "bytes":
            return Bytes()
        case "characters":
            return Characters.learn(chunks, max_size=most or None)
        case "words":
            return Words.learn(chunks, max_size=most or None)
        case "pieces":
            return Pieces.learn(chunks, max_size=most or 2000)


@dataclass(frozen=True)
class TextStudy:
    """A text to learn from, parts of it to watch and to measure, and its 5-grams to beat."""

    source: Source
    medium: TextMedium
    split: Split
    unit: str

    @property
    def scale(self) -> Scale:
        element = self.unit.removesuffix("s")
        return Scale(element, f"bits a {element}", 1 / math.log(2))

    @property
    def visible(self) -> frozenset[int]:
        return frozenset({self.medium.size})

    def described(self) -> str:
        train, valid, test = (f"{len(part):,}" for part in self.split)
        total = sum(map(len, self.split))
        notes = "".join(f"; {note}" for note in self.source.notes)
        return (
            f"{self.source.name}: {total:,} {self.unit}, {self.medium.size:,} distinct{notes}\n"
            f"{train} to learn from, {valid} to watch, {test} for the test"
        )

    @cached_property
    def references(self) -> str:
        return self._baselines(self.split.valid if len(self.split.valid) else self.split.train)

    def _baselines(self, part: Corpus) -> str:
        """What frequencies and 5-grams reach; counted at the end of the training text."""
        train, held = self.split.train.values[-COUNTED:], part.values[:MEASURED]
        size = self.medium.size
        unigram, ngram = unigram_bits(train, held, size), ngram_bits(train, held, size, ORDER)
        return f"frequencies {unigram:.3f} bits, 5-grams {ngram:.3f} bits"

    def reader(self, training: Training) -> LaneReader:
        from reverie.data.lanes import Lanes
        from reverie.training.batches import LaneReader

        values = self.split.train.values
        lanes = Lanes(values, training.lanes, training.length, training.seed)
        return LaneReader(lanes, training.restarts)

    def objective(self, training: Training) -> Objective:
        from reverie.recipes.parts.regime import objective_of

        return objective_of(training)

    def measure(self) -> Measure | None:
        return shared_measure(self.split.valid.values[:WATCHED])

    def dreamt(self, model: Any, seed: int) -> Dream:
        import numpy as np

        from reverie.data.novelty import longest_copy
        from reverie.draw import Sample
        from reverie.dreams.texts import Dreamer

        pieces = Dreamer(model, self.medium, Sample(), seed).texts(1, DREAM)
        text = "".join(piece for (piece,) in pieces)
        values = self.medium.encode(text, "replace")
        copy = longest_copy(values, np.asarray(self.split.train.values[-SEARCHED:], np.int32))
        span = self.medium.decode(np.asarray(copy.span)) if copy.length else ""
        note = f"longest span copied from the text: {copy.length} of {len(values)} ({span!r})"
        return Dream(text, note)

    def concluded(self, model: Any, *, first: bool) -> Verdict | None:
        part = self.split.test if len(self.split.test) else self.split.valid
        measure = shared_measure(part.values)
        nats = measure(model) if measure else None
        if not first:
            return None
        facts = {"test_nats": nats, "text": self.source.name}
        if nats is None:
            return Verdict(facts, "There was no text to measure the model on.")
        characters = len(self.medium.decode(part.values))
        said = measures(nats, self.unit, len(part.values), characters)
        return Verdict(facts, f"test: {said}\n({self._baselines(part)})")


def shared_measure(values: Any) -> Measure | None:
    """Nats per symbol of a model on held-out values, shared by the processes; none without any."""
    if not len(values):
        return None
    import jax

    from reverie.training.evaluation import evaluate

    share = (jax.process_index(), jax.process_count())
    return lambda model: evaluate(model, values, share=share)


def measures(nats: float, unit: str, symbols: int, characters: int) -> str:
    """A loss in nats per symbol, and what people call it."""
    bits = nats / math.log(2)
    one = unit.removesuffix("s")
    said = [f"{nats:.4f} nats and {bits:.4f} bits a {one}"]
    if unit != "characters":
        said.append(f"{bits * symbols / max(characters, 1):.4f} bits a character")
    if unit in ("words", "pieces"):
        said.append(f"perplexity {math.exp(min(nats, 700)):,.1f}")
    return ", ".join(said)


def measured(loaded: Loaded, path: str | None, measuring: Measuring) -> Iterator[str]:
    """The loss of a model on a text, static or dynamic."""
    corpus = _read(loaded, path, measuring)
    values = corpus.values
    nats = _nats(loaded, values, measuring)
    characters = len(loaded.medium.decode(values))
    yield f"{corpus.name}: {measures(nats, loaded.config.data.unit, len(values), characters)}"


def _read(loaded: Loaded, path: str | None, measuring: Measuring) -> Corpus:
    """What to measure on. InputError where there is nothing to read."""
    if path is None:
        corpus = learned_from(loaded, measuring.unknown).test
    else:
        source = open_source(path, loaded.config.data.undecodable)
        corpus = build_corpus(source, loaded.medium, unknown=measuring.unknown)
    corpus.require(1, "a measurement")
    return corpus


def learned_from(loaded: Loaded, unknown: Any) -> Split:
    """The text that a model was trained on. InputError where it came on standard input."""
    data = loaded.config.data
    if data.data == "-":
        raise InputError(
            "the model was trained on standard input, which cannot be read again: name a text, "
            "and for the dynamic form use --dynamic"
        )
    return open_texts(replace(data, unknown=unknown), loaded.medium).split


def _nats(loaded: Loaded, values: Any, measuring: Measuring) -> float:
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

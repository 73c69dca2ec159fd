"""Translation: pairs of lines, of which the second is learned given the first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from reverie.codecs.pair import Pair, end_lines
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.metrics.bits import perplexity
from reverie.metrics.bleu import CorpusScores, corpus_scores
from reverie.metrics.diversity import Diversity, diversity
from reverie.model import SequenceModel
from reverie.search.sources import SearchSettings
from reverie.stop import OnSymbol
from reverie.storage import Loaded
from reverie.tasks.task import (
    FinalMetrics,
    Given,
    Measure,
    OpenTask,
    Output,
    Perform,
    Preview,
    Remark,
    Task,
    Unit,
)
from reverie.tasks.text.data import learn_codec, reading_of
from reverie.tasks.text.options import TextUnit
from reverie.tasks.translation.build import translator
from reverie.tasks.translation.data import open_pairs, pairs_reader
from reverie.tasks.translation.exposure import exposures
from reverie.tasks.translation.generate import Translator
from reverie.tasks.translation.options import PairData, PairEvaluationOptions, PairLearning
from reverie.tasks.translation.pairs import Pairs, read_table
from reverie.tasks.translation.translate import translate
from reverie.training.evaluation import loss_on, mean_loss
from reverie.training.objectives import (
    Objective,
    build_objective,
    build_terms,
)
from reverie.training.policy import Mixer, SelfCritical
from reverie.training.reinforce_attention import ReinforceAttention
from reverie.training.rewards import SentenceBLEU, TokenF1
from reverie.training.schedules import Annealed
from reverie.training.sequences import SequenceReader

VALIDATED, SHOWN = 512, 3
"""Pairs that are measured during a run, and that are shown."""


@dataclass(frozen=True)
class OpenPairs(OpenTask):
    """Pairs of which the model learns the second given the first."""

    parts: Split[Pairs]
    codec: Pair
    longest: int
    hard: bool = False
    """The model draws where it looks, which has to be learned in its own way."""

    @property
    def unit(self) -> Unit:
        return Unit("symbol", "bits a symbol", 1 / math.log(2))

    def summary(self) -> str:
        train, valid, test = (f"{len(part):,}" for part in self.parts)
        notes = dict.fromkeys(note for part in self.parts for note in part.notes)
        sizes = f"{self.codec.source.size:,} and {self.codec.target.size:,} different symbols"
        return (
            f"{self.parts.train.name}: {sizes}\n"
            f"{train} pairs to learn from, {valid} to watch, {test} for the test"
            + "".join(f"\n{note}" for note in notes)
        )

    def contents(self) -> Split[Any]:
        return self.parts.map(lambda part: [part.sources, part.targets])

    def reader(self, training: PairLearning) -> SequenceReader:
        return pairs_reader(
            self.codec, self.parts.train, training.lanes, self.longest, training.seed
        )

    def objective(self, training: PairLearning) -> Objective:
        if self.hard:
            return ReinforceAttention(training.draws, entropy=training.entropy)
        reward = SentenceBLEU() if training.reward == "bleu" else TokenF1()
        stop = OnSymbol(self.codec.end)
        match training.objective:
            case "self-critical":
                return SelfCritical(reward, stop)
            case "mixer":
                own = Annealed(training.anneal_after, training.anneal_every, training.anneal_by)
                return Mixer(reward, stop, own)
        return build_objective(training, build_terms(training))

    @cached_property
    def _validation_reader(self) -> SequenceReader | None:
        pairs = self.parts.valid.part(0, VALIDATED)
        return pairs_reader(self.codec, pairs, min(32, len(pairs))) if len(pairs) else None

    def measure(self) -> Measure | None:
        return loss_on(self._validation_reader)

    def preview(self, model: Any, seed: int) -> Preview | None:
        shown = self.parts.valid.part(0, SHOWN)
        if not len(shown):
            return None
        found = Translator(model, self.codec).translate(shown.sources, SearchSettings(width=1))
        texts = [best[0].text for best in found]
        rows = zip(shown.sources, shown.targets, texts, strict=True)
        return Preview("\n".join(f"{a}\n  = {b}\n  > {c}" for a, b, c in rows))

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        part = self.parts.held_out
        if not first:
            return None
        facts: dict[str, Any] = {"pairs": self.parts.train.name}
        if not len(part):
            return FinalMetrics(facts, "There were no pairs to measure the model on.")
        found = pair_metrics(model, self.codec, part, PairEvaluationOptions())
        return FinalMetrics(facts | found.facts(), f"test: {found.summary()}")


class PairMetrics(NamedTuple):
    """How well targets are predicted, and translated."""

    perplexity: float
    exact: float
    """The share of translations that are the target itself."""
    scores: CorpusScores
    pairs: int
    diversity: Diversity

    def summary(self) -> str:
        """In words."""
        return (
            f"{self.scores.summary()}, perplexity a symbol "
            f"{self.perplexity:.2f}, {self.exact:.1%} exactly the target, {self.pairs:,} pairs\n"
            f"({'; '.join(self.scores.signatures)})\n"
            f"{self.diversity.summary()}"
        )

    def facts(self) -> dict[str, float]:
        """What is worth keeping with a model."""
        return {
            "test_bleu": self.scores.bleu or 0.0,
            "test_chrf": self.scores.chrf,
            "test_perplexity": self.perplexity,
            "test_exact": self.exact,
            "test_distinct": self.diversity.distinct,
            "test_repeating": self.diversity.repeating,
        }


def pair_metrics(
    model: Any, codec: Pair, pairs: Pairs, options: PairEvaluationOptions
) -> PairMetrics:
    """BLEU and chrF of the best translations, and the perplexity of the targets."""
    reader = pairs_reader(codec, pairs, min(32, len(pairs)))
    searching = SearchSettings(width=options.beam, alpha=options.length_penalty)
    found = Translator(model, codec).translate(pairs.sources, searching)
    texts = [best[0].text if best else "" for best in found]
    scores = corpus_scores(texts, pairs.targets)
    same = sum(text == target for text, target in zip(texts, pairs.targets, strict=True))
    nats = mean_loss(model, reader)
    return PairMetrics(perplexity(nats), same / len(pairs), scores, len(pairs), diversity(texts))


def by_position(model: Any, codec: Pair, pairs: Pairs) -> Iterator[str]:
    """A table of the loss behind true symbols and of the quality of free running."""
    reader = pairs_reader(codec, pairs, min(32, len(pairs)))
    found = Translator(model, codec).translate(pairs.sources, SearchSettings(width=1, alpha=0.0))
    yield "position   forced: bits  right   free: pairs of symbols that the target has"
    for row in exposures(model, reader, [best[0].values for best in found]):
        yield (
            f"{row.begin + 1:4d}-{row.end:<4d} {row.forced / math.log(2):13.2f} {row.right:6.1%} "
            f"{row.free:13.1%} of {row.symbols:,}"
        )


def evaluate(loaded: Loaded, given: Given) -> Output:
    """BLEU, chrF and perplexity on the test part of the pairs, or on a file of pairs."""
    options = given.group(PairEvaluationOptions)
    if given.values.get("path") is None:
        given.check_own_data(loaded)
    pairs = _pairs(loaded, given)
    yield from map(Remark, pairs.notes)
    if not len(pairs):
        raise InputError("there are no pairs to measure the model on: name a file of them")
    pairs = pairs.part(0, options.most or len(pairs))
    found = pair_metrics(loaded.model, loaded.codec, pairs, options)
    yield f"{pairs.name}: {found.summary()}\n"
    if options.by_position:
        for line in by_position(loaded.model, loaded.codec, pairs):
            yield f"{line}\n"


def _pairs(loaded: Loaded, given: Given) -> Pairs:
    """The pairs in a file, or those kept for the test of the model."""
    if (path := given.values.get("path")) is not None:
        columns = given.group(PairEvaluationOptions).columns
        return read_table(path, columns, reading_of(loaded, given))
    return open_pairs(loaded.config.data, loaded.config.training.seed).held_out


class TranslationTask(Task):
    """Learning to translate."""

    def codec_from(self, description: Any) -> Pair:
        return Pair.from_description(description)

    def build(self, config: Any, codec: Pair, *, rng: np.random.Generator) -> SequenceModel:
        sizes = codec.source.size, codec.target.size
        return translator(config.network, *sizes, codec.copy_table(), rng=rng)

    def open(self, config: Any, codec: Pair | None = None) -> OpenPairs:
        data: PairData = config.data
        parts = open_pairs(data, config.training.seed)
        if codec is None:
            sides = (parts.train.sources, parts.train.targets)
            unit: TextUnit = "characters" if data.data in ("reverse", "copy") else data.unit
            codec = Pair(*(learn_codec(unit, data.max_alphabet, end_lines(side)) for side in sides))
        return OpenPairs(parts, codec, data.longest, config.network.hard)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"translate": translate, "evaluate": evaluate}


TASK = TranslationTask()

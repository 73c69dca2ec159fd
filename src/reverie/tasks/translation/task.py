"""Pairs of lines: one is given, the other is learned. No jax before it trains."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from reverie.codecs.pair import Pair, end_lines
from reverie.errors import InputError
from reverie.metrics.bits import perplexity
from reverie.metrics.bleu import CorpusScores, corpus_scores
from reverie.metrics.diversity import Diversity, diversity
from reverie.tasks.task import FinalMetrics, Measure, Preview, Unit
from reverie.tasks.text.task import learned
from reverie.tasks.translation.data import PairParts, open_pairs, pairs_reader
from reverie.tasks.translation.options import PairData, PairEvaluationOptions
from reverie.tasks.translation.pairs import Pairs, read_table

if TYPE_CHECKING:
    from reverie.storage import Loaded
    from reverie.tasks.text.options import TextUnit
    from reverie.tasks.translation.options import PairLearning
    from reverie.training.objectives import Objective, Term
    from reverie.training.sequences import SequenceReader

EvaluationOptions = PairEvaluationOptions
codec_from = Pair.from_description
WATCHED, SHOWN = 512, 3
"""Pairs that are measured during a run, and that are shown."""


def open_task(config: Any, codec: Pair | None = None) -> OpenPairs:
    """The pairs that a config names; the symbols are learned from them unless they are given."""
    data: PairData = config.data
    parts = open_pairs(data, config.training.seed)
    if codec is None:
        sides = (parts.train.sources, parts.train.targets)
        unit: TextUnit = "characters" if data.data in ("reverse", "copy") else data.unit
        codec = Pair(*(learned(unit, data.max_alphabet, end_lines(side)) for side in sides))
    return OpenPairs(parts, codec, data.longest, config.network.hard)


@dataclass(frozen=True)
class OpenPairs:
    """Pairs of which the model learns the second given the first."""

    parts: PairParts
    codec: Pair
    longest: int
    hard: bool = False
    """The model draws where it looks, which has to be learned in its own way."""
    references: str = ""

    @property
    def scale(self) -> Unit:
        return Unit("symbol", "bits a symbol", 1 / math.log(2))

    @property
    def visible(self) -> frozenset[int]:
        return frozenset({self.codec.source.size, self.codec.target.size})

    def described(self) -> str:
        train, valid, test = (f"{len(part):,}" for part in self.parts)
        sizes = f"{self.codec.source.size:,} and {self.codec.target.size:,} different symbols"
        return (
            f"{self.parts.train.name}: {sizes}\n"
            f"{train} pairs to learn from, {valid} to watch, {test} for the test"
        )

    def reader(self, training: PairLearning) -> SequenceReader:
        reader = pairs_reader(
            self.codec, self.parts.train, training.lanes, self.longest, training.seed
        )
        if left := len(self.parts.train) - len(reader.sequences):
            print(f"{left:,} pairs have more than {self.longest} symbols a side: they are left out")
        print(f"{reader.padding:.0%} of the steps are padding", flush=True)
        return reader

    def objective(self, training: PairLearning) -> Objective:
        from reverie.stop import OnSymbol
        from reverie.training.build import build_objective
        from reverie.training.objectives import ScheduledSampling, TeacherForcing
        from reverie.training.policy import Mixer, SelfCritical
        from reverie.training.reinforce_attention import ReinforceAttention
        from reverie.training.rewards import SentenceBLEU, TokenF1
        from reverie.training.schedules import Annealed, NeverForcing

        if self.hard:
            return ReinforceAttention(training.draws, entropy=training.entropy)
        reward = SentenceBLEU() if training.reward == "bleu" else TokenF1()
        stop = OnSymbol(self.codec.end)
        match training.objective:
            case "teacher-forcing":
                return TeacherForcing(self._terms(training))
            case "scheduled-sampling":
                return build_objective(training)
            case "always-own":
                return ScheduledSampling(NeverForcing())
            case "self-critical":
                return SelfCritical(reward, stop)
            case "mixer":
                own = Annealed(training.anneal_after, training.anneal_every, training.anneal_by)
                return Mixer(reward, stop, own)

    @staticmethod
    def _terms(training: PairLearning) -> tuple[Term, ...]:
        from reverie.training.objectives import DoublyStochastic, Smoothing

        terms: list[Term] = []
        if training.smoothing:
            terms.append(Smoothing(training.smoothing))
        if training.share:
            terms.append(DoublyStochastic(training.share, training.tau))
        return tuple(terms)

    @cached_property
    def _watched(self) -> SequenceReader | None:
        watched = self.parts.valid.part(0, WATCHED)
        return pairs_reader(self.codec, watched, min(32, len(watched))) if len(watched) else None

    def measure(self) -> Measure | None:
        from reverie.training.evaluation import mean_loss

        watched = self._watched
        return None if watched is None else lambda model: mean_loss(model, watched)

    def preview(self, model: Any, seed: int) -> Preview | None:
        from reverie.tasks.translation.generate import SearchSettings, Translator

        shown = self.parts.valid.part(0, SHOWN)
        if not len(shown):
            return None
        found = Translator(model, self.codec).translate(shown.sources, SearchSettings(width=1))
        texts = [best[0].text for best in found]
        rows = zip(shown.sources, shown.targets, texts, strict=True)
        return Preview("\n".join(f"{a}\n  = {b}\n  > {c}" for a, b, c in rows))

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        part = self.parts.test if len(self.parts.test) else self.parts.valid
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
    from reverie.tasks.translation.generate import SearchSettings, Translator
    from reverie.training.evaluation import mean_loss

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
    from reverie.tasks.translation.exposure import exposures
    from reverie.tasks.translation.generate import SearchSettings, Translator

    reader = pairs_reader(codec, pairs, min(32, len(pairs)))
    found = Translator(model, codec).translate(pairs.sources, SearchSettings(width=1, alpha=0.0))
    yield "position   forced: bits  right   free: pairs of symbols that the target has"
    for row in exposures(model, reader, [best[0].values for best in found]):
        yield (
            f"{row.begin + 1:4d}-{row.end:<4d} {row.forced / math.log(2):13.2f} {row.right:6.1%} "
            f"{row.free:13.1%} of {row.symbols:,}"
        )


def evaluate(loaded: Loaded, path: str | None, options: PairEvaluationOptions) -> Iterator[str]:
    """BLEU, chrF and perplexity on the test part of the pairs, or on a file of pairs."""
    if path is not None:
        pairs = read_table(path)
    else:
        parts = open_pairs(loaded.config.data, loaded.config.training.seed)
        pairs = parts.test if len(parts.test) else parts.valid
    if not len(pairs):
        raise InputError("there are no pairs to measure the model on: name a file of them")
    pairs = pairs.part(0, options.most or len(pairs))
    found = pair_metrics(loaded.model, loaded.codec, pairs, options)
    yield f"{pairs.name}: {found.summary()}"
    if options.by_position:
        yield from by_position(loaded.model, loaded.codec, pairs)

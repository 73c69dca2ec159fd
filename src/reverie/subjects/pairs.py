"""Pairs of lines: one is given, the other is learned. No jax before it trains."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reverie.data.pairs import Pairs, copies, read_pairs, read_table, reversals
from reverie.errors import InputError, missing_extra
from reverie.media.pair import Pair, lines
from reverie.padding import rooms
from reverie.recipes.parts.translation import PairData, PairMeasuring
from reverie.subjects import Dream, Measure, Scale, Verdict
from reverie.subjects.texts import learned

if TYPE_CHECKING:
    from reverie.dreams.exposure import Variety
    from reverie.recipes.parts.options import Unit
    from reverie.recipes.parts.translation import PairLearning
    from reverie.storage import Loaded
    from reverie.training.objectives import Objective, Term
    from reverie.training.sequences import SequenceReader

Measuring = PairMeasuring
medium_from = Pair.from_description

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONGEST = 12
"""Of the strings that are made by the machine."""
UNIT, SHAPES, WORTH = 2, 6, 8
"""Batches are padded to multiples of the first, in so many shapes at most: each is compiled for
itself, and is worth it for so many batches."""
WATCHED, SHOWN = 512, 3
"""Pairs that are measured during a run, and that are shown."""


class PairParts(NamedTuple):
    """Pairs to learn from, to watch and to measure."""

    train: Pairs
    valid: Pairs
    test: Pairs


def open_pairs(data: PairData, seed: int = 0) -> PairParts:
    """The pairs that options name. InputError where they are missing or do not match."""
    if data.source:
        whole = read_pairs(data.source, data.target)
    elif data.data in ("reverse", "copy"):
        make = reversals if data.data == "reverse" else copies
        whole = make(data.pairs, LONGEST, LETTERS, seed)
    else:
        assert data.data is not None
        whole = read_table(data.data)
    count = len(whole)
    own_valid, own_test = bool(data.valid_source), bool(data.test_source)
    valid = 0 if own_valid else round(data.valid_part * count)
    test = 0 if own_test else round(data.test_part * count)
    learned = count - valid - test
    return PairParts(
        whole.part(0, learned),
        read_pairs(data.valid_source, data.valid_target)
        if own_valid
        else whole.part(learned, learned + valid),
        read_pairs(data.test_source, data.test_target)
        if own_test
        else whole.part(learned + valid, count),
    )


def opened(config: Any, medium: Pair | None = None) -> PairStudy:
    """The pairs that a config names; the symbols are learned from them unless they are given."""
    data: PairData = config.data
    parts = open_pairs(data, config.training.seed)
    if medium is None:
        sides = (parts.train.sources, parts.train.targets)
        unit: Unit = "characters" if data.data in ("reverse", "copy") else data.unit
        medium = Pair(*(learned(unit, data.max_alphabet, lines(side)) for side in sides))
    return PairStudy(parts, medium, data.longest, config.network.hard)


@dataclass(frozen=True)
class PairStudy:
    """Pairs of which the model learns the second given the first."""

    parts: PairParts
    medium: Pair
    longest: int
    hard: bool = False
    """The model draws where it looks, which has to be learned in its own way."""
    references: str = ""

    @property
    def scale(self) -> Scale:
        return Scale("symbol", "bits a symbol", 1 / math.log(2))

    @property
    def visible(self) -> frozenset[int]:
        return frozenset({self.medium.source.size, self.medium.target.size})

    def described(self) -> str:
        train, valid, test = (f"{len(part):,}" for part in self.parts)
        sizes = f"{self.medium.source.size:,} and {self.medium.target.size:,} different symbols"
        return (
            f"{self.parts.train.name}: {sizes}\n"
            f"{train} pairs to learn from, {valid} to watch, {test} for the test"
        )

    def reader(self, training: PairLearning) -> SequenceReader:
        reader = pairs_reader(
            self.medium, self.parts.train, training.lanes, self.longest, training.seed
        )
        if left := len(self.parts.train) - len(reader.sequences):
            print(f"{left:,} pairs have more than {self.longest} symbols a side: they are left out")
        print(f"{reader.padding:.0%} of the steps are padding", flush=True)
        return reader

    def objective(self, training: PairLearning) -> Objective:
        from reverie.recipes.parts.regime import objective_of
        from reverie.stop import At
        from reverie.training.hard_attention import ScoreFunction
        from reverie.training.objectives import ScheduledSampling, TeacherForcing
        from reverie.training.policy import Mixer, SelfCritical
        from reverie.training.rewards import SentenceBLEU, TokenF1
        from reverie.training.schedules import Annealed, NeverForcing

        if self.hard:
            return ScoreFunction(training.draws, entropy=training.entropy)
        reward = SentenceBLEU() if training.reward == "bleu" else TokenF1()
        stop = At(self.medium.end)
        match training.objective:
            case "teacher-forcing":
                return TeacherForcing(self._terms(training))
            case "scheduled-sampling":
                return objective_of(training)
            case "always-own":
                return ScheduledSampling(NeverForcing())
            case "self-critical":
                return SelfCritical(reward, stop)
            case "mixer":
                own = Annealed(training.anneal_after, training.anneal_every, training.anneal_by)
                return Mixer(reward, stop, own)

    @staticmethod
    def _terms(training: PairLearning) -> tuple[Term, ...]:
        from reverie.training.objectives import EachItsShare, Smoothing

        terms: list[Term] = []
        if training.smoothing:
            terms.append(Smoothing(training.smoothing))
        if training.share:
            terms.append(EachItsShare(training.share, training.tau))
        return tuple(terms)

    @cached_property
    def _watched(self) -> SequenceReader | None:
        watched = self.parts.valid.part(0, WATCHED)
        return pairs_reader(self.medium, watched, min(32, len(watched))) if len(watched) else None

    def measure(self) -> Measure | None:
        from reverie.training.evaluation import mean_loss

        watched = self._watched
        return None if watched is None else lambda model: mean_loss(model, watched)

    def dreamt(self, model: Any, seed: int) -> Dream | None:
        from reverie.dreams.translations import Searching, Translator

        shown = self.parts.valid.part(0, SHOWN)
        if not len(shown):
            return None
        found = Translator(model, self.medium).translate(shown.sources, Searching(width=1))
        texts = [best[0].text for best in found]
        rows = zip(shown.sources, shown.targets, texts, strict=True)
        return Dream("\n".join(f"{a}\n  = {b}\n  > {c}" for a, b, c in rows))

    def concluded(self, model: Any, *, first: bool) -> Verdict | None:
        part = self.parts.test if len(self.parts.test) else self.parts.valid
        if not first:
            return None
        facts: dict[str, Any] = {"pairs": self.parts.train.name}
        if not len(part):
            return Verdict(facts, "There were no pairs to measure the model on.")
        found = pair_measures(model, self.medium, part, PairMeasuring())
        return Verdict(facts | found.facts(), f"test: {found.told()}")


def pairs_reader(
    medium: Pair, pairs: Pairs, rows: int, longest: int | None = None, seed: int = 0
) -> SequenceReader:
    """Targets, each given its source; none longer than `longest` on either side."""
    from reverie.encoders import Source
    from reverie.training.sequences import SequenceReader

    values, given = [], []
    for source, target in zip(pairs.sources, pairs.targets, strict=True):
        one, other = medium.encode((source, target), "replace")
        if longest is None or max(len(one), len(other)) <= longest:
            values.append(other)
            given.append(Source(one, np.ones(len(one), bool)))  # type: ignore[arg-type]
    if not values:
        raise InputError(f"no pair has {longest} symbols or less a side: raise longest")
    shapes = min(SHAPES, max(1, len(values) // (WORTH * rows)))
    lengths = rooms(map(len, values), shapes, UNIT)
    places = rooms((each.places for each in given), shapes, UNIT)
    # As many of the one as of the other: the largest, once more where there are fewer.
    count = max(len(lengths), len(places))
    lengths, places = (most + most[-1:] * (count - len(most)) for most in (lengths, places))
    return SequenceReader(values, rows, given, lengths, places, seed)


class PairMeasures(NamedTuple):
    """How well targets are predicted, and translated."""

    perplexity: float
    exact: float
    """The share of translations that are the target itself."""
    bleu: Any
    chrf: Any
    signatures: tuple[str, str]
    pairs: int
    variety: Variety

    def told(self) -> str:
        """In words."""
        # Lines of fewer than four words have no 4-grams to be counted.
        bleu = f"BLEU {self.bleu.score:.2f}" if self.bleu.totals[-1] else "no BLEU of short lines"
        return (
            f"{bleu}, chrF {self.chrf.score:.2f}, perplexity a symbol "
            f"{self.perplexity:.2f}, {self.exact:.1%} exactly the target, {self.pairs:,} pairs\n"
            f"({'; '.join(self.signatures)})\n"
            f"{self.variety.distinct:.1%} of the translations are different ones, in "
            f"{self.variety.words:,} words; {self.variety.repeating:.1%} repeat three in a row"
        )

    def facts(self) -> dict[str, float]:
        """What is worth keeping with a model."""
        return {
            "test_bleu": self.bleu.score,
            "test_chrf": self.chrf.score,
            "test_perplexity": self.perplexity,
            "test_exact": self.exact,
            "test_distinct": self.variety.distinct,
            "test_repeating": self.variety.repeating,
        }


def pair_measures(model: Any, medium: Pair, pairs: Pairs, measuring: PairMeasuring) -> PairMeasures:
    """BLEU and chrF of the best translations, and the perplexity of the targets."""
    try:
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
    except ImportError as error:
        raise missing_extra("sacrebleu", "translation") from error
    from reverie.dreams.exposure import variety
    from reverie.dreams.translations import Searching, Translator
    from reverie.training.evaluation import mean_loss

    reader = pairs_reader(medium, pairs, min(32, len(pairs)))
    searching = Searching(width=measuring.beam, alpha=measuring.length_penalty)
    found = Translator(model, medium).translate(pairs.sources, searching)
    texts = [best[0].text if best else "" for best in found]
    bleu, chrf = BLEU(), CHRF()
    scores = bleu.corpus_score(texts, [pairs.targets]), chrf.corpus_score(texts, [pairs.targets])
    signatures = (str(bleu.get_signature()), str(chrf.get_signature()))
    same = sum(text == target for text, target in zip(texts, pairs.targets, strict=True))
    perplexity = math.exp(min(mean_loss(model, reader), 700))
    return PairMeasures(
        perplexity, same / len(pairs), *scores, signatures, len(pairs), variety(texts)
    )


def by_position(model: Any, medium: Pair, pairs: Pairs) -> Iterator[str]:
    """A table of the loss behind true symbols and of the quality of free running."""
    from reverie.dreams.exposure import exposures
    from reverie.dreams.translations import Searching, Translator

    reader = pairs_reader(medium, pairs, min(32, len(pairs)))
    found = Translator(model, medium).translate(pairs.sources, Searching(width=1, alpha=0.0))
    yield "position   forced: bits  right   free: pairs of symbols that the target has"
    for row in exposures(model, reader, [best[0].values for best in found]):
        yield (
            f"{row.begin + 1:4d}-{row.end:<4d} {row.forced / math.log(2):13.2f} {row.right:6.1%} "
            f"{row.free:13.1%} of {row.symbols:,}"
        )


def measured(loaded: Loaded, path: str | None, measuring: PairMeasuring) -> Iterator[str]:
    """BLEU, chrF and perplexity on the test part of the pairs, or on a file of pairs."""
    if path is not None:
        pairs = read_table(path)
    else:
        parts = open_pairs(loaded.config.data, loaded.config.training.seed)
        pairs = parts.test if len(parts.test) else parts.valid
    if not len(pairs):
        raise InputError("there are no pairs to measure the model on: name a file of them")
    pairs = pairs.part(0, measuring.most or len(pairs))
    found = pair_measures(loaded.model, loaded.medium, pairs, measuring)
    yield f"{pairs.name}: {found.told()}"
    if measuring.by_position:
        yield from by_position(loaded.model, loaded.medium, pairs)

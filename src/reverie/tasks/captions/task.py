"""Captions: pictures, of which it is learned what is said of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import jax
import numpy as np

from reverie.codecs.captions import Captions
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.files import replace_file
from reverie.layers import Undrawn
from reverie.metrics.bits import perplexity
from reverie.metrics.captions import CaptionScores, caption_scores
from reverie.metrics.diversity import Diversity, diversity
from reverie.model import SequenceModel
from reverie.search.sources import SearchSettings
from reverie.stop import OnSymbol
from reverie.storage import Loaded
from reverie.tasks.captions.build import captioner
from reverie.tasks.captions.caption import caption
from reverie.tasks.captions.data import (
    REFERENCES,
    Captioned,
    captions_reader,
    form_of,
    open_captions,
    opened_side,
)
from reverie.tasks.captions.generate import Captioner
from reverie.tasks.captions.options import (
    CaptionData,
    CaptionEvaluationOptions,
    CaptionLearning,
    CaptionNetwork,
)
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
from reverie.training.evaluation import loss_on, mean_loss
from reverie.training.objectives import (
    Objective,
    build_objective,
    build_terms,
)
from reverie.training.policy import SelfCritical
from reverie.training.reinforce_attention import ReinforceAttention
from reverie.training.rewards import CIDErD, Reward, SentenceBLEU
from reverie.training.sequences import SequenceReader

VALIDATED, SHOWN = 500, 3
"""Pictures that are measured during a run, and that are shown."""


@dataclass(frozen=True)
class OpenCaptions(OpenTask):
    """Pictures of which the model learns what is said of them."""

    parts: Split[Captioned]
    codec: Captions
    longest: int
    hard: bool = False
    """The model draws where it looks, which has to be learned in its own way."""
    rewarded: bool = False
    """A reward is raised, and the likelihood of the true captions falls: the last model is kept."""

    @property
    def unit(self) -> Unit:
        return Unit("word", "bits a word", 1 / math.log(2))

    def summary(self) -> str:
        train, valid, test = (f"{len(part.said):,}" for part in self.parts)
        notes = dict.fromkeys(note for part in self.parts for note in part.notes)
        said = sum(map(len, self.parts.train.said.values()))
        return (
            f"{self.parts.train.name}: {self.codec.size:,} different words\n"
            f"{train} pictures with {said:,} captions to learn from, {valid} to watch, {test} for "
            "the test" + "".join(f"\n{note}" for note in notes)
        )

    def contents(self) -> Split[Any]:
        return self.parts.map(lambda part: [part.names, part.captions])

    def reader(self, training: CaptionLearning) -> SequenceReader:
        rewarded = training.objective == "self-critical" and training.reward == "cider"
        references = REFERENCES if rewarded else 0
        return captions_reader(
            self.codec, self.parts.train, training.lanes, self.longest, training.seed, references
        )

    def objective(self, training: CaptionLearning) -> Objective:
        if self.hard:
            return ReinforceAttention(training.draws, entropy=training.entropy)
        if training.objective == "self-critical":
            return SelfCritical(self._reward(training), OnSymbol(self.codec.end))
        return build_objective(training, build_terms(training))

    def _reward(self, training: CaptionLearning) -> Reward:
        if training.reward == "bleu":
            return SentenceBLEU()
        truth = [[self.codec.encode(each) for each in said] for said in self.parts.train.captions]
        return CIDErD.learn(truth)

    @cached_property
    def _validation_reader(self) -> SequenceReader | None:
        part = self.parts.valid.first(VALIDATED)
        return captions_reader(self.codec, part, 32) if len(part) else None

    def measure(self) -> Measure | None:
        return None if self.rewarded else loss_on(self._validation_reader)

    def preview(self, model: Any, seed: int) -> Preview | None:
        shown = self.parts.valid.first(SHOWN)
        if not len(shown):
            return None
        sources = [shown.open(n) for n in range(len(shown))]
        found = Captioner(model, self.codec).caption(sources, SearchSettings(1, 0.0))
        rows = zip(shown.names, shown.captions, found, strict=True)
        return Preview("\n".join(f"{a}\n  = {b[0]}\n  > {_best(c)}" for a, b, c in rows))

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        part = self.parts.held_out.first(1000)
        if not first:
            return None
        facts: dict[str, Any] = {"captions": self.parts.train.name}
        if not len(part):
            return FinalMetrics(facts, "There were no pictures to measure the model on.")
        found = measure_captions(model, self.codec, part, CaptionEvaluationOptions())
        return FinalMetrics(facts | found.facts(), f"{part.name}\n{found.summary()}")


def _best(found: Sequence[Any]) -> str:
    return found[0].text if found else ""


class CaptionMetrics(NamedTuple):
    """How well a model tells what is to be seen."""

    perplexity: float
    """Of a word of the true captions."""
    exact: float
    """The fraction of pictures whose caption is one of the true ones, word for word."""
    scores: CaptionScores
    diversity: Diversity
    texts: list[str]
    """The captions that it was measured by."""

    def summary(self) -> str:
        """The measures, for people."""
        return (
            f"{self.scores.summary()}\n{self.exact:.1%} exact, perplexity {self.perplexity:.2f} "
            f"a word\n{self.diversity.summary()}"
        )

    def facts(self) -> dict[str, Any]:
        """The measures, by name."""
        return {
            "test_pictures": len(self.texts),
            **{f"test_{name}": score.value for name, score in self.scores.scores.items()},
            "test_perplexity": self.perplexity,
            "test_exact": self.exact,
        }


def measure_captions(
    model: Any, codec: Captions, part: Captioned, options: CaptionEvaluationOptions
) -> CaptionMetrics:
    """The captioning metrics of the best captions, and the perplexity of the true ones."""
    part.prepare()
    sources = [part.open(n) for n in range(len(part))]
    searching = SearchSettings(options.beam, options.length_penalty)
    texts = [_best(best) for best in Captioner(model, codec).caption(sources, searching)]
    true = [{codec.decode(codec.encode(each)) for each in said} for said in part.captions]
    exact = np.mean([text in said for text, said in zip(texts, true, strict=True)])
    nats = mean_loss(model, captions_reader(codec, part, 32))
    scores = caption_scores(texts, part.captions)
    return CaptionMetrics(perplexity(nats), float(exact), scores, diversity(texts), texts)


def evaluate(loaded: Loaded, given: Given) -> Output:
    """The captioning metrics on the test part of a model's own pictures."""
    options = given.group(CaptionEvaluationOptions)
    given.check_own_data(loaded)
    config = loaded.config
    parts = open_captions(config.data, config.network, config.training.seed)
    part = parts.held_out if options.part == "test" else parts.valid
    yield from map(Remark, part.notes)
    if not len(part):
        raise InputError("there are no pictures to measure the model on")
    part = part.first(options.most)
    found = measure_captions(loaded.model, loaded.codec, part, options)
    if options.output:
        with replace_file(options.output) as file:
            rows = zip(part.names, found.texts, strict=True)
            file.writelines(f"{name}\t{text}\n" for name, text in rows)
    yield f"{part.name}\n{found.summary()}\n"


class CaptionTask(Task):
    """Learning to tell what is to be seen."""

    def codec_from(self, description: Any) -> Captions:
        return Captions.from_description(description)

    def build(self, config: Any, codec: Captions, *, rng: np.random.Generator) -> SequenceModel:
        return captioner(config.network, codec, rng=rng)

    def open(self, config: Any, codec: Captions | None = None) -> OpenCaptions:
        data: CaptionData = config.data
        network: CaptionNetwork = config.network
        parts = open_captions(data, network, config.training.seed)
        if codec is None:
            said = (each for captions in parts.train.said.values() for each in captions)
            sizes = form_of(data, network, parts.train)
            codec = Captions.learn(
                said, *sizes, most=data.max_alphabet, least_count=data.least_count
            )
        rewarded = config.training.objective == "self-critical"
        return OpenCaptions(parts, codec, data.longest, network.look == "hard", rewarded)

    def warm_start(self, config: Any, earlier: Loaded) -> Loaded:
        """The earlier model, whose network must be the same, but for what of it is learned."""
        new = captioner(config.network, earlier.codec, rng=Undrawn())
        weights, structure = jax.tree.leaves(earlier.model), jax.tree.structure(new)
        if [w.shape for w in weights] != [leaf.shape for leaf in jax.tree.leaves(new)]:
            raise InputError(
                "the model to start from has another network: give this one the same options"
            )
        codec = replace(earlier.codec, side=opened_side(config.data, config.network))
        return earlier._replace(model=jax.tree.unflatten(structure, weights), codec=codec)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"caption": caption, "evaluate": evaluate}


TASK = CaptionTask()

"""Texts that come with labels: written given them, and classified."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np

from reverie.codecs.fields import Field, Numeric, format_level
from reverie.codecs.labelled import Labelled
from reverie.codecs.labels import Labels
from reverie.codecs.pair import end_lines
from reverie.concepts import Example
from reverie.data.dataset import InMemory
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.metrics.classification import Posteriors, format_confusion
from reverie.model import SequenceModel
from reverie.samplers import Sample
from reverie.storage import Loaded
from reverie.tasks.labelled_text.build import labelled_model, widen
from reverie.tasks.labelled_text.classify import Prior, by_level, log_prior, normalise, scores
from reverie.tasks.labelled_text.data import (
    condition_of,
    filter_known,
    labels_of,
    make_reader,
    open_parts,
    table_reader,
)
from reverie.tasks.labelled_text.generate import generator_of
from reverie.tasks.labelled_text.options import LabelledData, LabelledEvaluationOptions
from reverie.tasks.labelled_text.table import Table, read_table
from reverie.tasks.labelled_text.verbs import classify, inspect, sample
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
from reverie.training.evaluation import each_sequence, loss_on, sequence_losses
from reverie.training.objectives import Objective, build_objective
from reverie.training.options import TrainingOptions
from reverie.training.sequences import SequenceReader

VALIDATED, CLASSIFIED = 256, 400
"""Texts that are measured during a run, and that are classified at its end."""
ROWS = 64
"""Texts that are read at once, each once for every level of a label."""
WAYS = 64
"""In which a text is read at most, to tell one label whatever the others are."""
PREVIEW = 300
"""Symbols of the text in the panel."""
NOTED = 40
"""Characters of each label below it."""


@dataclass(frozen=True)
class OpenLabelledText(OpenTask):
    """Texts to learn from, to watch and to measure, each told its labels."""

    parts: Split[Table]
    codec: Labelled
    most: int
    left_out: int = 0
    """Texts whose labels were not learned from."""

    @property
    def unit(self) -> Unit:
        return Unit("symbol", "bits a symbol", 1 / math.log(2))

    def summary(self) -> str:
        train, valid, test = (f"{len(part):,}" for part in self.parts)
        left = f"; {self.left_out:,} have other labels" if self.left_out else ""
        return (
            f"{self.parts.train.name}: {self.codec.size:,} different symbols; "
            f"{self.codec.labels.summary()}\n"
            f"{train} texts to learn from, {valid} to watch, {test} for the test{left}"
            + "".join(f"\n{note}" for note in self.parts.train.notes)
        )

    def contents(self) -> Split[Any]:
        return self.parts.map(lambda part: [part.texts, part.labels])

    def reader(self, training: TrainingOptions) -> SequenceReader:
        return table_reader(self.codec, self.parts.train, training.lanes, self.most, training.seed)

    def objective(self, training: TrainingOptions) -> Objective:
        return build_objective(training)

    @cached_property
    def _validation_reader(self) -> SequenceReader | None:
        validation = self.parts.valid.first(VALIDATED)
        return table_reader(self.codec, validation, ROWS, self.most) if len(validation) else None

    def measure(self) -> Measure | None:
        return loss_on(self._validation_reader)

    def preview(self, model: Any, seed: int) -> Preview:
        labels = self.parts.train.labels_of(seed % len(self.parts.train))
        pieces = generator_of(model, self.codec, labels, Sample(), seed).texts(1, PREVIEW)
        note = ", ".join(f"{name}={shorten(value, NOTED)}" for name, value in labels.items())
        return Preview("".join(piece for (piece,) in pieces), note)

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        part = self.parts.held_out
        if not first:
            return None
        facts: dict[str, Any] = {"texts": self.parts.train.name}
        if not len(part):
            return FinalMetrics(facts, "There were no texts to measure the model on.")
        found = prediction(model, self.codec, part, self.most)
        facts |= {"test_nats": found.nats, "test_bits_a_character": found.bits}
        said = [f"test: {found.summary()}"]
        part = part.first(CLASSIFIED)
        for field in self.codec.labels.inferable:
            posteriors = classify_table(model, self.codec, part, self.most, field.name)
            facts[f"test_accuracy_{field.name}"] = posteriors.accuracy
            said.append(summarise(posteriors, self.codec.labels, field, part))
        return FinalMetrics(facts, "\n".join(said))


class Prediction(NamedTuple):
    """How well texts are predicted."""

    nats: float
    """A symbol; ends are symbols."""
    bits: float
    """A character."""
    texts: int

    def summary(self) -> str:
        """In words."""
        return (
            f"{self.nats:.4f} nats a symbol, {self.bits:.4f} bits a character, {self.texts:,} texts"
        )


def prediction(model: Any, codec: Labelled, table: Table, most: int) -> Prediction:
    """The loss on texts, as many symbols of each as `most`."""
    reader = table_reader(codec, table, ROWS, most)
    total = float(sequence_losses(model, reader).sum())
    characters = sum(len(codec.with_eos.decode(each.values)) for each in reader.dataset)
    return Prediction(total / reader.elements, total / math.log(2) / max(characters, 1), len(table))


def classify_table(
    model: Any, codec: Labelled, table: Table, most: int, name: str, prior: Prior = "training"
) -> Posteriors:
    """What the model takes texts for: the levels of one label, from the text alone.

    Where it was seen with too many combinations of the others, those are told as they are. The
    ends of the texts are no evidence, as in `beliefs`.
    """
    labels, field = codec.labels, codec.labels.field(name)
    if averages(labels):
        ways = [labels.hypotheses(name, {})] * len(table)
    else:
        ways = [labels.hypotheses(name, table.labels_of(n)) for n in range(len(table))]
    examples = [
        Example(codec.text.encode(text, "replace")[:most], source=condition_of(way.vectors))
        for text, way in zip(table.texts, ways, strict=True)
    ]
    rows = max(1, ROWS // len(ways[0].vectors))
    reader = make_reader(InMemory(examples), rows)
    found = each_sequence(scores, model, reader).astype(np.float64)
    # The others change the vectors of the levels, not the levels.
    likelihoods = by_level(found, ways[0], len(field.levels))
    log_posteriors = normalise(log_prior(field.counts, prior) + likelihoods)
    truth = np.array([field.level(value) for value in table.labels[name]])
    return Posteriors(np.exp(log_posteriors), truth)


def averages(labels: Labels) -> bool:
    """Can one label be told from a text alone, the others averaged over in `WAYS` ways at most?"""
    return len(labels.fields) == 1 or 0 < len(labels.combinations.levels) <= WAYS


def summarise(posteriors: Posteriors, labels: Labels, field: Field, table: Table) -> str:
    """The measures of a classifier of that label in a line."""
    others = "" if averages(labels) else " and the other labels"
    said = (
        f"{field.name} from the text{others}: {posteriors.accuracy:.1%} right of "
        f"{len(field.levels)} levels, calibration error {posteriors.calibration_error():.3f}, "
        f"{len(posteriors.truth):,} texts"
    )
    if not isinstance(field, Numeric):
        return said
    return f"{said}, mean absolute error {mean_error(posteriors, field, table):.3f}"


def mean_error(posteriors: Posteriors, field: Numeric, table: Table) -> float:
    """The mean absolute error of a label that is a number, on the texts of a table."""
    levels, truth = (list(map(field.number, c)) for c in (field.levels, table.labels[field.name]))
    return posteriors.mean_distance(levels, truth)


def evaluate(loaded: Loaded, given: Given) -> Output:
    """Bits a character, and how well the labels are inferred from the text."""
    codec: Labelled = loaded.codec
    labels, data = codec.labels, loaded.config.data
    options = given.group(LabelledEvaluationOptions)
    if given.values.get("path") is None:
        given.check_own_data(loaded)
    read = _table(loaded, given)
    known = filter_known(read, labels)
    yield from map(Remark, read.notes)
    if left := len(read) - len(known):
        yield Remark(
            f"left out {left:,} of {len(read):,} rows whose labels the model does not know"
        )
    table = known.first(options.texts)
    if not len(table):
        raise InputError("there are no texts to measure the model on: name a table of them")
    yield f"{table.name}: {prediction(loaded.model, codec, table, data.most).summary()}\n"
    for field in labels.inferable:
        posteriors = classify_table(
            loaded.model, codec, table, data.most, field.name, options.prior
        )
        yield f"{summarise(posteriors, labels, field, table)}\n"
        for line in format_confusion(posteriors.confusion(), list(map(format_level, field.levels))):
            yield f"{line}\n"


def _table(loaded: Loaded, given: Given) -> Table:
    """The texts in a file, or those kept for the test of the model."""
    data, path = loaded.config.data, given.values.get("path")
    if path is None:
        return open_parts(data, loaded.config.training.seed).held_out
    names = ",".join(loaded.codec.labels.names) or "none"
    return read_table(path, getattr(data, "text_column", ""), names, reading_of(loaded, given))


class LabelledTextTask(Task):
    """Learning to predict the next symbol of a text given its labels."""

    def codec_from(self, description: Any) -> Labelled:
        return Labelled.from_description(description)

    def build(self, config: Any, codec: Labelled, *, rng: np.random.Generator) -> SequenceModel:
        return labelled_model(config.network, codec.size, codec.labels.size, rng=rng)

    def open(self, config: Any, codec: Labelled | None = None) -> OpenLabelledText:
        data: LabelledData = config.data
        parts = open_parts(data, config.training.seed)
        if codec is None:
            text = learn_codec(data.unit, data.max_alphabet, end_lines(parts.train.texts))
            codec = Labelled(text, labels_of(data, parts.train))
        kept = parts.map(lambda part: filter_known(part, codec.labels))
        left_out = sum(map(len, parts)) - sum(map(len, kept))
        return OpenLabelledText(kept, codec, data.most, left_out)

    def warm_start(self, config: Any, earlier: Loaded) -> Loaded:
        """A model of texts as one that is given the labels of a config's data.

        One that has labels is taken as it is.
        """
        before = earlier.codec
        if isinstance(before, Labelled) and before.labels.fields:
            return earlier
        text = before.text if isinstance(before, Labelled) else before
        labels = labels_of(config.data, open_parts(config.data, config.training.seed).train)
        codec = Labelled(text, labels)
        model = widen(config.network, codec.size, labels.size, earlier.model, before.size)
        return earlier._replace(model=model, codec=codec)

    @property
    def verbs(self) -> Mapping[str, Perform]:
        return {"classify": classify, "sample": sample, "inspect": inspect, "evaluate": evaluate}


TASK = LabelledTextTask()

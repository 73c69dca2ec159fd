"""Texts that come with labels: written given them, and classified. No jax before it trains."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reverie.codecs.fields import Field, Numeric, format_level
from reverie.codecs.labelled import Labelled
from reverie.codecs.labels import Labels, Vector
from reverie.codecs.pair import end_lines
from reverie.errors import InputError
from reverie.metrics.classification import Posteriors, format_confusion
from reverie.padding import bucket_sizes
from reverie.tasks.labelled_text.options import LabelledData, LabelledEvaluationOptions
from reverie.tasks.labelled_text.table import Table, TableParts, parse_names, read_table
from reverie.tasks.task import FinalMetrics, Measure, Preview, Unit
from reverie.tasks.text.task import learned

if TYPE_CHECKING:
    from reverie.storage import Loaded
    from reverie.tasks.labelled_text.classify import Prior
    from reverie.training.objectives import Objective
    from reverie.training.options import TrainingOptions
    from reverie.training.sequences import SequenceReader

EvaluationOptions = LabelledEvaluationOptions
codec_from = Labelled.from_description

UNIT, SHAPES = 4, 5
"""Batches are padded to multiples of the first, in so many shapes."""
WATCHED, CLASSIFIED = 256, 400
"""Texts that are measured during a run, and that are classified at its end."""
ROWS = 64
"""Texts that are read at once, each once for every level of a label."""
WAYS = 64
"""In which a text is read at most, to tell one label whatever the others are."""
PREVIEW = 300
"""Symbols of the text in the panel."""
NOTED = 40
"""Characters of each label below it."""


def open_task(config: Any, codec: Labelled | None = None) -> OpenLabelledText:
    """The texts that a config names; symbols and labels are learned from them unless given."""
    data: LabelledData = config.data
    parts = data.parts(config.training.seed)
    if codec is None:
        text = learned(data.unit, data.max_alphabet, end_lines(parts.train.texts))
        codec = Labelled(text, labels_of(data, parts.train))
    kept = TableParts(*(known(part, codec.labels) for part in parts))
    return OpenLabelledText(kept, codec, data.most, sum(map(len, parts)) - sum(map(len, kept)))


def labels_of(data: LabelledData, table: Table) -> Labels:
    """The labels of a table. InputError where one is to be categorical that is not there."""
    categorical = parse_names(data.categorical) or []
    table.select_labels(categorical)
    return Labels.learn(table.labels, categorical)


def known(table: Table, labels: Labels) -> Table:
    """The rows whose labels can all be told. InputError for a label that the table lacks."""
    table = table.select_labels(labels.names)

    def tellable(row: int) -> bool:
        try:
            labels.encode(table.labels_of(row))
        except InputError:
            return False
        return True

    return table.rows([row for row in range(len(table)) if tellable(row)])


def warm_start(config: Any, earlier: Loaded) -> Loaded:
    """A model of texts as one that is told the labels of a config's data.

    One that has labels is taken as it is.
    """
    from reverie.tasks.labelled_text.build import widen

    before = earlier.codec
    if isinstance(before, Labelled) and before.labels.fields:
        return earlier
    text = before.text if isinstance(before, Labelled) else before
    labels = labels_of(config.data, config.data.parts(config.training.seed).train)
    codec = Labelled(text, labels)
    model = widen(config.network, codec.size, labels.size, earlier.model, before.size)
    return earlier._replace(model=model, codec=codec)


@dataclass(frozen=True)
class OpenLabelledText:
    """Texts to learn from, to watch and to measure, each told its labels."""

    parts: TableParts
    codec: Labelled
    most: int
    left_out: int = 0
    """Texts whose labels were not learned from."""
    references: str = ""

    @property
    def scale(self) -> Unit:
        return Unit("symbol", "bits a symbol", 1 / math.log(2))

    @property
    def visible(self) -> frozenset[int]:
        return frozenset({self.codec.size, self.codec.size + self.codec.labels.size})

    def described(self) -> str:
        train, valid, test = (f"{len(part):,}" for part in self.parts)
        left = f"; {self.left_out:,} have other labels" if self.left_out else ""
        return (
            f"{self.parts.train.name}: {self.codec.size:,} different symbols; "
            f"{self.codec.labels.summary()}\n"
            f"{train} texts to learn from, {valid} to watch, {test} for the test{left}"
        )

    def reader(self, training: TrainingOptions) -> SequenceReader:
        reader = told_reader(self.codec, self.parts.train, training.lanes, self.most, training.seed)
        print(f"{reader.padding:.0%} of the steps are padding", flush=True)
        return reader

    def objective(self, training: TrainingOptions) -> Objective:
        from reverie.training.build import build_objective

        return build_objective(training)

    @cached_property
    def _watched(self) -> SequenceReader | None:
        watched = self.parts.valid.first(WATCHED)
        return told_reader(self.codec, watched, ROWS, self.most) if len(watched) else None

    def measure(self) -> Measure | None:
        from reverie.training.evaluation import mean_loss

        watched = self._watched
        return None if watched is None else lambda model: mean_loss(model, watched)

    def preview(self, model: Any, seed: int) -> Preview:
        from reverie.samplers import Sample
        from reverie.tasks.labelled_text.generate import generator_of

        told = self.parts.train.labels_of(seed % len(self.parts.train))
        pieces = generator_of(model, self.codec, told, Sample(), seed).texts(1, PREVIEW)
        note = ", ".join(f"{name}={shorten(value, NOTED)}" for name, value in told.items())
        return Preview("".join(piece for (piece,) in pieces), note)

    def finish(self, model: Any, *, first: bool) -> FinalMetrics | None:
        part = self.parts.test if len(self.parts.test) else self.parts.valid
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
            posteriors = classified(model, self.codec, part, self.most, field.name)
            facts[f"test_accuracy_{field.name}"] = posteriors.accuracy
            said.append(told_of(posteriors, self.codec.labels, field, part))
        return FinalMetrics(facts, "\n".join(said))


def told_reader(
    codec: Labelled, table: Table, rows: int, most: int, seed: int = 0
) -> SequenceReader:
    """Texts of `most` symbols at most, those that are whole with their ends, given their labels."""
    encoded = [codec.encode((t, table.labels_of(n)), "replace") for n, t in enumerate(table.texts)]
    texts = [values if table.whole else values[:-1] for values, _ in encoded]
    return reader_of([values[:most] for values in texts], [v for _, v in encoded], rows, seed)


def reader_of(
    values: Sequence[Any], vectors: Sequence[Vector], rows: int, seed: int = 0
) -> SequenceReader:
    """Sequences, each given a vector, or several."""
    from reverie.concepts import Condition
    from reverie.training.sequences import SequenceReader

    given = [Condition(vector) for vector in vectors]  # type: ignore[arg-type]
    lengths = bucket_sizes(map(len, values), SHAPES, UNIT)
    return SequenceReader(values, min(rows, len(values)), given, lengths, seed=seed)


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
    from reverie.training.evaluation import sequence_losses

    reader = told_reader(codec, table, ROWS, most)
    total = float(sequence_losses(model, reader).sum())
    characters = sum(len(codec.with_eos.decode(values)) for values in reader.sequences)
    return Prediction(total / reader.elements, total / math.log(2) / max(characters, 1), len(table))


def classified(
    model: Any, codec: Labelled, table: Table, most: int, name: str, prior: Prior = "training"
) -> Posteriors:
    """What the model takes texts for: the levels of one label, from the text alone.

    Where it was seen with too many combinations of the others, those are told as they are. The
    ends of the texts are no evidence, as in `beliefs`.
    """
    from reverie.tasks.labelled_text.classify import by_level, log_prior, normalised, scores
    from reverie.training.evaluation import each_sequence

    labels, field = codec.labels, codec.labels.field(name)
    if averages(labels):
        ways = [labels.hypotheses(name, {})] * len(table)
    else:
        ways = [labels.hypotheses(name, table.labels_of(n)) for n in range(len(table))]
    values = [codec.text.encode(text, "replace")[:most] for text in table.texts]
    rows = max(1, ROWS // len(ways[0].vectors))
    reader = reader_of(values, [way.vectors for way in ways], rows)
    found = each_sequence(scores, model, reader).astype(np.float64)
    # The others change the vectors of the levels, not the levels.
    likelihoods = by_level(found, ways[0], len(field.levels))
    log_posteriors = normalised(log_prior(field.counts, prior) + likelihoods)
    truth = np.array([field.level(value) for value in table.labels[name]])
    return Posteriors(np.exp(log_posteriors), truth)


def averages(labels: Labels) -> bool:
    """Can one label be told from a text alone, the others averaged over in `WAYS` ways at most?"""
    return len(labels.fields) == 1 or 0 < len(labels.combinations.levels) <= WAYS


def told_of(posteriors: Posteriors, labels: Labels, field: Field, table: Table) -> str:
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


def evaluate(loaded: Loaded, path: str | None, options: LabelledEvaluationOptions) -> Iterator[str]:
    """Bits a character, and how well the labels are told from the text."""
    codec: Labelled = loaded.codec
    labels, data = codec.labels, loaded.config.data
    if path is None:
        parts = data.parts(loaded.config.training.seed)
        table = parts.test if len(parts.test) else parts.valid
    else:
        column = getattr(data, "text_column", "")
        table = read_table(path, column, ",".join(labels.names) or "none")
    table = known(table, labels).first(options.texts)
    if not len(table):
        raise InputError("there are no texts to measure the model on: name a table of them")
    yield f"{table.name}: {prediction(loaded.model, codec, table, data.most).summary()}"
    for field in labels.inferable:
        posteriors = classified(loaded.model, codec, table, data.most, field.name, options.prior)
        yield told_of(posteriors, labels, field, table)
        yield from format_confusion(posteriors.confusion(), list(map(format_level, field.levels)))

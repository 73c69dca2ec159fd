"""Texts told by the model that writes them, next to a bag of n-grams, on the same split.

For each label of a model: accuracy and calibration of the Bayes classifier, and of a logistic
regression on counts of 1- to `--order`-grams of characters, weighted by tf-idf and normalised
(scikit-learn, extra `bench`). For a number: the mean absolute error, and that of always saying the
mean. With a second model, trained with `--labels none` on the same data, also what the labels are
worth: bits a character with and without.

    reverie train plays --out runs/told
    reverie train plays --labels none --out runs/untold
    python benchmarks/classification.py runs/told/model.reverie runs/untold/model.reverie

`--samples 200 --at 1,5` lets the regression read texts that the model wrote at these values of the
first label.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np

from reverie.codecs.fields import Field, Numeric, format_level
from reverie.errors import missing_extra
from reverie.metrics.classification import Posteriors
from reverie.runtime import prepare
from reverie.tasks.labelled_text.table import Table

TOGETHER = 10
"""Texts that are written at once, with the same labels."""


class Counting:
    """The baseline: tf-idf of n-grams of characters, and a logistic regression."""

    def __init__(self, order: int):
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
            from sklearn.linear_model import LogisticRegression
        except ImportError as error:
            raise missing_extra("scikit-learn", "bench") from error
        self.features = TfidfVectorizer(
            analyzer="char", ngram_range=(1, order), lowercase=False, sublinear_tf=True, min_df=2
        )
        self.regression = LogisticRegression(C=10.0, max_iter=1000)

    def fit(self, texts: Sequence[str], classes: Sequence[int]) -> None:
        """Learns from texts and their classes."""
        self.regression.fit(self.features.fit_transform(texts), classes)

    def probabilities(self, texts: Sequence[str], count: int) -> np.ndarray:
        """Of each of the classes, (N, K); zero for those that were not learned from."""
        found = np.zeros((len(texts), count))
        found[:, self.regression.classes_] = self.regression.predict_proba(
            self.features.transform(texts)
        )
        return found


def classes(table: Table, field: Field) -> np.ndarray:
    """The levels of the texts."""
    return np.array([field.level(value) for value in table.labels[field.name]])


def line(name: str, found: Posteriors, field: Field, table: Table) -> str:
    """A row of the table."""
    said = f"  {name:24} {found.accuracy:8.1%} {found.calibration_error():12.3f}"
    if isinstance(field, Numeric):
        from reverie.tasks.labelled_text.task import mean_error

        said += f" {mean_error(found, field, table):10.3f}"
    return said


def written(loaded: Any, field: Field, table: Table, at: str, count: int) -> dict[str, list[str]]:
    """Texts by the model at values of a label, its other labels as in the test."""
    from reverie.samplers import Sample
    from reverie.tasks.labelled_text.generate import generator_of

    found = {}
    for seed, value in enumerate(at.split(",") if at else map(format_level, field.levels)):
        texts: list[str] = []
        for row in range(count // TOGETHER):
            told = {**table.labels_of(row), field.name: value}
            generator = generator_of(loaded.model, loaded.codec, told, Sample(), 1000 * seed + row)
            pieces = generator.texts(TOGETHER, 500)
            texts += ["".join(parts) for parts in zip(*pieces, strict=True)]
        found[value] = texts
    return found


def read_as(read: np.ndarray, field: Field) -> str:
    """What a classifier takes texts for, by its probabilities (N, K)."""
    if isinstance(field, Numeric):
        means = read @ np.array([field.number(level) for level in field.levels])
        error = means.std(ddof=1) / np.sqrt(len(means))
        return f"{field.name} {means.mean():.3f} on the mean, standard error {error:.3f}"
    named = zip(field.levels, read.mean(0), strict=True)
    return ", ".join(f"{format_level(level)} {p:.0%}" for level, p in named)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", help="a model of reviews or plays")
    parser.add_argument("untold", nargs="?", help="and one that knows no labels")
    parser.add_argument("--order", type=int, default=5, help="of the n-grams")
    parser.add_argument("--texts", type=int, help="so many of the test at most")
    parser.add_argument("--samples", type=int, default=0, help="texts to write a value")
    parser.add_argument("--at", default="", help="values of the first label; else its levels")
    asked = parser.parse_args()
    prepare()
    from reverie.loading import load
    from reverie.tasks.labelled_text.data import filter_known, open_parts
    from reverie.tasks.labelled_text.task import classify_table, prediction

    loaded = load(asked.model)
    data, codec = loaded.config.data, loaded.codec
    parts = open_parts(data, loaded.config.training.seed)
    train = filter_known(parts.train, codec.labels)
    test = filter_known(parts.test, codec.labels).first(asked.texts)
    print(f"{train.name}: {len(train):,} texts to learn from, {len(test):,} for the test")
    models = {"labels": loaded, **({"no labels": load(asked.untold)} if asked.untold else {})}
    for name, each in models.items():
        table = filter_known(test, each.codec.labels)
        found = prediction(each.model, each.codec, table, data.most)
        print(f"  {name:24} {found.bits:.4f} bits a character")
    for field in codec.labels.inferable:
        truth = classes(test, field)
        print(f"\n{field.name}: {len(field.levels)} levels")
        print(f"  {'':24} {'accuracy':>8} {'calibration':>12}  error of the mean")
        ours = classify_table(loaded.model, codec, test, data.most, field.name)
        print(line("Bayes", ours, field, test), flush=True)
        counting = Counting(asked.order)
        counting.fit([text[: data.most] for text in train.texts], classes(train, field))
        read = counting.probabilities([text[: data.most] for text in test.texts], len(field.levels))
        print(line("n-grams", Posteriors(read, truth), field, test))
        commonest = np.bincount(classes(train, field)).argmax()
        print(f"  {'always the commonest':24} {(truth == commonest).mean():8.1%}", end="")
        if isinstance(field, Numeric):
            values = np.array([field.number(value) for value in test.labels[field.name]])
            print(f" {'':12} {np.abs(values - field.mean).mean():10.3f}", end="")
        print()
        if asked.samples and field is codec.labels.inferable[0]:
            for value, texts in written(loaded, field, test, asked.at, asked.samples).items():
                read = counting.probabilities(texts, len(field.levels))
                print(f"  {len(texts)} written at {value}, read as {read_as(read, field)}")


if __name__ == "__main__":
    main()

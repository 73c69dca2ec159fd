"""Texts told by the model that writes them, next to a bag of n-grams, on the same split.

For each label of a model: accuracy and calibration of the Bayes classifier, and of a logistic
regression on counts of 1- to `--order`-grams of characters, weighted by tf-idf and normalised
(scikit-learn, extra `bench`). For a number: the mean absolute error, and that of always saying the
mean. With a second model, trained with `--labels none` on the same data, also what the labels are
worth: bits a character with and without.

    reverie train plays --out runs/told
    reverie train plays --labels none --out runs/untold
    python benchmarks/classification.py runs/told/model.reverie runs/untold/model.reverie

`--samples 200` lets the regression read texts that the model wrote at every level.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np

from reverie.data.classified import Posteriors
from reverie.data.labelled import Table
from reverie.errors import missing_extra
from reverie.media.labels import Field, Numeric, shown
from reverie.runtime import prepare


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
        said += f" {found.mean_distance(*numbers(field, table)):10.3f}"
    return said


def numbers(field: Numeric, table: Table) -> tuple[list[float], list[float]]:
    """The levels and the true values."""
    levels, values = field.levels, table.labels[field.name]
    return [field.number(x) for x in levels], [field.number(x) for x in values]


def written(loaded: Any, field: Field, table: Table, count: int) -> dict[int, list[str]]:
    """Texts by the model at the first and the last level, other labels as in the test."""
    from reverie.draw import Sample
    from reverie.dreams.labelled import dreamer_of

    found = {}
    for level in (0, len(field.levels) - 1):
        told = {**table.told(0), field.name: field.levels[level]}
        pieces = dreamer_of(loaded.model, loaded.medium, told, Sample(), level).texts(count, 500)
        found[level] = ["".join(parts) for parts in zip(*pieces, strict=True)]
    return found


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", help="a model of reviews or plays")
    parser.add_argument("untold", nargs="?", help="and one that knows no labels")
    parser.add_argument("--order", type=int, default=5, help="of the n-grams")
    parser.add_argument("--texts", type=int, help="so many of the test at most")
    parser.add_argument("--samples", type=int, default=0, help="texts to write a level")
    asked = parser.parse_args()
    prepare()
    from reverie.storage import load
    from reverie.subjects.labelled import classified, known, prediction

    loaded = load(asked.model)
    data, medium = loaded.config.data, loaded.medium
    parts = data.parts(loaded.config.training.seed)
    train = known(parts.train, medium.labels)
    test = known(parts.test, medium.labels).first(asked.texts)
    print(f"{train.name}: {len(train):,} texts to learn from, {len(test):,} for the test")
    models = {"labels": loaded, **({"no labels": load(asked.untold)} if asked.untold else {})}
    for name, each in models.items():
        table = known(test, each.medium.labels)
        found = prediction(each.model, each.medium, table, data.most)
        print(f"  {name:24} {found.bits:.4f} bits a character")
    for field in medium.labels.fields:
        truth = classes(test, field)
        print(f"\n{field.name}: {len(field.levels)} levels")
        print(f"  {'':24} {'accuracy':>8} {'calibration':>12}  error of the mean")
        ours = classified(loaded.model, medium, test, data.most, field.name)
        print(line("Bayes", ours, field, test), flush=True)
        counting = Counting(asked.order)
        counting.fit([text[: data.most] for text in train.texts], classes(train, field))
        read = counting.probabilities([text[: data.most] for text in test.texts], len(field.levels))
        print(line("n-grams", Posteriors(read, truth), field, test))
        commonest = np.bincount(classes(train, field)).argmax()
        print(f"  {'always the commonest':24} {(truth == commonest).mean():8.1%}", end="")
        if isinstance(field, Numeric):
            _, values = numbers(field, test)
            print(f" {'':12} {np.abs(np.array(values) - field.mean).mean():10.3f}", end="")
        print()
        if asked.samples:
            for level, texts in written(loaded, field, test, asked.samples).items():
                read = counting.probabilities(texts, len(field.levels)).mean(0)
                told = ", ".join(
                    f"{shown(x)} {p:.0%}" for x, p in zip(field.levels, read, strict=True)
                )
                print(f"  written at {shown(field.levels[level])}, read as: {told}")


if __name__ == "__main__":
    main()

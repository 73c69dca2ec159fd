"""Ways to look, to search and to learn, compared by what they translate: one table.

Every model learns in as many updates from the same pairs: without attention, with attention of
three kinds, and three times with additive attention for an ensemble. Objectives go on from the
first of these for a quarter as many. All of them are measured on one test set: BLEU and chrF by
sacrebleu (13a, detokenised), how many translations are different ones and repeat themselves.

A model that is there already, in the folder of the runs, is not trained again. `--train` names
the models to train, so that several processes can share the work; the table needs all of them.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from reverie.cli import main
from reverie.runtime import prepare


class Variant(NamedTuple):
    """A model of the table: its recipe, its options, and what it goes on from."""

    recipe: str
    options: tuple[str, ...] = ()
    earlier: str = ""


ON = ("--rate", "0.0005", "--warmup", "0.05", "--smoothing", "0")
FORCING = (
    *("--objective", "scheduled-sampling", "--forcing", "linear", "--forcing-k", "1"),
    *("--forcing-c", "5e-4", "--forcing-floor", "0.5"),
)
VARIANTS = {
    "additive": Variant("translation"),
    "none": Variant("sutskever-translation"),
    "bilinear": Variant("translation", ("--attention", "bilinear")),
    "input-feeding": Variant("translation", ("--attention", "bilinear", "--input-feeding")),
    "additive-1": Variant("translation", ("--seed", "1")),
    "additive-2": Variant("translation", ("--seed", "2")),
    "forced": Variant("translation", ON, "additive"),
    "scheduled": Variant("translation", (*ON, *FORCING), "additive"),
    "always-own": Variant("translation", (*ON, "--objective", "always-own"), "additive"),
    "self-critical": Variant("translation", (*ON, "--objective", "self-critical"), "additive"),
}
ENSEMBLE = ("additive", "additive-1", "additive-2")
WIDTHS = (1, 2, 5, 10)
LENGTHS = (10, 15, 20)
"""Words of a source, by which the gain from attention is told."""


def trained(name: str, data: list[str], steps: int, folder: Path) -> Path:
    """The model of a variant, trained unless it is there."""
    model = folder / name / "model.reverie"
    variant = VARIANTS[name]
    if not model.exists():
        argv = ["train", variant.recipe, *data, *variant.options]
        if variant.earlier:
            argv += ["--from", str(trained(variant.earlier, data, steps, folder))]
        argv += ["--steps", str(steps // 4 if variant.earlier else steps)]
        if main([*argv, "--out", str(folder / name)]):
            sys.exit(f"{name} was not trained")
    return model


def sides(folder: Path, source: str, target: str, test: str) -> list[str]:
    """The options that name the pairs."""
    options = []
    for prefix, part in (("", "train"), ("valid-", "val"), ("test-", test)):
        for side, language in (("source", source), ("target", target)):
            options += [f"--{prefix}{side}", str(folder / f"{part}.{language}.gz")]
    return options


def table(folder: Path, models: dict[str, Path], most: int | None) -> None:
    """Prints every model with every width."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    from reverie.loading import load
    from reverie.metrics.diversity import diversity
    from reverie.search.sources import SearchSettings
    from reverie.tasks.translation.data import open_pairs
    from reverie.tasks.translation.generate import Translator

    loaded = {name: load(path) for name, path in models.items()}
    first = loaded["additive"]
    pairs = open_pairs(first.config.data).test
    pairs = pairs.part(0, most or len(pairs))
    bleu, chrf = BLEU(), CHRF()
    print(f"{len(pairs)} pairs")
    print("model          beam   BLEU   chrF  distinct  repeating")
    best: dict[str, list[str]] = {}
    rows = {name: (each.model,) for name, each in loaded.items()}
    if set(ENSEMBLE) <= set(loaded):
        rows["ensemble of 3"] = tuple(loaded[name].model for name in ENSEMBLE)
    for name, group in rows.items():
        for width in WIDTHS:
            found = Translator(group, first.codec).translate(
                pairs.sources, SearchSettings(width=width)
            )
            texts = [best_first[0].text for best_first in found]
            several = diversity(texts)
            print(
                f"{name:14s} {width:4d} {bleu.corpus_score(texts, [pairs.targets]).score:6.2f} "
                f"{chrf.corpus_score(texts, [pairs.targets]).score:6.2f} "
                f"{several.distinct:8.1%} {several.repeating:8.1%}",
                flush=True,
            )
            if width == 5:
                best[name] = texts
    print(f"({bleu.get_signature()}; {chrf.get_signature()})")
    if "none" in best:
        print("\nBLEU by the length of the source, in words, beam 5")
        edges = [0, *LENGTHS, 1000]
        for low, high in pairwise(edges):
            chosen = [n for n, s in enumerate(pairs.sources) if low < len(s.split()) <= high]
            scores = [
                bleu.corpus_score(
                    [best[name][n] for n in chosen], [[pairs.targets[n] for n in chosen]]
                ).score
                for name in ("none", "additive")
            ]
            gain = scores[1] - scores[0]
            print(
                f"{low + 1:3d}-{high:<4d} {len(chosen):5d} sentences: without attention "
                f"{scores[0]:.2f}, with {scores[1]:.2f}, gain {gain:.2f}"
            )


def run() -> None:
    """Trains what is missing and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with train.en.gz ...")
    parser.add_argument("--pair", default="en-de")
    parser.add_argument("--test", default="test_2016_flickr")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path("runs/table"))
    parser.add_argument("--train", default=",".join(VARIANTS), help="only these; no table")
    parser.add_argument("--most", type=int)
    asked = parser.parse_args()
    prepare()
    data = sides(asked.data, *asked.pair.split("-"), asked.test)
    names = asked.train.split(",")
    models = {name: trained(name, data, asked.steps, asked.out) for name in names}
    if set(names) == set(VARIANTS):
        table(asked.out, models, asked.most)


if __name__ == "__main__":
    run()

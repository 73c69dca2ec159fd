"""Scores of captions beside those of coco-caption, of the package pycocoevalcap.

The first caption of each picture that `--names` lists is the candidate, and the others are the
references: `--captions` is a file of captions, such as Flickr8k.token.txt, and the scores are those
of a person. `--package` is the folder in which the package lies, if it is not installed:
`pip install --no-deps --target FOLDER pycocoevalcap`. Both score the same tokens; where there is
java, those of the package's own tokeniser are compared as well, for all captions of the file, and
`--meteor` prints METEOR, which is here only.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from side_by_side import load

from reverie.data.caption_files import read_captions
from reverie.metrics.caption_tokens import caption_tokens
from reverie.metrics.captions import caption_scores, document_frequencies, paired_bootstrap

Captions = Mapping[str, Sequence[str]]


def scorer(name: str) -> Any:
    """A scorer of the package."""
    return getattr(import_module(f"pycocoevalcap.{name.lower()}.{name.lower()}"), name)()


def tokenised(captions: Captions) -> dict[str, list[str]]:
    """The same, as the scorers of the package read them: tokens between blanks."""
    return {name: [" ".join(caption_tokens(c)) for c in own] for name, own in captions.items()}


def package_scores(candidates: Captions, references: Captions) -> dict[str, float]:
    """What coco-caption prints, times 100; its CIDEr is CIDEr-D."""
    sides = tokenised(references), tokenised(candidates)
    bleu, _ = scorer("Bleu").compute_score(*sides, verbose=0)
    scores = {f"BLEU-{n}": score for n, score in enumerate(bleu, 1)}
    scores["ROUGE-L"], _ = scorer("Rouge").compute_score(*sides)
    scores["CIDEr-D"], _ = scorer("Cider").compute_score(*sides)
    return {name: 100 * float(score) for name, score in scores.items()}


def compare_tokens(captions: Captions) -> None:
    """How many captions have other tokens than the package's tokeniser gives them."""
    tokeniser = import_module("pycocoevalcap.tokenizer.ptbtokenizer").PTBTokenizer()
    as_objects = {name: [{"caption": c} for c in own] for name, own in captions.items()}
    begin = time.perf_counter()
    theirs = tokeniser.tokenize(as_objects)
    between = time.perf_counter()
    ours = tokenised(captions)
    end = time.perf_counter()
    pairs = [
        (one, " ".join(other.split()))
        for name in captions
        for one, other in zip(ours[name], theirs[name], strict=True)
    ]
    different = [pair for pair in pairs if pair[0] != pair[1]]
    print(
        f"tokens of {len(pairs):,} captions: {len(different):,} differ "
        f"({end - between:.1f} s, and {between - begin:.1f} s with java)"
    )
    for one, other in different[:10]:
        print(f"  ours   {one}\n  theirs {other}")


def compare_scores(candidates: Captions, references: Captions) -> None:
    """Both sides, and their differences."""
    begin = time.perf_counter()
    ours = caption_scores([own[0] for own in candidates.values()], list(references.values()))
    between = time.perf_counter()
    theirs = package_scores(candidates, references)
    end = time.perf_counter()
    print(ours.summary())
    print(f"{'':10}{'ours':>16}{'coco-caption':>16}{'difference':>14}")
    for name, score in theirs.items():
        value = ours.scores[name].value
        print(f"{name:<10}{value:16.10f}{score:16.10f}{value - score:14.1e}")
    largest = max(abs(ours.scores[name].value - score) for name, score in theirs.items())
    print(f"the largest difference is {largest:.1e}, of scores times 100")
    print(
        f"seconds: {between - begin:.1f} with 1000 resamples, and {end - between:.1f} without any"
    )


def compare_people(captions: Sequence[Sequence[str]]) -> None:
    """The first captions and the second ones, which people wrote as well, against the rest."""
    first, second = ([own[k] for own in captions] for k in range(2))
    rest = [own[2:] or own[1:] for own in captions]
    print("\nthe first captions less the second ones, against the rest:")
    print(paired_bootstrap(first, second, rest).summary())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", required=True)
    parser.add_argument("--names", required=True, type=Path, help="names of pictures, one a line")
    parser.add_argument("--training", type=Path, help="names of pictures for document frequencies")
    parser.add_argument("--package", help="the folder in which pycocoevalcap lies")
    parser.add_argument("--meteor", action="store_true", help="METEOR as well; it needs java")
    asked = parser.parse_args()
    if asked.package:
        sys.path.insert(0, asked.package)
    every = read_captions(asked.captions).captions
    names = [name for name in asked.names.read_text().split() if len(every.get(name, [])) > 1]
    candidates = {name: every[name][:1] for name in names}
    references = {name: every[name][1:] for name in names}
    print(f"{len(names):,} pictures ({load()})")
    compare_scores(candidates, references)
    if asked.training:
        own = [every[name] for name in asked.training.read_text().split() if every.get(name)]
        known = document_frequencies(own, asked.training.name)
        first = [each[0] for each in candidates.values()]
        print(f"\n{caption_scores(first, list(references.values()), known).summary()}")
    compare_people([every[name] for name in names])
    if shutil.which("java"):
        compare_tokens(every)
    if asked.meteor:
        meteor, _ = scorer("Meteor").compute_score(tokenised(references), tokenised(candidates))
        print(f"METEOR {100 * meteor:.1f} (coco-caption's)")


if __name__ == "__main__":
    main()

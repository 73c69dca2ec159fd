"""Captions of Flickr8k: what is gained by attention, by networks and words learned elsewhere, and
by the way of training.

    captions.py PICTURES CAPTIONS TRAIN VALID TEST --out FOLDER

PICTURES is the folder of pictures, CAPTIONS the file Flickr8k.token.txt and the others the
published lists of names. Each variant is a `reverie train captions` of its own into a folder of
FOLDER, which is resumed where it was stopped; its captions of the test pictures are written beside
it. Differences are paired: each resample has the same pictures for both.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path
from typing import NamedTuple

from side_by_side import REVERIE

from reverie.data.caption_files import read_captions
from reverie.header import read_header
from reverie.metrics.captions import caption_scores, paired_bootstrap

BASE = [
    *("--encoder", "efficientnet", "--hidden", "256", "--width", "256", "--embedding", "128"),
    *("--dropout", "0.5", "--least-count", "3"),
    *("--epochs", "8", "--evaluations", "16"),
]
SENTENCES = ["--absent", "blind", "--least-count", "5"]
"""The captions of the pictures that are absent, too."""
TOGETHER = [*SENTENCES, "--repeat", "7", "--epochs", "2", "--weight-decay", "0"]
"""About as many captions of pictures an epoch as there are sentences without."""
SLOWLY = [*BASE, "--rate", "0.001"]
CRITICAL = [
    *("--objective", "self-critical", "--optimiser", "adam", "--rate", "0.00005"),
    *("--weight-decay", "0", "--epochs", "4"),
]
SHOWN = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr-D")


class Variant(NamedTuple):
    """A training, and what it is compared with."""

    options: list[str]
    against: str = "regions"
    earlier: str = ""
    """The variant whose weights it begins with."""


VARIANTS: dict[str, Variant] = {
    "regions": Variant(BASE),
    "first-input": Variant([*BASE, "--look", "first-input"]),
    "first-state": Variant([*BASE, "--look", "first-state"]),
    "every-step": Variant([*BASE, "--look", "every-step"]),
    "adaptive": Variant([*BASE, "--look", "adaptive"]),
    "hard": Variant([*BASE, "--look", "hard"]),
    "scratch": Variant([*BASE, "--encoder", "scratch", "--halvings", "4"]),
    "vectors": Variant([*BASE, "--vectors", "glove"]),
    "words": Variant([*BASE, *SENTENCES, "--epochs", "0.003", "--evaluations", "1"]),
    "all-words": Variant(BASE, earlier="words"),
    "sentences": Variant([*BASE, *SENTENCES, "--epochs", "4"]),
    "warm": Variant(SLOWLY, "all-words", "sentences"),
    "together": Variant([*BASE, *TOGETHER], "all-words"),
    "together-vectors": Variant([*BASE, *TOGETHER, "--vectors", "glove"], "vectors"),
    "scheduled": Variant(
        [*BASE, "--objective", "scheduled-sampling", "--forcing-k", "100", "--forcing-floor", "0"]
    ),
    "always-own": Variant([*BASE, "--objective", "always-own"]),
    "self-critical": Variant([*BASE, *CRITICAL], earlier="regions"),
    "self-critical-vectors": Variant([*BASE, *CRITICAL], "vectors", "vectors"),
}
BLIND = ("sentences", "words")
"""Those that are trained without any picture."""
BEAMS = (1, 3, 10)


def train(name: str, given: argparse.Namespace, empty: Path) -> Path:
    """Trains a variant, or goes on with it; the file of its model."""
    folder, variant = given.out / name, VARIANTS[name]
    model = folder / "model.reverie"
    if model.exists():
        return model
    if (folder / "run.json").exists():
        command = [*REVERIE, "train", "--resume", str(folder)]
    else:
        pictures = empty if name in BLIND else given.pictures
        names = ("--train-names", given.train, "--valid-names", given.valid)
        command = [*REVERIE, "train", "captions", "--data", str(pictures)]
        command += ["--captions", given.captions, *names, "--test-names", given.test]
        command += [*variant.options, "--out", str(folder)]
        if variant.earlier:
            command += ["--from", str(given.out / variant.earlier / "model.reverie")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return model


def captions_of(model: Path, beam: int, given: argparse.Namespace) -> dict[str, str]:
    """The captions of the test pictures, by name."""
    output = model.with_name(f"beam-{beam}.tsv")
    if not output.exists():
        command = [*REVERIE, "evaluate", str(model), "--beam", str(beam), "--output", str(output)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    lines = output.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def show(
    name: str,
    found: dict[str, str],
    true: dict[str, list[str]],
    perplexity: float | None = None,
) -> None:
    """A row of scores with the half widths of their intervals, and the perplexity of a word."""
    scores = caption_scores(list(found.values()), [true[name] for name in found]).scores
    row = (f"{s.value:6.1f} ±{(s.high - s.low) / 2:4.1f}" for s in (scores[n] for n in SHOWN))
    said = "" if perplexity is None else f"{perplexity:>13.1f}"
    print(f"{name:<28}" + "".join(f"{each:>13}" for each in row) + said, flush=True)


def compare(name: str, one: dict[str, str], other: dict[str, str], true: dict[str, list[str]]):
    """How much better one set of captions is than another, in BLEU-4 and CIDEr-D."""
    references = [true[each] for each in one]
    found = paired_bootstrap(list(one.values()), [other[n] for n in one], references).differences
    said = (
        f"{n} {d.value:+.1f} [{d.low:+.1f}, {d.high:+.1f}] ({d.better:.0%})"
        for n, d in ((n, found[n]) for n in ("BLEU-4", "CIDEr-D"))
    )
    print(f"  {name:<34}{'   '.join(said)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("pictures", "captions", "train", "valid", "test"):
        parser.add_argument(name)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    given = parser.parse_args()
    empty = given.out / "no-pictures"
    empty.mkdir(parents=True, exist_ok=True)
    true = read_captions(given.captions).captions
    found: dict[str, dict[str, str]] = {}
    print(f"{'beam 3':<28}" + "".join(f"{each:>13}" for each in (*SHOWN, "perplexity")))
    for name in given.only:
        model = train(name, given, empty)
        if name not in BLIND:
            found[name] = captions_of(model, 3, given)
            show(name, found[name], true, read_header(model).facts["test_perplexity"])
    print("paired differences [95 %] (share of resamples in which it is better)")
    for name in found:
        if (other := VARIANTS[name].against) in found and other != name:
            compare(f"{name} - {other}", found[name], found[other], true)
    for name in [n for n in ("regions", "together", "self-critical") if n in found]:
        for beam in BEAMS:
            each = captions_of(given.out / name / "model.reverie", beam, given)
            show(f"{name}, beam {beam}", each, true)


if __name__ == "__main__":
    main()

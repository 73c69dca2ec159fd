"""Can what the model writes be read? Mistakes of the reader on written lines and on real ones.

The texts are lines of Graves's validation set of IAM-OnDB, from which no model learned, or with
`--part test` of the clean test set; `--data` is the database. The real lines are of the same
texts. `--tries` is how often a line that does not come to its end is written: `reverie write` tries
four times. `--candidates` is how many lines are written for each, of which the reader keeps the one
that it reads best: with more than one, the mistakes of the same reader are fewer than those of
another would be, unless `--judge` names one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import product

import numpy as np
from side_by_side import load

from reverie.data.ink.iamondb import open_iamondb
from reverie.loading import load as load_model
from reverie.metrics.edit_distance import character_kind, edit_distance, misread_by
from reverie.runtime import prepare
from reverie.tasks.handwriting.generate import Line, Writer
from reverie.tasks.handwriting.options import HANDWRITING
from reverie.tasks.handwriting.pages import Scribe
from reverie.tasks.transcription.generate import Recogniser
from reverie.tasks.transcription.options import READER


def written(scribe: Scribe, texts: list[str], seeds: int) -> list[Line]:
    """Each text so often, each by a key of its own; lines of like length side by side."""
    jobs = sorted((text for text in texts for _ in range(seeds)), key=len)
    return list(scribe.write_lines(dict(enumerate(jobs))).values())


def by_kind(texts: list[str], reads: list[str]) -> str:
    """How often each kind of character was misread, in a line."""
    kinds = misread_by(character_kind, texts, reads)
    return "  misread: " + ", ".join(
        f"{name} {kind.rate:.1%} of {kind.total:,}" for name, kind in kinds.items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--part", choices=["valid", "test"], default="valid")
    parser.add_argument("--writer", help="a model of handwriting; else the shipped one")
    parser.add_argument("--reader", help="a model that reads; else the shipped one")
    parser.add_argument("--judge", help="another model that reads, to count the mistakes")
    parser.add_argument("--candidates", type=int, nargs="+", default=[1])
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--tries", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--bias", type=float, nargs="+", default=[0.5, 1.0])
    asked = parser.parse_args()
    prepare()
    hand = load_model(asked.writer or HANDWRITING.path())
    eye = load_model(asked.reader or READER.path())
    writer, reader = Writer(hand.model, hand.codec), Recogniser(eye.model, eye.codec)
    other = load_model(asked.judge) if asked.judge else eye
    judge = Recogniser(other.model, other.codec)

    def rank(lines: Sequence[Line]) -> list[float]:
        return reader.legibility([line.ink for line in lines])

    part = getattr(open_iamondb(asked.data).split(), asked.part)
    known = set(hand.codec.alphabet.alphabet)
    fit = [n for n, text in enumerate(part.texts) if len(text) >= 10 and set(text) <= known]
    chosen = np.random.default_rng(0).choice(fit, min(asked.texts, len(fit)), replace=False)
    real = [part[int(n)] for n in chosen]
    texts = [ink.text for ink in real]
    print(f"{len(texts)} texts, {asked.seeds} seeds ({load()})")
    reads = [read.text for read in judge.read(real)]
    found = edit_distance(texts, reads)
    print(f"real lines: {found.summary()}", flush=True)
    print(by_kind(texts, reads), flush=True)
    for bias, tries, candidates in product(asked.bias, asked.tries, asked.candidates):
        begin = time.perf_counter()
        scribe = Scribe(writer, 0, bias, candidates, rank, tries)
        lines = written(scribe, texts, asked.seeds)
        took = time.perf_counter() - begin
        reads = [read.text for read in judge.read([line.ink for line in lines])]
        spelt = [line.ink.text for line in lines]
        wrong = edit_distance(spelt, reads)
        ended = np.mean([line.finished for line in lines])
        print(
            f"bias {bias:g}, tries {tries}, candidates {candidates}: {wrong.summary()}, "
            f"{wrong.characters / found.characters:.2f} times the real ones; "
            f"{ended:.1%} came to their end; {len(lines) / took:.1f} lines a second\n"
            f"{by_kind(spelt, reads)}",
            flush=True,
        )


if __name__ == "__main__":
    main()

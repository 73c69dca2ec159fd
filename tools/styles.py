"""Draws the styles that ship: lines that the model wrote itself, by seeds that were chosen.

python tools/styles.py --seeds 3 14 15 --bias 0.75 src/reverie/models/styles.json
python tools/styles.py --look 40 styles.png     # a sheet to choose from
"""

import argparse
import json

import numpy as np

from reverie.codecs.ink import join_inks
from reverie.files import replace_file
from reverie.formats.ink_files import write_ink
from reverie.loading import load
from reverie.samplers import keys_of
from reverie.tasks.handwriting.generate import Writer
from reverie.tasks.handwriting.options import HANDWRITING
from reverie.tasks.transcription.generate import Recogniser
from reverie.tasks.transcription.options import READER

TEXT = "every style begins with a line"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--look", type=int, default=0, help="how many to show, the legible first")
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    parser.add_argument("--bias", type=float, default=0.75)
    parser.add_argument("--text", default=TEXT)
    asked = parser.parse_args()
    hand, eye = load(HANDWRITING.path()), load(READER.path())
    writer, reader = Writer(hand.model, hand.codec), Recogniser(eye.model, eye.codec)

    def line(seed: int):
        return writer.write([asked.text], keys_of(seed, 1), bias=asked.bias)[0]

    if asked.look:
        lines = {seed: line(seed) for seed in range(asked.look)}
        scores = reader.legibility([written.ink for written in lines.values()])
        score = dict(zip(lines, scores, strict=True))
        best = sorted(lines, key=lambda seed: (not lines[seed].finished, -score[seed]))
        for row, seed in enumerate(best):
            print(row, "seed", seed, f"{score[seed]:.2f}", lines[seed].finished)
        inks = [lines[seed].ink.move(0, 900 * row) for row, seed in enumerate(best)]
        write_ink(join_inks(inks), asked.out)
        return
    records = []
    for seed in asked.seeds:
        ink = line(seed).ink
        strokes = [np.round(stroke, 1).tolist() for stroke in ink.strokes]
        records.append({"text": ink.text, "strokes": strokes})
    with replace_file(asked.out) as file:
        json.dump(records, file, separators=(",", ":"))


if __name__ == "__main__":
    main()

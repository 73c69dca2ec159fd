"""Log-loss on IAM-OnDB in nats a line, as in Graves 2013: prediction, or synthesis with a text.

`--data` is the database as it is distributed. Offsets are normalised to mean 0 and deviation
1 on the training lines. The network is the paper's, smaller by default; `--picture` draws what
it writes. Lines of more than 1200 points are left out of training, not of the measurements.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from side_by_side import load

from reverie.cells import LSTM
from reverie.concepts import Condition, Memory
from reverie.cores import Clipped, Stack, Windowed
from reverie.cores.windowed import Written
from reverie.data.iamondb import open_iamondb
from reverie.draw import Sample
from reverie.emissions import Pen
from reverie.feedbacks import Plain, Side
from reverie.media.characters import Characters
from reverie.media.ink import joined
from reverie.media.strokes import Strokes
from reverie.model import SequenceModel
from reverie.rollout import generate, nothing
from reverie.runtime import prepare
from reverie.training import Minutes, train
from reverie.training.evaluation import sequence_losses
from reverie.training.events import Evaluated, Finished
from reverie.training.loop import Plan
from reverie.training.optimisers import adam
from reverie.training.parametrisations import Plain as PlainWeights
from reverie.training.schedules import Linear
from reverie.training.sequences import SequenceReader

LENGTHS = (400, 600, 800, 1000, 1200)
COMPONENTS, GAUSSIANS = 20, 10


def network(kind: str, layers: int, hidden: int, symbols: int) -> SequenceModel:
    """Graves's, with skips from the input to every layer and from every layer to the output."""
    rng = np.random.default_rng(0)

    def cell(inputs: int) -> Clipped:
        return Clipped(LSTM(inputs, hidden, rng=rng, peepholes=True), 10.0)

    if kind == "synthesis":
        above = tuple(cell(3 + hidden + symbols) for _ in range(layers - 1))
        core = Windowed(cell(3), above, hidden=hidden, width=symbols, count=GAUSSIANS, rng=rng)
    else:
        above = tuple(cell(3 + hidden) for _ in range(layers - 1))
        core = Stack((cell(3), *above), skips=True)
    return SequenceModel(
        Side((Plain(2), Plain(1))), core, Pen(layers * hidden, COMPONENTS, rng=rng)
    )


def told(text: str, alphabet: Characters) -> Condition:
    """The text, one-hot, as a memory."""
    letters = np.eye(alphabet.size, dtype=np.float32)[alphabet.encode(text, "skip")]
    return Condition(memory=Memory(letters, letters, np.ones(len(letters), bool)))


def reader(inks, lengths, kind, strokes, alphabet, rows) -> SequenceReader:
    """The lines that `lengths` have room for."""
    values = [strokes.encode(ink) for ink in inks]
    kept = [n for n, (offsets, _) in enumerate(values) if len(offsets) <= lengths[-1]]
    conditions = [told(inks.texts[n], alphabet) for n in kept] if kind == "synthesis" else None
    return SequenceReader([values[n] for n in kept], rows, conditions, lengths)


def picture(path: Path, model, strokes, alphabet, lines: list[str], bias: float) -> None:
    """Lines in the model's hand, one below the other."""
    inks = []
    for number, line in enumerate(lines):
        condition = jax.tree.map(jnp.asarray, told(line, alphabet))
        drawn = jax.jit(
            lambda m, c, k, n=len(line): generate(
                m, Sample(bias), 1200, key=k, condition=c, stop=Written(n), record=nothing
            )
        )(model, condition, jax.random.key(number))
        offsets, bits = (np.asarray(a)[: int(drawn.length)] for a in drawn.values)
        print(f"{line!r}: {int(drawn.length)} points, finished {bool(drawn.finished)}")
        inks.append(strokes.decode((offsets, bits), line).moved(0, 700.0 * number))
    strokes.render(joined(inks), path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--kind", choices=("prediction", "synthesis"), default="synthesis")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=400)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--evaluations", type=int, default=6)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--write", nargs="+", default=["hello world", "the quick brown fox"])
    parser.add_argument("--bias", type=float, default=1.0)
    asked = parser.parse_args()
    prepare()
    split = open_iamondb(asked.data).split()
    strokes, alphabet = Strokes.learn(split.train), Characters.learn(split.train.texts)
    told_by = (asked.kind, strokes, alphabet, asked.rows)
    learned = reader(split.train, LENGTHS, *told_by)
    valid = reader(split.valid, (*LENGTHS, 2000), *told_by)
    watched = SequenceReader(
        valid.sequences[:256],
        asked.rows,
        valid.conditions and valid.conditions[:256],
        valid.buckets,
    )
    model = network(asked.kind, asked.layers, asked.hidden, alphabet.size)
    print(
        f"{asked.kind} {asked.layers}x{asked.hidden}, {len(learned.sequences)} lines, "
        f"{asked.minutes} minutes ({load()})",
        flush=True,
    )
    for event in train(
        PlainWeights(model),
        learned,
        Plan(Minutes(asked.minutes), evaluations=asked.evaluations),
        rate=Linear(asked.rate, warmup=0.02),
        optimiser=adam(),
        clip_norm=1.0,
        measure=lambda m: float(sequence_losses(m, watched).mean()),
    ):
        if isinstance(event, Evaluated):
            spent = event.spent
            print(
                f"step {spent.step}, epoch {spent.epoch:.2f}, {spent.seconds:.0f} s: "
                f"{event.nats:.1f} nats a line on 256 of the validation lines",
                flush=True,
            )
        if isinstance(event, Finished):
            model = event.model
    losses = sequence_losses(model, valid)
    print(f"validation: {losses.mean():.1f} nats a line over {len(losses)} lines")
    if asked.picture and asked.kind == "synthesis":
        picture(asked.picture, model, strokes, alphabet, asked.write, asked.bias)


if __name__ == "__main__":
    main()

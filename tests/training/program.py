"""A small training run as a program, for the tests that kill it or run it several at a time.

Usage: program.py FOLDER STEPS: resumes if FOLDER has checkpoints; writes FOLDER/end.npz.
"""

import os
import sys
from pathlib import Path

import jax
import numpy as np

from reverie.cells import LSTM
from reverie.cores import Dropout
from reverie.data.lanes import Lanes
from reverie.emissions import CategoricalHead
from reverie.feedbacks import OneHot
from reverie.model import SequenceModel
from reverie.training.batches import LaneReader
from reverie.training.budgets import Steps
from reverie.training.checkpoint import Checkpoints
from reverie.training.evaluation import evaluate
from reverie.training.events import Finished, Progressed
from reverie.training.loop import Plan, train
from reverie.training.mesh import is_main_process, join
from reverie.training.parametrisations import Direct, WeightNoise
from reverie.training.schedules import Cosine
from reverie.trees import named_arrays

V = 4


def main(folder: Path, steps: int) -> None:
    join()
    doomed = os.environ.get("DIE") == os.environ.get("REVERIE_RANK", "0")
    steps_left = 5 if doomed else -1
    rng = np.random.default_rng(0)
    values = np.random.default_rng(1).integers(0, V, 400) // 2 * 2
    core = Dropout(LSTM(V, 5, rng=rng), V, 5, 0.1, 0.1)
    model = SequenceModel(OneHot(V), core, CategoricalHead(5, V, rng=rng))
    checkpoints = Checkpoints(folder)
    events = train(
        WeightNoise(Direct(model), 0.01),
        LaneReader(Lanes(values, 4, 5)),
        Plan(Steps(steps), evaluations=4, report_seconds=0.0, checkpoint_seconds=0.0),
        rate=Cosine(0.05),
        averaging=0.9,
        measure=lambda m: evaluate(
            m, values[:60], lanes=2, length=5, share=(jax.process_index(), jax.process_count())
        ),
        checkpoints=checkpoints,
        resume=bool(checkpoints.paths()),
    )
    losses = []
    for event in events:
        if isinstance(event, Progressed):
            losses.append(event.loss)
            steps_left -= 1
            if steps_left == 0:
                os.abort()
        if isinstance(event, Finished) and is_main_process():
            weights = named_arrays(event.model)
            np.savez(folder / "end.npz", losses=losses, nats=event.nats, **weights)
            print("finished", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""Counting, reversing and adding with stacks: the stack-augmented recurrent network."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.recipes.recipe import About, Recipe
from reverie.tasks.algorithms.options import ALGORITHMS, AlgorithmData, AlgorithmNetwork
from reverie.training.options import TrainingOptions


@dataclass(frozen=True)
class Config:
    """A network without other memory beside several stacks.

    Departures: batches and Adam in place of gradient descent with restarts; only what can be
    predicted is learned.
    """

    network: AlgorithmNetwork = AlgorithmNetwork(memory="stacks", hidden=40)
    data: AlgorithmData = AlgorithmData(problem="anbn")
    training: TrainingOptions = TrainingOptions(
        minutes=None, steps=1500, lanes=16, rate=1e-2, schedule="linear", clip_norm=1.0
    )


RECIPE = Recipe(
    about=About(
        title="Algorithms with stacks",
        description="Learns to count, reverse or add symbols, with stacks beside it.",
        paper="Joulin and Mikolov, Inferring algorithmic patterns with stack-augmented recurrent "
        "nets (2015)",
        published="a^n b^n, a^n b^n c^n and binary addition: 100 % of sequences up to n = 60 after "
        "learning from those below 20",
        ours="a^n b^n, a^n b^n c^n (rounded) and brackets: 100 % of 100 at 60 after learning up to "
        "20 (one seed each)",
        command="reverie train stack-augmented --problem anbn",
        example="reverie evaluate {model} 20 40 60\nreverie inspect {model}",
    ),
    Config=Config,
    task=ALGORITHMS,
)

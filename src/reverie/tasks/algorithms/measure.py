"""How well a model solves problems of a size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array

from reverie.concepts import Example
from reverie.cores.stack_augmented import Acting
from reverie.errors import InputError
from reverie.model import SequenceModel, nll
from reverie.tasks.algorithms.data import OfSizes, fixed_reader
from reverie.tasks.algorithms.problems import Problem
from reverie.training.evaluation import compare_answer, each_sequence

ROWS = 20
"""Problems that are solved side by side."""


class Solved(NamedTuple):
    """Of problems of one size."""

    size: int
    bits: float
    """-log2 p of an answer above the least there is, in the mean."""
    right: float
    """The part of the elements of answers that are the most probable ones."""
    exact: float
    """The part of the answers of which all are.

    They are asked for given the true answer so far; where all are right, the model that goes on
    from its own says the same.
    """


def solve(model: SequenceModel, problem: Problem, size: int, *, count: int, seed: int) -> Solved:
    """How well `count` problems of a size are solved."""
    reader = fixed_reader(OfSizes(problem, size, size), count, ROWS, seed)
    nats, right, counted = each_sequence(_answer, model, reader)
    least = np.mean([problem.least_nats(example) for example in reader.dataset])
    return Solved(
        size,
        float(nats.mean() - least) / float(np.log(2)),
        float(right.sum() / counted.sum()),
        float((right == counted).mean()),
    )


def round_actions(model: SequenceModel) -> SequenceModel:
    """The same model, whose stacks and lists do the most probable action only."""

    def acts(node: Any) -> bool:
        return isinstance(node, Acting)

    rounded: SequenceModel = jax.tree.map(
        lambda node: node.rounded() if acts(node) else node, model, is_leaf=acts
    )
    return rounded


def _answer(model: SequenceModel, example: Example) -> tuple[Array, Array, Array]:
    """-log p of an answer, how many of its elements are right, and how many there are."""
    found = compare_answer(model, example)
    nats = example.total(nll(found.distribution, example.values, example.mask))[0]
    return nats, found.right.sum(), found.counts.sum()


def sizes_to(largest: int) -> list[int]:
    """Powers of two up to a size, and it."""
    return sorted({2**n for n in range(largest.bit_length()) if 2**n < largest} | {largest})


def sizes_from(words: Iterable[str]) -> list[int]:
    """Sizes as they were typed. InputError for what is none."""
    words = list(words)
    for word in words:
        if not (word.isascii() and word.isdecimal() and 0 < int(word) <= 10_000):
            raise InputError(f"{word!r} is no size of a problem: give numbers from 1 to 10,000")
    return [int(word) for word in words]


def heading() -> str:
    """Above the rows of a table."""
    return f"{'size':>8}{'bits an answer':>18}{'right elements':>17}{'exact answers':>16}"


def row(found: Solved, learned: int) -> str:
    """The measures of a size; one that is larger than any learned from is marked."""
    mark = "+" if found.size > learned else " "
    return f"{found.size:>7}{mark}{found.bits:>18.3f}{found.right:>17.2%}{found.exact:>16.1%}"


def footing(learned: int) -> str:
    """Below the rows of a table."""
    return f"+ larger than those that it learned from, whose size is {learned} at most"


def table(found: Sequence[Solved], learned: int) -> str:
    """The measures of several sizes as text."""
    return "\n".join([heading(), *(row(each, learned) for each in found), footing(learned)])

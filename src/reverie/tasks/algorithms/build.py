"""From the options of a network and a problem to the network."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from reverie.cells.catalogue import make_cell
from reverie.cells.cell import Cell
from reverie.concepts import Core
from reverie.cores import (
    DifferentiableNeuralComputer,
    FeedForward,
    ListAugmented,
    NeuralTuringMachine,
    Stack,
    StackAugmented,
)
from reverie.emissions import BernoulliHead, CategoricalHead
from reverie.errors import InputError
from reverie.feedbacks import OneHot, StepRow
from reverie.model import SequenceModel
from reverie.tasks.algorithms.options import AlgorithmNetwork
from reverie.tasks.algorithms.problems import BitsProblem, Problem, StringProblem


def algorithm_model(
    network: AlgorithmNetwork, problem: Problem, *, rng: np.random.Generator
) -> SequenceModel:
    """A model of the answers to problems."""
    match problem:
        case BitsProblem():
            core, outputs = make_core(network, problem.inputs, rng=rng)
            head = BernoulliHead(outputs, problem.outputs, rng=rng)
            return SequenceModel(StepRow(problem.outputs), core, head)
        case StringProblem():
            size = problem.symbols.size
            core, outputs = make_core(network, size, rng=rng)
            return SequenceModel(OneHot(size), core, CategoricalHead(outputs, size, rng=rng))
    raise TypeError(f"{type(problem).__name__} is no problem of bits or symbols")


def exceeds(network: AlgorithmNetwork, problem: Problem, size: int) -> bool:
    """Whether problems of a size do not fit the memory of a network."""
    return network.memory != "none" and problem.kept(size) > network.places


def make_core(
    network: AlgorithmNetwork, inputs: int, *, rng: np.random.Generator
) -> tuple[Core, int]:
    """The core, and how many outputs it has."""
    cells = [
        _cell(network, network.hidden if n else inputs, rng=rng) for n in range(network.layers)
    ]
    if network.memory == "none":
        return Stack(tuple(cells)), network.hidden
    if len(cells) > 1:
        raise InputError("a memory has one layer beside it: set layers to 1, or memory to none")
    return _beside(network, cells[0], rng=rng)


def _beside(network: AlgorithmNetwork, cell: Cell, *, rng: np.random.Generator) -> tuple[Core, int]:
    """The cell with its memory, and how many outputs it has."""
    hidden, places = network.hidden, network.places
    match network.memory:
        case "tape":
            heads, width = network.heads, network.place_width
            tape = NeuralTuringMachine(
                cell, hidden, places, width, rng=rng, readers=heads, writers=heads
            )
            return tape, hidden + heads * width
        case "stacks":
            number, top = network.stacks, network.top
            return StackAugmented(cell, hidden, number, places, rng=rng, top=top), hidden
        case "lists":
            return ListAugmented(cell, hidden, network.stacks, places, rng=rng), hidden
        case "dnc":
            heads, width = network.heads, network.place_width
            dnc = DifferentiableNeuralComputer(cell, hidden, places, width, rng=rng, readers=heads)
            return dnc, hidden + heads * width
    raise InputError(f"there is no memory {network.memory!r}: --help lists them")


def _cell(network: AlgorithmNetwork, inputs: int, *, rng: np.random.Generator) -> Cell:
    if network.cell == "feed-forward":
        activation = jax.nn.sigmoid if network.memory in ("stacks", "lists") else jnp.tanh
        return FeedForward(inputs, network.hidden, rng=rng, activation=activation)
    return make_cell(network.cell, inputs, network.hidden, rng=rng, forget_bias=network.forget_bias)

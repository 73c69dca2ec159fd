"""Programs learned from and executed per second, against the same network in PyTorch.

The network of the paper, two layers of 400 LSTM units, or that of the recipe, of 128; programs of
length 4 and nesting 3. Learning is an update of 64 programs by Adam, the loss is that of the
answers; executing is to read one program and to write what it prints, and both write so many
characters, the most probable each time. PyTorch has its fused LSTM; it runs in a process of its
own as its users run it, and in one with the C library told to keep freed memory.
"""

from __future__ import annotations

import argparse

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
from side_by_side import Race, best, run_races
from torch import nn
from torch.nn import functional

from reverie.concepts import Example
from reverie.data.lanes import Position
from reverie.model import nll
from reverie.rollout import nothing, rollout
from reverie.samplers import Greedy, key_of
from reverie.tasks.programs.data import codec_of, exercise_reader, held_out, kind_of
from reverie.tasks.programs.exercises import Difficulty
from reverie.tasks.programs.options import ProgramData
from reverie.tasks.text.build import symbol_model
from reverie.tasks.text.generate import after
from reverie.tasks.text.options import Network

DATA = ProgramData(length=4, nesting=3, curriculum="baseline")
KIND = kind_of(DATA)
SYMBOLS = codec_of(KIND)
ROWS, LAYERS, RATE, WRITTEN = 64, 2, 1e-3, 8
UNITS = (128, 400)


def batch() -> Example:
    """Programs with their answers."""
    return exercise_reader(DATA, ROWS).at(Position())[0].examples


def program() -> np.ndarray:
    """The values of one that is to be executed."""
    exercise = held_out(KIND, "test", Difficulty(DATA.length, DATA.nesting), 1)[0]
    return SYMBOLS.encode(exercise.question)


def model(units: int):
    """Reverie's network, untrained."""
    network = Network(layers=LAYERS, hidden=units)
    return symbol_model(network, SYMBOLS.size, rng=np.random.default_rng(0))


def learning(units: int, rounds: int) -> float:
    """Seconds of one of Reverie's updates."""
    made, optimiser = model(units), optax.adam(RATE)
    examples = jax.tree.map(jnp.asarray, batch())

    def loss(made):
        def one(example):
            read = made.unroll(example.values, mask=example.mask)
            return example.total(nll(read.distribution, example.values, example.mask))

        losses, counted = jax.vmap(one)(examples)
        return losses.sum() / counted.sum()

    @jax.jit
    def update(made, state):
        change, state = optimiser.update(jax.grad(loss)(made), state)
        return eqx.apply_updates(made, change), state

    hold = {"learner": (made, optimiser.init(made))}

    def work():
        hold["learner"] = jax.block_until_ready(update(*hold["learner"]))

    return best({"": work}, rounds)[""]


def executing(units: int, rounds: int) -> float:
    """Seconds in which one program is read and answered."""
    made, values = model(units), program()

    @eqx.filter_jit
    def write(made, carry):
        return rollout(
            made, Greedy(), WRITTEN, key=key_of(0), carry=carry, record=nothing, score=False
        ).values

    def work():
        write(made, after(made, values, made.start())).block_until_ready()

    return best({"": work}, rounds)[""]


class Net(nn.Module):
    """The same network as a PyTorch user would write it."""

    def __init__(self, units: int):
        super().__init__()
        self.lstm = nn.LSTM(SYMBOLS.size, units, LAYERS, batch_first=True)
        self.out = nn.Linear(units, SYMBOLS.size)

    def forward(self, symbols, state=None):
        """Logits of what follows each symbol, (B, T, V), and the state."""
        told = functional.one_hot(symbols, SYMBOLS.size).float()
        outs, state = self.lstm(told, state)
        return self.out(outs), state


def torch_learning(units: int, rounds: int) -> float:
    """Seconds of one of PyTorch's updates."""
    net, examples = Net(units), batch()
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    values = torch.tensor(np.asarray(examples.values), dtype=torch.long)
    weights = torch.tensor(np.asarray(examples.weights * examples.mask))

    def work():
        optimiser.zero_grad()
        logits, _ = net(values[:, :-1])
        losses = functional.cross_entropy(logits.mT, values[:, 1:], reduction="none")
        ((losses * weights[:, 1:]).sum() / weights.sum()).backward()
        optimiser.step()

    return best({"": work}, rounds)[""]


def torch_executing(units: int, rounds: int) -> float:
    """Seconds in which one program is read and answered."""
    net, values = Net(units), torch.tensor(program(), dtype=torch.long)[None]

    def work():
        with torch.inference_mode():
            logits, state = net(values)
            for _ in range(WRITTEN - 1):
                logits, state = net(logits[:, -1:].argmax(-1), state)

    return best({"": work}, rounds)[""]


WORKS = (("learning", learning, torch_learning, ROWS), ("executing", executing, torch_executing, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    races = (
        Race(f"{name}, {LAYERS} x {units}", own, theirs, units, rows)
        for name, own, theirs, rows in WORKS
        for units in UNITS
    )
    what = f"programs of length {DATA.length} and nesting {DATA.nesting}"
    run_races(what, races, parser.parse_args().rounds)


if __name__ == "__main__":
    main()

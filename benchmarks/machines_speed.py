"""Sequences copied per second by a neural Turing machine, against the same network in PyTorch.

The copy task of Graves (2014) at its longest, 20 vectors of 8 bits, 128 places of 20 numbers, one
head that reads and one that writes. PyTorch runs the loop over steps that its users write, in a
process of its own as its users run it, and in one with the C library told to keep freed memory.
Learning is an update of 16 sequences by Adam, stepping is one sequence read without a gradient.
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

from reverie.cells import LSTM
from reverie.concepts import Condition
from reverie.cores import FeedForward, NeuralTuringMachine
from reverie.emissions import BernoulliHead
from reverie.feedbacks import StepRow
from reverie.model import SequenceModel, nll

BITS, LENGTH, ROWS, HIDDEN, PLACES, WIDTH = 8, 20, 16, 100, 128, 20
INPUTS, STEPS, RATE = BITS + 1, 2 * LENGTH + 1, 1e-3
CONTROLLERS = {"feed-forward": FeedForward, "lstm": LSTM}


def task(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """What is told, (B, T, bits + 1), and what is to be said, (B, T, bits)."""
    bits = np.random.default_rng(0).integers(0, 2, (rows, LENGTH, BITS))
    told = np.zeros((rows, STEPS, INPUTS), np.float32)
    said = np.zeros((rows, STEPS, BITS), np.float32)
    told[:, :LENGTH, :BITS], told[:, LENGTH, BITS], said[:, LENGTH + 1 :] = bits, 1, bits
    return told, said


def model(controller: str) -> SequenceModel:
    """Reverie's machine, untrained."""
    rng = np.random.default_rng(0)
    cell = CONTROLLERS[controller](INPUTS, HIDDEN, rng=rng)
    core = NeuralTuringMachine(cell, HIDDEN, PLACES, WIDTH, rng=rng)
    return SequenceModel(StepRow(BITS), core, BernoulliHead(HIDDEN + WIDTH, BITS, rng=rng))


def losses(made: SequenceModel, told: jax.Array, said: jax.Array) -> jax.Array:
    """-log p of each answer, (B,)."""

    def one(told, said):
        read = made.unroll(said, condition=Condition(steps=told))
        return nll(read.distribution, said)[LENGTH + 1 :].sum()

    return jax.vmap(one)(told, said)


def learning(controller: str, rounds: int) -> float:
    """Seconds of one of Reverie's updates."""
    made, optimiser = model(controller), optax.adam(RATE)
    told, said = map(jnp.asarray, task(ROWS))

    @jax.jit
    def update(made, state):
        gradient = jax.grad(lambda m: losses(m, told, said).mean())(made)
        change, state = optimiser.update(gradient, state)
        return eqx.apply_updates(made, change), state

    hold = {"learner": (made, optimiser.init(made))}

    def work():
        hold["learner"] = jax.block_until_ready(update(*hold["learner"]))

    return best({"": work}, rounds)[""]


def stepping(controller: str, rounds: int) -> float:
    """Seconds in which one sequence is read and answered."""
    made, (told, said) = model(controller), map(jnp.asarray, task(1))
    answer = jax.jit(lambda made: losses(made, told, said))
    return best({"": lambda: answer(made).block_until_ready()}, rounds)[""]


class Net(nn.Module):
    """The same network as a PyTorch user would write it."""

    def __init__(self, controller: str):
        super().__init__()
        inputs = INPUTS + WIDTH
        self.lstm = nn.LSTMCell(inputs, HIDDEN) if controller == "lstm" else None
        self.layer = nn.Linear(inputs, HIDDEN)
        self.heads = nn.Linear(HIDDEN, 2 * (WIDTH + 6) + 2 * WIDTH)
        self.out = nn.Linear(HIDDEN + WIDTH, BITS)
        self.reads = nn.Parameter(torch.randn(1, WIDTH))
        self.weights = nn.Parameter(torch.randn(2, PLACES))

    def address(self, told, before, memory):
        key, beta, gate, moves, gamma = told.split([WIDTH, 1, 1, 3, 1], -1)
        cosine = functional.cosine_similarity(memory, torch.tanh(key)[:, None], -1)
        content = torch.softmax(functional.softplus(beta) * cosine, -1)
        gate, moves = torch.sigmoid(gate), torch.softmax(moves, -1)
        mixed = gate * content + (1 - gate) * before
        around = [mixed.roll(shift, -1) for shift in (-1, 0, 1)]
        moved = sum(moves[:, n : n + 1] * each for n, each in enumerate(around))
        sharp = (moved + 1e-16) ** (1 + functional.softplus(gamma))
        return sharp / sharp.sum(-1, keepdim=True)

    def forward(self, told):
        """Logits (B, T, bits)."""
        rows = len(told)
        memory = torch.full((rows, PLACES, WIDTH), 1e-6)
        read = torch.tanh(self.reads).expand(rows, -1)
        where = [torch.softmax(w, -1).expand(rows, -1) for w in self.weights]
        state, outs = (torch.zeros(rows, HIDDEN),) * 2, []
        for x in told.unbind(1):
            seen = torch.cat([x, read], -1)
            if self.lstm is None:
                h = torch.tanh(self.layer(seen))
            else:
                h, _ = state = self.lstm(seen, state)
            *heads, erase, add = (
                self.heads(h).clamp(-20, 20).split([WIDTH + 6, WIDTH + 6, WIDTH, WIDTH], -1)
            )
            where = [self.address(p, w, memory) for p, w in zip(heads, where, strict=True)]
            place = where[1][:, :, None]
            memory = memory * (1 - place * torch.sigmoid(erase)[:, None])
            memory = memory + place * torch.tanh(add)[:, None]
            read = torch.bmm(where[0][:, None], memory)[:, 0]
            outs.append(torch.cat([h, read], -1))
        return self.out(torch.stack(outs, 1))

    def losses(self, told, said):
        """-log p of each answer, (B,)."""
        logits = self(told)[:, LENGTH + 1 :]
        wanted = said[:, LENGTH + 1 :]
        each = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
        return each.sum((1, 2))


def torch_learning(controller: str, rounds: int) -> float:
    """Seconds of one of PyTorch's updates."""
    net, (told, said) = Net(controller), map(torch.from_numpy, task(ROWS))
    optimiser = torch.optim.Adam(net.parameters(), RATE)

    def work():
        optimiser.zero_grad()
        net.losses(told, said).mean().backward()
        optimiser.step()

    return best({"": work}, rounds)[""]


def torch_stepping(controller: str, rounds: int) -> float:
    """Seconds in which one sequence is read and answered."""
    net, (told, said) = Net(controller), map(torch.from_numpy, task(1))

    def work():
        with torch.inference_mode():
            net.losses(told, said)

    return best({"": work}, rounds)[""]


WORKS = (("learning", learning, torch_learning, ROWS), ("stepping", stepping, torch_stepping, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    races = (
        Race(f"{name}, {controller}", own, theirs, controller, rows)
        for name, own, theirs, rows in WORKS
        for controller in CONTROLLERS
    )
    run_races(f"sequences of {STEPS} steps", races, parser.parse_args().rounds, digits=1)


if __name__ == "__main__":
    main()

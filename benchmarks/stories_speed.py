"""Stories learned from and questions answered per second by a memory network, against PyTorch.

The joint setting of Sukhbaatar (2015): 50 sentences of at most 11 of 180 words, 50 numbers a word,
3 hops tied adjacently, position and temporal encoding, updates of 32 stories by gradient descent
with the gradient clipped at 40. PyTorch's side is the network as its users write it, in a process
of its own as they run it, and in one with the C library told to keep freed memory. It is spared two
things that Reverie does: noise in the times, and a position encoding for each length of a sentence.
"""

from __future__ import annotations

import argparse
import math
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import torch
from side_by_side import Race, best, run_races
from torch import nn
from torch.nn import functional

from reverie.concepts import Story
from reverie.cores import MemoryNetwork
from reverie.emissions import Softmax
from reverie.encoders import StoryEncoder
from reverie.feedbacks import OneHot
from reverie.model import SequenceModel, nll

SIZE, WORDS, SENTENCES, WIDTH, HOPS = 180, 11, 50, 50, 3
RATE, CLIP = 0.01, 40.0


def task(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Words (B, S, W), 0 where there are none, which sentences are real, questions, answers."""
    rng = np.random.default_rng(0)

    def sentences(*shape: int) -> np.ndarray:
        words = rng.integers(1, SIZE, (*shape, WORDS))
        return np.where(np.arange(WORDS) < rng.integers(3, WORDS + 1, (*shape, 1)), words, 0)

    mask = np.arange(SENTENCES) < rng.integers(2, SENTENCES + 1, (rows, 1))
    words = np.where(mask[:, :, None], sentences(rows, SENTENCES), 0)
    return words, mask, sentences(rows), rng.integers(1, SIZE, (rows, 1))


def model() -> SequenceModel:
    """Reverie's network, untrained."""
    rng = np.random.default_rng(0)
    core = MemoryNetwork(SIZE, WIDTH, HOPS, SENTENCES, rng=rng)
    return SequenceModel(OneHot(SIZE), core, Softmax(), StoryEncoder(SENTENCES))


def learning(rows: int, rounds: int) -> float:
    """Seconds of one of Reverie's updates."""
    words, mask, question, answers = map(jnp.asarray, task(rows))
    keys = jax.random.split(jax.random.key(0), rows)

    def loss(made: SequenceModel) -> jax.Array:
        def one(story: Story, answer: jax.Array, key: jax.Array) -> jax.Array:
            read = made.unroll(answer, condition=made.condition(story, key=key))
            return nll(read.distribution, answer).sum()

        return jax.vmap(one)(Story(words, mask, question), answers, keys).sum()

    @jax.jit
    def update(made: SequenceModel) -> SequenceModel:
        gradient = jax.grad(loss)(made)
        norm = jnp.sqrt(sum(jnp.square(g).sum() for g in jax.tree.leaves(gradient)))
        step = RATE * jnp.minimum(1.0, CLIP / norm)
        return jax.tree.map(lambda w, g: w - step * g, made, gradient)

    hold = {"model": model()}

    def work() -> None:
        hold["model"] = jax.block_until_ready(update(hold["model"]))

    return best({"": work}, rounds)[""]


def answering(rows: int, rounds: int) -> float:
    """Seconds in which Reverie answers so many questions at once."""
    made, (words, mask, question, _) = model(), map(jnp.asarray, task(rows))

    @jax.jit
    def answer(made: SequenceModel, stories: Story) -> jax.Array:
        def one(story: Story) -> jax.Array:
            condition = made.condition(story)
            return made.step(made.start(condition), condition)[0].mode()

        return jax.vmap(one)(stories)

    stories = Story(words, mask, question)
    return best({"": lambda: answer(made, stories).block_until_ready()}, rounds)[""]


class Net(nn.Module):
    """The same network as a PyTorch user would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = nn.ModuleList(
            nn.Embedding(SIZE, WIDTH, padding_idx=0) for _ in range(HOPS + 1)
        )
        self.times = nn.ParameterList(torch.randn(SENTENCES, WIDTH) / 10 for _ in range(HOPS + 1))
        for table in self.tables:
            nn.init.normal_(table.weight, 0, 0.1)
        j, k = torch.arange(1, WORDS + 1) / WORDS, torch.arange(1, WIDTH + 1) / WIDTH
        self.register_buffer("shares", 1 - j[:, None] - k * (1 - 2 * j[:, None]))

    def forward(self, words, mask, question):
        """Logits (B, V)."""
        back = (mask.sum(1, keepdim=True) - 1 - torch.arange(SENTENCES)).clamp(min=0)
        u = (self.tables[0](question) * self.shares).sum(1)
        places = [
            (table(words) * self.shares).sum(2) + times[back]
            for table, times in zip(self.tables, self.times, strict=True)
        ]
        for m, c in pairwise(places):
            energies = torch.bmm(m, u[:, :, None])[:, :, 0].masked_fill(~mask, -math.inf)
            u = u + torch.bmm(torch.softmax(energies, 1)[:, None], c)[:, 0]
        return u @ self.tables[-1].weight.T


def torch_learning(rows: int, rounds: int) -> float:
    """Seconds of one of PyTorch's updates."""
    net, (words, mask, question, answers) = Net(), map(torch.from_numpy, task(rows))
    optimiser = torch.optim.SGD(net.parameters(), RATE)

    def work() -> None:
        optimiser.zero_grad()
        logits = net(words, mask, question)
        functional.cross_entropy(logits, answers[:, 0], reduction="sum").backward()
        nn.utils.clip_grad_norm_(net.parameters(), CLIP)
        optimiser.step()

    return best({"": work}, rounds)[""]


def torch_answering(rows: int, rounds: int) -> float:
    """Seconds in which PyTorch answers so many questions at once."""
    net, (words, mask, question, _) = Net(), map(torch.from_numpy, task(rows))

    def work() -> None:
        with torch.inference_mode():
            net(words, mask, question).argmax(1)

    return best({"": work}, rounds)[""]


RACES = (
    Race("learning, 32 stories", learning, torch_learning, 32, 32),
    Race("answering, 32 at once", answering, torch_answering, 32, 32),
    Race("answering, one at a time", answering, torch_answering, 1, 1),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    run_races(f"stories of {SENTENCES} sentences", RACES, parser.parse_args().rounds)


if __name__ == "__main__":
    main()

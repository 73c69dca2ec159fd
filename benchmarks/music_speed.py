"""Frames of music learned and composed per second, against the same networks in PyTorch.

An LSTM with notes for themselves, a NADE or a restricted Boltzmann machine on top, of the sizes of
the recipes. PyTorch has its own LSTM for learning, and the loops over notes and Gibbs steps that
its users write; of frames of 88 bits nothing but the time is compared. Both run in processes of
their own, PyTorch in one as its users run it and in one with the C library told to keep freed
memory.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import torch
from side_by_side import as_reverie_does, best, elsewhere, load, repeat
from torch.nn import functional

from reverie.codecs.tune import KEYS
from reverie.concepts import Example
from reverie.recipes.rnn_nade import Config
from reverie.rollout import nothing, rollout
from reverie.runtime import keep_freed_memory
from reverie.samplers import Sample, keys_of
from reverie.tasks.music.build import roll_model
from reverie.training.beginnings import Reset
from reverie.training.build import build_optimiser, build_parametrisation, build_rate
from reverie.training.contrastive import ContrastiveDivergence
from reverie.training.mesh import global_mesh
from reverie.training.objectives import TeacherForcing
from reverie.training.update import Update

NETWORK, LEARNING = Config().network, Config().training
H, U, GIBBS = NETWORK.hidden, NETWORK.units, LEARNING.gibbs
ROWS, LENGTH, COMPOSED = LEARNING.lanes, LEARNING.length + LEARNING.context, 128
"""Excerpts of a batch and their frames, and frames of a piece that is composed."""
KINDS = ("independent", "nade", "rbm")
SAMPLED = 25
"""Gibbs steps of a frame that is composed."""


def rolls() -> np.ndarray:
    """Frames with four notes on average."""
    return (np.random.default_rng(0).random((ROWS, LENGTH, KEYS)) < 4 / KEYS).astype(np.float32)


def model(kind: str):
    """The network, untrained."""
    return roll_model(replace(NETWORK, notes=kind), rng=np.random.default_rng(0))


def learning(kind: str, rounds: int) -> float:
    """Seconds of one of Reverie's updates."""
    made = Update(
        ContrastiveDivergence(GIBBS) if kind == "rbm" else TeacherForcing(),
        build_optimiser(LEARNING),
        build_rate(LEARNING),
        global_mesh(),
        ROWS * LENGTH,
        Reset(),
        LEARNING.clip_norm,
    )
    learner = made.begin(build_parametrisation(LEARNING, model(kind)), ROWS, jax.random.key(0))
    batch = Example(jnp.asarray(rolls()), jnp.ones((ROWS, LENGTH), bool))
    batch = batch._replace(weights=jnp.ones((ROWS, LENGTH)))
    rest = jnp.array(True), jnp.zeros((1, 3)), jnp.ones(()), jax.random.key(1)
    work = repeat(jax.jit(made.__call__), learner, batch, *rest)
    return best({"": work}, rounds)[""]


def composing(kind: str, count: int, rounds: int) -> float:
    """Seconds in which so many pieces are composed."""
    made = model(kind)

    @jax.jit
    def draw(keys):
        def one(key):
            return rollout(made, Sample(), COMPOSED, key=key, record=nothing, score=False).values

        return jax.vmap(one)(keys)

    return best({"": lambda: draw(keys_of(0, count)).block_until_ready()}, rounds)[""]


class Net(torch.nn.Module):
    """The same network as a PyTorch user would write it."""

    def __init__(self, kind: str):
        super().__init__()
        self.kind = kind
        self.lstm = torch.nn.LSTM(KEYS, H, batch_first=True)
        self.visible, self.hidden = torch.nn.Linear(H, KEYS), torch.nn.Linear(H, U)
        self.W = torch.nn.Parameter(0.01 * torch.randn(U, KEYS))
        self.V = torch.nn.Parameter(0.01 * torch.randn(KEYS, U))

    def losses(self, values):
        """The loss of each frame; of an RBM what has the gradient of contrastive divergence."""
        first = torch.zeros_like(values[:, :1])
        outs = functional.dropout(self.lstm(torch.cat([first, values[:, :-1]], 1))[0], 0.5)
        b = self.visible(outs)
        if self.kind == "independent":
            return functional.binary_cross_entropy_with_logits(b, values, reduction="none").sum(-1)
        c = self.hidden(outs)
        if self.kind == "nade":
            return self.nade(b, c, values)
        with torch.no_grad():
            fantasies = self.gibbs(b, c, values, GIBBS)
        return self.free_energy(b, c, values) - self.free_energy(b, c, fantasies)

    def nade(self, b, c, values):
        """-log p of each frame, note by note."""
        logits = []
        for i in range(KEYS):
            logits.append(b[..., i] + torch.sigmoid(c) @ self.V[i])
            c = c + values[..., i : i + 1] * self.W[:, i]
        together = torch.stack(logits, -1)
        return functional.binary_cross_entropy_with_logits(together, values, reduction="none").sum(
            -1
        )

    def free_energy(self, b, c, values):
        return -(b * values).sum(-1) - functional.softplus(c + values @ self.W.T).sum(-1)

    def gibbs(self, b, c, values, steps: int):
        for _ in range(steps):
            hidden = torch.bernoulli(torch.sigmoid(c + values @ self.W.T))
            values = torch.bernoulli(torch.sigmoid(b + hidden @ self.W))
        return values

    @torch.inference_mode()
    def compose(self, count: int):
        """Pieces, frame by frame."""
        values, state, found = torch.zeros(count, KEYS), None, []
        for _ in range(COMPOSED):
            out, state = self.lstm(values[:, None], state)
            values = self.draw(out[:, 0])
            found.append(values)
        return torch.stack(found, 1)

    def draw(self, out):
        b = self.visible(out)
        if self.kind == "independent":
            return torch.bernoulli(torch.sigmoid(b))
        c = self.hidden(out)
        if self.kind == "rbm":
            return self.gibbs(b, c, torch.zeros_like(b), SAMPLED)
        bits = []
        for i in range(KEYS):
            bits.append(torch.bernoulli(torch.sigmoid(b[:, i] + torch.sigmoid(c) @ self.V[i])))
            c = c + bits[-1][:, None] * self.W[:, i]
        return torch.stack(bits, -1)


def torch_learning(kind: str, rounds: int) -> float:
    """Seconds of one of PyTorch's updates, by Adam, with a clipped gradient."""
    net, values = Net(kind), torch.from_numpy(rolls())
    optimiser = torch.optim.Adam(net.parameters())

    def work():
        optimiser.zero_grad()
        net.losses(values).mean().backward()
        torch.nn.utils.clip_grad_norm_(
            [p for p in net.parameters() if p.grad is not None], LEARNING.clip_norm
        )
        optimiser.step()

    return best({"": work}, rounds)[""]


def torch_composing(kind: str, count: int, rounds: int) -> float:
    """Seconds in which so many pieces are composed."""
    net = Net(kind)
    return best({"": lambda: net.compose(count)}, rounds)[""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"frames a second, the best of {rounds} ({load()})")
    print(f"{'':<36}{'Reverie':>10}{'PyTorch':>10}{'kept':>10}{'ratio':>8}")
    with (
        elsewhere(as_reverie_does) as ours,
        elsewhere() as plain,
        elsewhere(keep_freed_memory) as kept,
    ):
        for kind in KINDS:
            own = ours.submit(learning, kind, rounds).result()
            theirs = [s.submit(torch_learning, kind, rounds).result() for s in (plain, kept)]
            show(f"learning, {kind}", ROWS * LENGTH, own, *theirs)
        for kind in KINDS:
            for count in (1, 32):
                own = ours.submit(composing, kind, count, rounds).result()
                theirs = [
                    side.submit(torch_composing, kind, count, rounds).result()
                    for side in (plain, kept)
                ]
                show(f"composing {count}, {kind}", COMPOSED * count, own, *theirs)
    print(load())


def show(name: str, frames: int, own: float, plain: float, kept: float) -> None:
    speeds = "".join(f"{frames / each:>10,.0f}" for each in (own, plain, kept))
    print(f"{name:<36}{speeds}{min(plain, kept) / own:>8.2f}", flush=True)


if __name__ == "__main__":
    main()

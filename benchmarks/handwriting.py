"""Points per second of training synthesis, and lines written per second, against PyTorch.

Both networks are Graves's: layers of LSTM with peepholes and skips, the window in the first.
PyTorch's has its input products hoisted out of the loops and no clipped derivatives, which
costs it less. A line of 40 characters is 1000 steps on either side. PyTorch runs in processes
of its own, as its users run it and with the C library told to keep freed memory.
"""

from __future__ import annotations

import argparse
import math

import jax
import jax.numpy as jnp
import numpy as np
import torch
from side_by_side import as_reverie_does, best, elsewhere, load, repeat

from reverie.concepts import Condition, Example, Memory
from reverie.data.dataset import InMemory
from reverie.rollout import nothing, rollout, stream
from reverie.runtime import keep_freed_memory
from reverie.samplers import Sample
from reverie.tasks.handwriting.build import window_model
from reverie.tasks.handwriting.options import WindowNetwork
from reverie.training.mesh import global_mesh
from reverie.training.objectives import TeacherForcing
from reverie.training.optimisers import adam
from reverie.training.parametrisations import Direct
from reverie.training.schedules import Constant
from reverie.training.sequences import SequenceReader
from reverie.training.update import Update

V, M, K = 80, 20, 10
CHARACTERS, STEPS = 40, 1000


def told(rng: np.random.Generator) -> Condition:
    letters = np.eye(V, dtype=np.float32)[rng.integers(V, size=CHARACTERS)]
    return Condition(memory=Memory(letters, letters, np.ones(CHARACTERS, bool)))


def network(layers: int, hidden: int):
    shape = WindowNetwork(layers=layers, hidden=hidden, components=M, gaussians=K)
    return window_model(shape, V, rng=np.random.default_rng(0))


def update(layers: int, hidden: int, rows: int, length: int):
    """One update, as `reverie train` makes it, and its arguments."""
    rng = np.random.default_rng(0)
    values = [
        (
            rng.normal(size=(length, 2)).astype(np.float32),
            (rng.random((length, 1)) < 0.05).astype(np.float32),
        )
        for _ in range(rows)
    ]
    reader = SequenceReader(InMemory([Example(v, source=told(rng)) for v in values]), rows)
    made = Update(
        TeacherForcing(), adam(), Constant(1e-3), global_mesh(), reader.elements, reader.beginning
    )
    learner = made.begin(Direct(network(layers, hidden)), rows, jax.random.key(0))
    batch = jax.tree.map(jnp.asarray, reader.batch(np.arange(rows)).examples)
    rest = (jnp.array(True), jnp.zeros((1, 3)), jnp.ones(()), jax.random.key(1))
    return jax.jit(made.__call__), (learner, batch, *rest)


def training(layers: int, hidden: int, rows: int, length: int):
    """The update again and again."""
    step, arguments = update(layers, hidden, rows, length)
    return repeat(step, *arguments)


def writing(layers: int, hidden: int, rows: int):
    """`rows` lines at once."""
    model, condition = network(layers, hidden), told(np.random.default_rng(0))
    keys = jax.random.split(jax.random.key(0), rows)
    if rows > 1:
        how = {"condition": condition, "chunk": STEPS, "limit": STEPS, "score": False}
        return lambda: list(stream(model, Sample(0.5), key=keys, **how))

    @jax.jit
    def line(model, key):
        return rollout(
            model, Sample(0.5), STEPS, key=key, condition=condition, record=nothing, score=False
        ).values

    return lambda: jax.block_until_ready(line(model, keys[0]))


class Cell(torch.nn.Module):
    """Peepholes; what recurs is `wide`, the inputs come as one product."""

    def __init__(self, inputs: int, hidden: int, wide: int):
        super().__init__()
        self.inputs = torch.nn.Linear(inputs, 4 * hidden)
        self.recurrent = torch.nn.Linear(wide, 4 * hidden, bias=False)
        self.peep = torch.nn.Parameter(torch.zeros(3, hidden))

    def forward(self, a, r, c):
        i, f, g, o = (a + self.recurrent(r)).chunk(4, -1)
        i, f = torch.sigmoid(i + self.peep[0] * c), torch.sigmoid(f + self.peep[1] * c)
        c = f * c + i * torch.tanh(g)
        return torch.sigmoid(o + self.peep[2] * c) * torch.tanh(c), c


class Synthesis(torch.nn.Module):
    """Graves's network."""

    def __init__(self, layers: int, hidden: int):
        super().__init__()
        self.hidden = hidden
        above = [Cell(3 + hidden + V, hidden, hidden) for _ in range(layers - 1)]
        self.cells = torch.nn.ModuleList([Cell(3, hidden, hidden + V), *above])
        self.window = torch.nn.Linear(hidden, 3 * K)
        torch.nn.init.constant_(self.window.bias[2 * K :], math.log(0.04))
        self.pen = torch.nn.Linear(layers * hidden, 6 * M + 1)

    def read(self, h, kappa, text):
        alpha, beta, step = torch.exp(self.window(h)).chunk(3, -1)
        kappa = kappa + step
        u = torch.arange(1, text.shape[1] + 1)
        phi = (alpha[..., None] * torch.exp(-beta[..., None] * (kappa[..., None] - u) ** 2)).sum(1)
        return kappa, (phi[:, None] @ text)[:, 0]

    def forward(self, xs, text):
        """(B, T, 3) and one-hot texts (B, U, V) to (B, T, 6 M + 1), each layer over all steps."""
        rows = xs.shape[0]
        h = c = xs.new_zeros(rows, self.hidden)
        w, kappa = xs.new_zeros(rows, V), xs.new_zeros(rows, K)
        hs, ws = [], []
        for a in self.cells[0].inputs(xs).unbind(1):
            h, c = self.cells[0](a, torch.cat([h, w], -1), c)
            kappa, w = self.read(h, kappa, text)
            hs.append(h)
            ws.append(w)
        outs, read = [torch.stack(hs, 1)], torch.stack(ws, 1)
        for cell in self.cells[1:]:
            h = c = xs.new_zeros(rows, self.hidden)
            hs = []
            for a in cell.inputs(torch.cat([xs, outs[-1], read], -1)).unbind(1):
                h, c = cell(a, h, c)
                hs.append(h)
            outs.append(torch.stack(hs, 1))
        return self.pen(torch.cat(outs, -1))

    def loss(self, xs, text):
        before = torch.cat([torch.zeros_like(xs[:, :1]), xs[:, :-1]], 1)
        numbers = self(before, text)
        weights, mu1, mu2, s1, s2, r = numbers[..., 1:].chunk(6, -1)
        rho = torch.tanh(r) * 0.9999
        d1, d2 = (xs[..., :1] - mu1) / torch.exp(s1), (xs[..., 1:2] - mu2) / torch.exp(s2)
        z = (d1**2 + d2**2 - 2 * rho * d1 * d2) / (1 - rho**2)
        log_n = -z / 2 - math.log(2 * math.pi) - s1 - s2 - torch.log(1 - rho**2) / 2
        nats = -torch.logsumexp(torch.log_softmax(weights, -1) + log_n, -1)
        bits = torch.nn.functional.binary_cross_entropy_with_logits(
            numbers[..., 0], xs[..., 2], reduction="none"
        )
        return (nats + bits).mean()

    @torch.inference_mode()
    def write(self, rows: int, text):
        """The plain loop, at bias 0.5."""
        x, w, kappa = torch.zeros(rows, 3), torch.zeros(rows, V), torch.zeros(rows, K)
        states = [(torch.zeros(rows, self.hidden),) * 2 for _ in self.cells]
        found, each = [], torch.arange(rows)
        for _ in range(STEPS):
            h, c = states[0]
            h, c = self.cells[0](self.cells[0].inputs(x), torch.cat([h, w], -1), c)
            kappa, w = self.read(h, kappa, text)
            states[0], outs = (h, c), [h]
            for n, cell in enumerate(self.cells[1:], 1):
                a = cell.inputs(torch.cat([x, outs[-1], w], -1))
                states[n] = cell(a, *states[n])
                outs.append(states[n][0])
            numbers = self.pen(torch.cat(outs, -1))
            weights, mu1, mu2, s1, s2, r = numbers[:, 1:].chunk(6, -1)
            j = torch.multinomial(torch.softmax(weights * 1.5, -1), 1)[:, 0]
            rho, e = torch.tanh(r[each, j]), torch.randn(2, rows)
            x1 = mu1[each, j] + torch.exp(s1[each, j] - 0.5) * e[0]
            second = rho * e[0] + torch.sqrt(1 - rho**2) * e[1]
            x2 = mu2[each, j] + torch.exp(s2[each, j] - 0.5) * second
            bit = (torch.rand(rows) < torch.sigmoid(numbers[:, 0] * 1.5)).float()
            x = torch.stack([x1, x2, bit], -1)
            found.append(x)
        return torch.stack(found, 1)


def pytorch_training(layers: int, hidden: int, rows: int, length: int) -> float:
    """Seconds of an update, on one thread or two, whichever is faster."""
    net = Synthesis(layers, hidden)
    optimiser = torch.optim.Adam(net.parameters())
    xs = torch.cat([torch.randn(rows, length, 2), (torch.rand(rows, length, 1) < 0.05).float()], -1)
    text = torch.eye(V)[torch.randint(V, (rows, CHARACTERS))]

    def work(threads: int):
        def run():
            torch.set_num_threads(threads)
            optimiser.zero_grad()
            net.loss(xs, text).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()

        return run

    return min(best({str(threads): work(threads) for threads in (1, 2)}, rounds=3).values())


def pytorch_writing(layers: int, hidden: int, rows: int) -> float:
    """Seconds of `rows` lines at once."""
    net, text = Synthesis(layers, hidden), torch.eye(V)[torch.randint(V, (1, CHARACTERS))]
    text = text.expand(rows, -1, -1)

    def work(threads: int):
        def run():
            torch.set_num_threads(threads)
            net.write(rows, text)

        return run

    return min(best({str(threads): work(threads) for threads in (1, 2)}, rounds=3).values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--hidden", type=int, nargs="+", default=[200, 400])
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--length", type=int, default=300)
    asked = parser.parse_args()
    as_reverie_does()
    print(f"best of several ({load()})")
    with elsewhere() as plain, elsewhere(keep_freed_memory) as keeping:
        for hidden in asked.hidden:
            shape, name = (asked.layers, hidden), f"{asked.layers}x{hidden}"
            sizes = (*shape, asked.rows, asked.length)
            points = asked.rows * asked.length
            ours = best({"": training(*sizes)}, rounds=3)[""]
            theirs = plain.submit(pytorch_training, *sizes).result()
            kept = keeping.submit(pytorch_training, *sizes).result()
            print(
                f"{name} training, {asked.rows} lines of {asked.length}: reverie "
                f"{points / ours:,.0f} points/s, PyTorch {points / theirs:,.0f} "
                f"({points / kept:,.0f} with kept memory): {theirs / ours:.1f} ({kept / ours:.1f})",
                flush=True,
            )
            for rows in (1, 32):
                ours = best({"": writing(*shape, rows)}, rounds=3)[""]
                theirs = plain.submit(pytorch_writing, *shape, rows).result()
                print(
                    f"{name} writing, {rows} at once: reverie {rows / ours:.2f} lines/s, "
                    f"PyTorch {rows / theirs:.2f}: {theirs / ours:.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()

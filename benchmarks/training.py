"""Characters per second of a whole training step: Reverie against the same model in PyTorch.

PyTorch runs in processes of its own: in one as its users run it, in another with the C library
told to keep freed memory, which Reverie does for itself and which makes PyTorch faster too.
"""

from __future__ import annotations

import argparse

import jax
import jax.numpy as jnp
import numpy as np
import torch
from products import machine_rate
from side_by_side import as_reverie_does, best, elsewhere, load, repeat

from reverie.cells import LSTM
from reverie.cores import Stack
from reverie.data.lanes import Lanes, Position
from reverie.emissions import CategoricalHead
from reverie.feedbacks import OneHot
from reverie.model import SequenceModel
from reverie.runtime import keep_freed_memory
from reverie.training.batches import LaneReader
from reverie.training.mesh import global_mesh
from reverie.training.objectives import TeacherForcing
from reverie.training.optimisers import adam
from reverie.training.parametrisations import Direct, MixedPrecision
from reverie.training.schedules import Constant
from reverie.training.update import Update

V = 65


def update(model: SequenceModel, rows: int, length: int, bfloat16: bool = False):
    """One update, as `reverie train` makes it, and its arguments."""
    values = np.random.default_rng(0).integers(0, V, 4 * rows * length).astype(np.int32)
    reader = LaneReader(Lanes(values, rows, length))
    made = Update(
        TeacherForcing(), adam(), Constant(1e-3), global_mesh(), reader.elements, clip_norm=1.0
    )
    learned = MixedPrecision(Direct(model)) if bfloat16 else Direct(model)
    learner = made.begin(learned, rows, jax.random.key(0))
    batch = jax.tree.map(jnp.asarray, reader.at(Position())[0].examples)
    rest = (jnp.array(False), jnp.zeros((1, 3)), jnp.ones(()), jax.random.key(1))
    return jax.jit(made.__call__), (learner, batch, *rest)


def reverie(
    layers: int, hidden: int, rows: int, length: int, peepholes: bool, bfloat16: bool = False
):
    """The update again and again."""
    rng = np.random.default_rng(0)
    cells = [
        LSTM(V if k == 0 else hidden, hidden, rng=rng, peepholes=peepholes) for k in range(layers)
    ]
    model = SequenceModel(OneHot(V), Stack(tuple(cells)), CategoricalHead(hidden, V, rng=rng))
    step, arguments = update(model, rows, length, bfloat16)
    return repeat(step, *arguments)


class Plainly(torch.nn.Module):
    """nn.LSTM and a softmax."""

    def __init__(self, layers: int, hidden: int):
        super().__init__()
        self.core = torch.nn.LSTM(V, hidden, layers, batch_first=True)
        self.out = torch.nn.Linear(hidden, V)

    def forward(self, x):
        return self.out(self.core(x)[0])


class Peepholes(torch.nn.Module):
    """A cell of one's own with its input product hoisted out of the loop."""

    def __init__(self, layers: int, hidden: int):
        super().__init__()
        sizes = [V] + [hidden] * (layers - 1)
        self.inputs = torch.nn.ModuleList([torch.nn.Linear(s, 4 * hidden) for s in sizes])
        self.recurrent = torch.nn.ModuleList(
            [torch.nn.Linear(hidden, 4 * hidden, bias=False) for _ in sizes]
        )
        self.p = torch.nn.Parameter(torch.zeros(layers, 3, hidden))
        self.hidden, self.out = hidden, torch.nn.Linear(hidden, V)

    def forward(self, x):
        for inputs, recurrent, p in zip(self.inputs, self.recurrent, self.p, strict=True):
            a = inputs(x)
            h = c = x.new_zeros(len(x), self.hidden)
            outs = []
            for t in range(x.shape[1]):
                i, f, z, o = (a[:, t] + recurrent(h)).chunk(4, -1)
                c = torch.sigmoid(f + p[1] * c) * c + torch.sigmoid(i + p[0] * c) * torch.tanh(z)
                h = torch.sigmoid(o + p[2] * c) * torch.tanh(c)
                outs.append(h)
            x = torch.stack(outs, 1)
        return self.out(x)


def pytorch(
    layers: int,
    hidden: int,
    rows: int,
    length: int,
    peepholes: bool,
    bfloat16: bool,
    threads: int,
):
    """The same update in PyTorch."""
    net = (Peepholes if peepholes else Plainly)(layers, hidden)
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    y = torch.randint(0, V, (rows, length + 1))
    one_hot = torch.eye(V)

    def work():
        torch.set_num_threads(threads)
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = net(one_hot[y[:, :-1]])
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), y[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()

    return work


def flops(layers: int, hidden: int, rows: int, length: int) -> float:
    """Of the matrix products of one update, forward and backward."""
    weights = V * hidden + sum(
        4 * hidden * ((V if k == 0 else hidden) + hidden) for k in range(layers)
    )
    return 6.0 * weights * rows * length


def pytorch_times(shape: tuple[int, int, int, int], peepholes: bool, bfloat16: bool, rounds: int):
    """Seconds of an update by number of threads."""
    return best({n: pytorch(*shape, peepholes, bfloat16, n) for n in (1, 2)}, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    as_reverie_does()
    peak = machine_rate()
    print(f"characters per second, best of {rounds} ({load()}); matrix product {peak:.0f} GF/s")
    with elsewhere() as plain, elsewhere(keep_freed_memory) as keeping:
        for layers, hidden, rows, length, peepholes, bfloat16 in (
            (1, 256, 32, 64, False, False),
            (2, 512, 64, 64, False, False),
            (1, 256, 32, 64, True, False),
            (2, 512, 64, 64, True, False),
            (1, 256, 32, 64, False, True),
            (2, 512, 64, 64, False, True),
        ):
            shape = (layers, hidden, rows, length)
            ours = best({"": reverie(*shape, peepholes, bfloat16)}, rounds)[""]
            line = f"{layers}x{hidden} B {rows} T {length}{' peepholes' * peepholes}"
            line += f"{' bfloat16' * bfloat16}:"
            line += f" reverie {rows * length / ours:.0f} "
            line += f"({flops(*shape) / ours / 1e9 / peak:.0%} of the product rate)"
            for name, pool in (("PyTorch", plain), ("PyTorch, memory kept", keeping)):
                times = pool.submit(pytorch_times, shape, peepholes, bfloat16, rounds).result()
                rates = ", ".join(f"{rows * length / t:.0f} ({n})" for n, t in times.items())
                line += f" | {name} {rates}, ratio {min(times.values()) / ours:.2f}"
            print(line, flush=True)
    print(f"in brackets: threads; {load()}")


if __name__ == "__main__":
    main()

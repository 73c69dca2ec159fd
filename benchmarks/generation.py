"""Symbols generated per second: Reverie's loop against PyTorch's fastest plain loop.

One sequence, or several as `reverie sample --count` makes them. PyTorch runs in a process of its
own, as its users run it. In bfloat16 both have their weights in it; Reverie is measured without the
package reverie-native and, where it is installed, with.
"""

from __future__ import annotations

import sys

import jax
import numpy as np
import torch
from side_by_side import as_reverie_does, best, elsewhere, load

from reverie.cells import LSTM
from reverie.cores import Stack
from reverie.emissions import CategoricalHead
from reverie.feedbacks import OneHot
from reverie.layers import round_matrices
from reverie.model import SequenceModel
from reverie.products import has_native
from reverie.rollout import nothing, rollout, stream
from reverie.samplers import Sample

V = 65


def reverie(layers: int, hidden: int, rows: int, steps: int, bfloat16: bool = False):
    """A compiled generator of `steps` symbols in each of `rows` sequences."""
    rng = np.random.default_rng(0)
    cells = [LSTM(V if k == 0 else hidden, hidden, rng=rng) for k in range(layers)]
    model = SequenceModel(OneHot(V), Stack(tuple(cells)), CategoricalHead(hidden, V, rng=rng))
    model = round_matrices(model) if bfloat16 else model

    if rows > 1:
        keys = jax.random.split(jax.random.key(0), rows)
        return lambda: list(stream(model, Sample(), key=keys, chunk=steps, limit=steps))
    one = jax.jit(
        lambda model, key: rollout(model, Sample(), steps, key=key, record=nothing).values
    )
    key = jax.random.key(0)
    return lambda: one(model, key).block_until_ready()


class Net(torch.nn.Module):
    """The same model as a PyTorch user would write it."""

    def __init__(self, layers: int, hidden: int, cells: bool, dtype: torch.dtype):
        super().__init__()
        if cells:
            sizes = [V] + [hidden] * (layers - 1)
            self.core = torch.nn.ModuleList([torch.nn.LSTMCell(s, hidden) for s in sizes])
        else:
            self.core = torch.nn.LSTM(V, hidden, layers, batch_first=True)
        self.out = torch.nn.Linear(hidden, V)
        self.to(dtype)

    @torch.inference_mode()
    def generate(self, rows: int, steps: int) -> torch.Tensor:
        one_hot = torch.eye(V, dtype=self.out.weight.dtype)
        x, found = one_hot.new_zeros(rows, V), []
        state = None if isinstance(self.core, torch.nn.LSTM) else [None] * len(self.core)
        for _ in range(steps):
            if isinstance(self.core, torch.nn.LSTM):
                h, state = self.core(x[:, None], state)
                h = h[:, 0]
            else:
                h = x
                for k, cell in enumerate(self.core):
                    state[k] = cell(h, state[k])
                    h = state[k][0]
            y = torch.multinomial(torch.softmax(self.out(h).float(), -1), 1)[:, 0]
            x = one_hot[y]
            found.append(y)
        return torch.stack(found, 1)


def pytorch(
    layers: int, hidden: int, rows: int, steps: int, bfloat16: bool = False, rounds: int = 7
) -> dict[str, float]:
    """Seconds of every way that PyTorch has, by name."""

    def work(net: Net, threads: int):
        def run():
            torch.set_num_threads(threads)
            net.generate(rows, steps)

        return run

    dtype = torch.bfloat16 if bfloat16 else torch.float32
    nets = {
        "nn.LSTM": Net(layers, hidden, False, dtype),
        "LSTMCell": Net(layers, hidden, True, dtype),
    }
    return best(
        {
            f"{name}, {threads} thread{'s' * (threads > 1)}": work(net, threads)
            for name, net in nets.items()
            for threads in (1, 2)
        },
        rounds,
    )


def seconds_of(shape: tuple[int, int, int, int], bfloat16: bool = False, rounds: int = 7) -> float:
    """Of Reverie's `steps`."""
    return best({"": reverie(*shape, bfloat16)}, rounds)[""]


def without_native() -> None:
    """Prepares a process in which the package reverie-native cannot be imported."""
    sys.modules["reverie_native"] = None  # type: ignore[assignment]
    as_reverie_does()


def main() -> None:
    as_reverie_does()
    print(f"microseconds a step, best of several ({load()}); V {V}, drawing included")
    shapes = (2, 128, 1, 1000), (3, 512, 1, 300), (2, 128, 64, 512), (3, 512, 64, 128)
    with (
        elsewhere() as process,
        elsewhere(without_native) as plain,
        elsewhere(as_reverie_does) as native,
    ):
        ways = {"single": (plain, False), "bfloat16": (plain, True)}
        if native.submit(has_native).result():
            ways["single, native"] = (native, False)
            ways["bfloat16, native"] = (native, True)
        for shape in shapes:
            layers, hidden, rows, steps = shape
            theirs = {
                name: process.submit(pytorch, *shape, name == "bfloat16").result()
                for name in ("single", "bfloat16")
            }
            print(f"{layers}x{hidden}, {rows} at once")
            for name, times in theirs.items():
                each = (f"{way} {t / steps * 1e6:.0f}" for way, t in times.items())
                print(f"  PyTorch {name + ':':10} {', '.join(each)}")
            single, rounded = (min(times.values()) for times in theirs.values())
            for name, (pool, bfloat16) in ways.items():
                ours = pool.submit(seconds_of, shape, bfloat16).result()
                fastest = min(single, rounded) if bfloat16 else single
                print(
                    f"  reverie {name + ':':17} {ours / steps * 1e6:.1f}, "
                    f"{fastest / ours:.1f} times PyTorch's fastest"
                    + f" in either precision, {single / ours:.1f} in single"
                    * bfloat16,
                    flush=True,
                )
    print(load())


if __name__ == "__main__":
    main()

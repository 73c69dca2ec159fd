"""Captions learned and told per second, against the same network in PyTorch.

Both are given what the convolutional network saw: 49 places of 1,280 features. The decoder is the
recipe's, with gated attention, at the sizes used for photographs. Searching, both have the same
weights and must find the same captions, cut at `LIMIT` words. They run in processes of their own;
PyTorch in one as its users run it and in one with the C library told to keep freed memory.
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

from reverie.codecs.captions import Captions
from reverie.codecs.words import Words
from reverie.concepts import Example
from reverie.encoders.visual import Features
from reverie.recipes.captions import Config
from reverie.runtime import keep_freed_memory
from reverie.search.sources import SearchSettings, search_sources
from reverie.tasks.captions.build import captioner
from reverie.tasks.captions.options import CaptionNetwork
from reverie.training.beginnings import Reset
from reverie.training.build import build_optimiser, build_parametrisation, build_rate
from reverie.training.mesh import global_mesh
from reverie.training.objectives import TeacherForcing
from reverie.training.update import Update

NETWORK = CaptionNetwork(encoder="features", dropout=0.5)
V, X, H, D, C, S = 1000, NETWORK.embedding, NETWORK.hidden, NETWORK.width, 1280, 49
ROWS, LENGTH, LIMIT, WIDTH = 64, 14, 16, 3
"""Captions of a batch and their words; words of a caption that is told, and the beam."""


def model():
    """The network, untrained."""
    words = Words(("<eos>", "<unk>", *(f"w{n}" for n in range(V - 2))))
    return captioner(NETWORK, Captions(words, 0, C), rng=np.random.default_rng(0))


def pictures(count: int) -> np.ndarray:
    """What was seen in some pictures: features of EfficientNet-Lite0 are from 0 to 6, most 0."""
    drawn = np.random.default_rng(1).normal(-1, 1.5, (count, S, C))
    return np.clip(drawn, 0, 6).astype(np.float32)


def sources(count: int) -> Features:
    """The same, stacked."""
    return Features(jnp.asarray(pictures(count)), jnp.ones((count, S), bool))


def learning(optimiser: str, rounds: int) -> float:
    """Seconds of one of Reverie's updates, as the recipe makes them or by Adam, as PyTorch's."""
    training = replace(Config().training, optimiser=optimiser)
    made = Update(
        TeacherForcing(),
        build_optimiser(training),
        build_rate(training),
        global_mesh(),
        ROWS * LENGTH,
        Reset(),
        training.clip_norm,
    )
    learner = made.begin(build_parametrisation(training, model()), ROWS, jax.random.key(0))
    values = jnp.asarray(np.random.default_rng(0).integers(0, V, (ROWS, LENGTH)), jnp.int32)
    batch = Example(values, jnp.ones((ROWS, LENGTH), bool), source=sources(ROWS))
    rest = jnp.array(True), jnp.zeros((1, 3)), jnp.ones(()), jax.random.key(1)
    work = repeat(jax.jit(made.__call__), learner, batch, *rest)
    return best({"": work}, rounds)[""]


def telling(count: int, rounds: int) -> tuple[float, list[list[int]]]:
    """Seconds in which so many pictures are captioned, and the best captions."""
    models, given = (model(),), sources(count)
    settings = SearchSettings(WIDTH, 0.0)

    def work():
        return search_sources(models, given, 0, LIMIT, settings)

    found = [each[0].values.tolist() for each in work()]
    return best({"": work}, rounds)[""], found


class Net(torch.nn.Module):
    """The same network as a PyTorch user would write it."""

    def __init__(self):
        super().__init__()
        self.project, self.first = torch.nn.Linear(C, D), torch.nn.Linear(D, 2 * H)
        self.table = torch.nn.Embedding(V, X)
        self.query = torch.nn.Linear(H, H, bias=False)
        self.keys = torch.nn.Linear(D, H, bias=False)
        self.v = torch.nn.Linear(H, 1, bias=False)
        self.gate = torch.nn.Linear(H, 1)
        self.cell = torch.nn.LSTMCell(X + D, H)
        self.deep, self.out = torch.nn.Linear(H + D, X), torch.nn.Linear(X, V)

    def see(self, features):
        """Features (B, S, C) to places, keys and the first state."""
        if self.training:
            features = features * functional.dropout(torch.ones_like(features[:, :1]), 0.5)
        places = functional.relu(self.project(features))
        return places, self.keys(places), torch.tanh(self.first(places.mean(1))).chunk(2, -1)

    def step(self, x, state, places, keys):
        """One step of the decoder: what comes out, and the next state."""
        h = state[0]
        energies = self.v(torch.tanh(self.query(h)[:, None] + keys))[..., 0]
        alpha = torch.sigmoid(self.gate(h)) * torch.softmax(energies, -1)
        context = torch.bmm(alpha[:, None], places)[:, 0]
        h, c = self.cell(torch.cat([x, context], -1), state)
        return torch.cat([h, context], -1), (h, c)

    def head(self, out):
        """Logits of what comes out."""
        return self.out(torch.tanh(self.deep(out)))

    def losses(self, features, values):
        """-log p of each word."""
        places, keys, state = self.see(features)
        first = torch.zeros(len(values), 1, X)
        xs = torch.cat([first, self.table(values[:, :-1])], 1)
        xs = xs * functional.dropout(torch.ones_like(xs[:, :1]), 0.5)
        outs = []
        for t in range(values.shape[1]):
            out, state = self.step(xs[:, t], state, places, keys)
            outs.append(out)
        together = torch.stack(outs, 1)
        together = together * functional.dropout(torch.ones_like(together[:, :1]), 0.5)
        return functional.cross_entropy(self.head(together).flatten(0, 1), values.flatten())

    def load(self, arrays) -> None:
        """Takes Reverie's weights."""
        bridge, cell, score, gate, F, head, table, linear = arrays
        pairs = {
            self.project.weight: linear[0],
            self.project.bias: linear[1],
            self.first.weight: bridge[0],
            self.first.bias: bridge[1],
            self.table.weight: table,
            self.query.weight: cell[0][4 * H :],
            self.keys.weight: score[0],
            self.v.weight: score[1][None],
            self.gate.weight: gate[0][None],
            self.gate.bias: np.atleast_1d(gate[1]),
            self.cell.weight_ih: np.concatenate([cell[1], F], 1),
            self.cell.weight_hh: cell[0][: 4 * H],
            self.cell.bias_ih: cell[2],
            self.cell.bias_hh: 0 * cell[2],
            self.deep.weight: head[0],
            self.deep.bias: head[1],
            self.out.weight: head[2],
            self.out.bias: head[3],
        }
        with torch.no_grad():
            for parameter, array in pairs.items():
                parameter.copy_(torch.from_numpy(np.array(array)))


def weights():
    """Reverie's, as NumPy arrays."""
    made = model()
    attentive = made.core.core.layers[0]
    bridged = attentive.cell
    head = made.emission
    arrays = (
        (bridged.bridge.linear.W, bridged.bridge.linear.b),
        (bridged.cell.R, bridged.cell.W, bridged.cell.b),
        (attentive.score.U, attentive.score.v),
        (attentive.gate.w, attentive.gate.b),
        attentive.F,
        (head.linear.W, head.linear.b, head.output.W, head.output.b),
        made.feedback.E,
        (made.encoder.linear.W, made.encoder.linear.b),
    )
    return jax.tree.map(np.asarray, arrays)


def torch_learning(rounds: int) -> float:
    """Seconds of one of PyTorch's updates, by Adam, with a clipped gradient."""
    torch.manual_seed(0)
    net = Net()
    optimiser = torch.optim.Adam(net.parameters())
    features = torch.from_numpy(pictures(ROWS))
    values = torch.from_numpy(np.random.default_rng(0).integers(0, V, (ROWS, LENGTH)))

    def work():
        optimiser.zero_grad()
        net.losses(features, values).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()

    return best({"": work}, rounds)[""]


def torch_telling(arrays, count: int, rounds: int) -> tuple[float, list[list[int]]]:
    """Seconds in which so many pictures are captioned by beam search, and the best captions."""
    net = Net()
    net.load(arrays)
    net.eval()
    features = torch.from_numpy(pictures(count))

    @torch.inference_mode()
    def work():
        return torch_beam(net, features)

    return best({"": work}, rounds)[""], work()


def torch_beam(net: Net, features) -> list[list[int]]:
    """The most probable of the finished and, of none, of the unfinished captions."""
    count, W = len(features), WIDTH
    places, keys, state = net.see(features)
    places, keys = (a.repeat_interleave(W, 0) for a in (places, keys))
    state = tuple(a.repeat_interleave(W, 0) for a in state)
    scores = torch.full((count, W), -torch.inf)
    scores[:, 0] = 0
    x = torch.zeros(count * W, X)
    values = torch.zeros(count, W, 0, dtype=torch.long)
    finished: list[list[tuple[float, list[int]]]] = [[] for _ in range(count)]
    for _ in range(LIMIT):
        out, state = net.step(x, state, places, keys)
        log_probs = functional.log_softmax(net.head(out), -1).view(count, W, V)
        scores, chosen = (scores[..., None] + log_probs).view(count, -1).topk(W, -1)
        rows = (chosen // V + W * torch.arange(count)[:, None]).flatten()
        symbols = chosen % V
        values = values.view(count * W, -1)[rows].view(count, W, -1)
        values = torch.cat([values, symbols[..., None]], -1)
        for n, w in (symbols == 0).nonzero().tolist():
            finished[n].append((scores[n, w].item(), values[n, w].tolist()))
        scores = scores.masked_fill(symbols == 0, -torch.inf)
        state = tuple(a[rows] for a in state)
        x = net.table(symbols.flatten())
    live = values[torch.arange(count), scores.argmax(-1)].tolist()
    return [max(done)[1] if done else live[n] for n, done in enumerate(finished)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"milliseconds, the best of {rounds} ({load()})")
    print(f"{'':<36}{'Reverie':>9}{'PyTorch':>9}{'kept':>9}{'ratio':>8}")
    with (
        elsewhere(as_reverie_does) as ours,
        elsewhere() as plain,
        elsewhere(keep_freed_memory) as kept,
    ):
        arrays = ours.submit(weights).result()
        theirs = [side.submit(torch_learning, rounds).result() for side in (plain, kept)]
        for optimiser in ("adam", "muon"):
            own = ours.submit(learning, optimiser, rounds).result()
            show(f"an update of {ROWS} captions, {optimiser}", own, *theirs)
        for count in (1, 32):
            own, said = ours.submit(telling, count, rounds).result()
            found = [
                side.submit(torch_telling, arrays, count, rounds).result() for side in (plain, kept)
            ]
            show(f"captions of {count}, beam {WIDTH}", own, *(each for each, _ in found))
            same = sum(a == b for a, b in zip(said, found[0][1], strict=True))
            print(f"  {same} of {count} captions are the same")
    print(load())


def show(name: str, own: float, plain: float, kept: float) -> None:
    times = "".join(f"{1e3 * each:>9.1f}" for each in (own, plain, kept))
    print(f"{name:<36}{times}{min(plain, kept) / own:>8.2f}", flush=True)


if __name__ == "__main__":
    main()

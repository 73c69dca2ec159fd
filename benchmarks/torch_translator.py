"""The network and the search of the recipe `translation`, as a PyTorch user would write them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from reverie.tasks.translation.options import TranslationNetwork

NETWORK = TranslationNetwork()
V, X, H = 4000, NETWORK.embedding, NETWORK.hidden
LIMIT, WIDTH, ALPHA, END = 28, 5, 1.0, 1
"""Symbols of a translation at most, hypotheses, the length penalty, and what ends a sentence."""


class Memory(NamedTuple):
    """What the decoder looks at."""

    values: torch.Tensor
    keys: torch.Tensor
    hidden: torch.Tensor
    """True where there is nothing."""


class Net(torch.nn.Module):
    """The same network as a PyTorch user would write it."""

    def __init__(self):
        super().__init__()
        self.sources, self.targets = torch.nn.Embedding(V, X), torch.nn.Embedding(V, X)
        self.encoder = torch.nn.GRU(X, H, batch_first=True, bidirectional=True)
        self.first = torch.nn.Linear(2 * H, H)
        self.query = torch.nn.Linear(H, H, bias=False)
        self.keys = torch.nn.Linear(2 * H, H, bias=False)
        self.v = torch.nn.Parameter(torch.randn(H) / H**0.5)
        self.decoder = torch.nn.GRUCell(X + 2 * H, H)
        self.deep, self.out = torch.nn.Linear(3 * H, X), torch.nn.Linear(X, V)

    def dropped(self, xs: torch.Tensor) -> torch.Tensor:
        """One mask a sequence (B, T, D)."""
        if not self.training:
            return xs
        return xs * functional.dropout(torch.ones_like(xs[:, :1]), NETWORK.dropout)

    def read(self, sources: torch.Tensor, lengths: torch.Tensor) -> tuple[Memory, torch.Tensor]:
        """Sources (B, S) to memories and first states."""
        xs = self.dropped(self.sources(sources))
        packed = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False)
        outs, last = self.encoder(packed)
        values, _ = pad_packed_sequence(outs, batch_first=True)
        hidden = torch.arange(values.shape[1]) >= lengths[:, None]
        memory = Memory(values, self.keys(values), hidden)
        return memory, torch.tanh(self.first(torch.cat([last[0], last[1]], -1)))

    def step(
        self, x: torch.Tensor, h: torch.Tensor, memory: Memory
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(B W, X) and (B W, H) to the next h and the context; W queries for each memory."""
        rows, _, width = memory.values.shape
        asked = self.query(h).view(rows, -1, 1, H)
        energies = torch.tanh(asked + memory.keys[:, None]) @ self.v
        alpha = torch.softmax(energies.masked_fill(memory.hidden[:, None], -1e30), -1)
        context = (alpha @ memory.values).view(-1, width)
        return self.decoder(torch.cat([x, context], -1), h), context

    def logits(self, outs: torch.Tensor) -> torch.Tensor:
        return self.out(torch.tanh(self.deep(outs)))

    def forward(self, sources: torch.Tensor, lengths: torch.Tensor, targets: torch.Tensor):
        """Logits of all steps (B, T, V)."""
        memory, h = self.read(sources, lengths)
        before = functional.pad(self.targets(targets[:, :-1]), (0, 0, 1, 0))
        outs = []
        for x in self.dropped(before).unbind(1):
            h, context = self.step(x, h, memory)
            outs.append(torch.cat([h, context], -1))
        return self.logits(self.dropped(torch.stack(outs, 1)))

    @torch.inference_mode()
    def search(self, sources: torch.Tensor, lengths: torch.Tensor) -> dict[str, torch.Tensor]:
        """The best finished hypotheses, else the best others: all sentences' beams in one batch."""
        rows = len(sources)
        memory, h = self.read(sources, lengths)
        h, x = h.repeat_interleave(WIDTH, 0), torch.zeros(rows * WIDTH, X)
        begin = torch.arange(rows)[:, None] * WIDTH
        penalties = ((5 + torch.arange(1, LIMIT + 1)) / 6) ** ALPHA
        values = torch.zeros(rows, WIDTH, LIMIT, dtype=torch.long)
        never = torch.full((rows, WIDTH), -torch.inf)
        live = never.clone()
        live[:, 0] = 0
        pool = {"scores": never, "log_probs": never, "values": values}
        pool["lengths"] = torch.zeros(rows, WIDTH, dtype=torch.long)
        for t in range(LIMIT):
            h, context = self.step(x, h, memory)
            logits = self.logits(torch.cat([h, context], -1))
            totals = live.view(-1, 1) + torch.log_softmax(logits, -1)
            kept, places = totals.view(rows, -1).topk(WIDTH)
            parents, symbols = begin + places // V, places % V
            h, x = h[parents.flatten()], self.targets(symbols.flatten())
            values = values.view(-1, LIMIT)[parents]
            values[:, :, t] = symbols
            ends = symbols == END
            if ends.any():
                scores = torch.where(ends, kept / penalties[t], -torch.inf)
                new = {"scores": scores, "log_probs": kept, "values": values}
                pool = merged(pool, new | {"lengths": torch.full_like(symbols, t + 1)})
            live = torch.where(ends, -torch.inf, kept)
            hope = live.max(1).values / penalties[-1]
            if not (hope > pool["scores"].min(1).values).any():
                break
        found = pool["scores"][:, 0] > -torch.inf
        leading = live.argmax(1)
        others = {"values": values, "log_probs": live, "lengths": torch.full_like(places, t + 1)}
        each = torch.arange(rows)
        return {
            name: torch.where(
                found.view(-1, *[1] * (other.ndim - 2)), pool[name][:, 0], other[each, leading]
            )
            for name, other in others.items()
        }


def merged(pool: dict[str, torch.Tensor], new: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The best by score, as many as the pool has."""
    both = {name: torch.cat([pool[name], new[name]], 1) for name in pool}
    _, order = both["scores"].topk(WIDTH)
    each = torch.arange(len(order))[:, None]
    return {name: tensor[each, order] for name, tensor in both.items()}

"""Symbols learned and sentences translated per second, against the same network in PyTorch.

The network is the recipe's; PyTorch's masks of dropout serve both ends of the encoder, which
costs it less. Searching, both have the same weights and must find the same translations, to some
thirteen symbols; in bfloat16, where PyTorch has autocast, they need not. All
run in processes of their own, with so many cores; PyTorch in one as its users run it and in one
with the C library told to keep freed memory.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import torch
from side_by_side import as_reverie_does, best, elsewhere, load, repeat
from torch.nn import functional
from torch_translator import ALPHA, END, LIMIT, NETWORK, WIDTH, H, Net, V

from reverie.concepts import Example, SymbolSequence
from reverie.data.dataset import InMemory
from reverie.layers import round_matrices
from reverie.recipes.translation import Config
from reverie.runtime import keep_freed_memory
from reverie.search.sources import SearchSettings
from reverie.tasks.translation import build as assembly
from reverie.tasks.translation.generate import Translator
from reverie.training.build import build_optimiser, build_rate
from reverie.training.mesh import global_mesh
from reverie.training.objectives import Smoothing, TeacherForcing
from reverie.training.parametrisations import Direct
from reverie.training.sequences import SequenceReader
from reverie.training.update import Update

LEARNING = Config().training
ROWS, SOURCE, TARGET = 64, 24, 20
"""Of a batch to learn from."""
SENTENCES, LENGTH = 64, 14
SHARPER, KEPT = 90.0, 3.0
"""The logits of the untrained network are times the one; the other makes sentences of some 14."""


class Found(NamedTuple):
    """What a search took, and each sentence's best translation."""

    seconds: float
    values: list[list[int]]
    log_probs: list[float]


def network():
    """The untrained model, as the recipe has it."""
    return assembly.translator(NETWORK, V, V, rng=np.random.default_rng(0))


def speaker():
    """One that is surer of itself, and has a unit that tells when the end is due."""

    def clock(model):
        decoder, emission = model.core.core.layers[0].cell, model.emission
        return (
            decoder.bridge.linear.W,
            decoder.cell.b,
            emission.linear.W,
            emission.linear.b,
            emission.output.W,
        )

    model = network()
    first, b, deep, due, E = clock(model)
    # The unit is 1 - u^t, u being about sigmoid(KEPT); its half turns the end's logit round.
    new = (
        first.at[0].set(0),
        b.at[jnp.array([H, 2 * H])].set(jnp.array([KEPT, 9.0])),
        deep.at[0].set(0).at[0, 0].set(40),
        due.at[0].set(-20),
        (SHARPER * E).at[END].set(0).at[END, 0].set(SHARPER),
    )
    return eqx.tree_at(clock, model, new)


def sentences() -> np.ndarray:
    """Sources to translate."""
    return np.random.default_rng(1).integers(2, V, (SENTENCES, LENGTH), np.int32)


def parts(whole: Any, rows: int) -> list[Any]:
    """So many at a time."""
    return [whole[begin : begin + rows] for begin in range(0, len(whole), rows)]


def batch() -> tuple[np.ndarray, ...]:
    """Sources and targets to learn from."""
    rng = np.random.default_rng(2)
    return tuple(rng.integers(2, V, (ROWS, steps), np.int32) for steps in (SOURCE, TARGET))


def exported(path: Path) -> int:
    """Writes the speaker's weights under PyTorch's names; how many weights it has."""
    model = speaker()
    attentive, ends = model.core.core.layers[0], model.encoder.core
    bridge, U = attentive.cell.bridge, attentive.cell.cell.U
    named = {
        "sources.weight": model.encoder.E,
        "targets.weight": model.feedback.E,
        "first.weight": bridge.linear.W,
        "first.bias": bridge.linear.b,
        "query.weight": U[3 * H :],
        "keys.weight": attentive.score.U,
        "v": attentive.score.v,
        "deep.weight": model.emission.linear.W,
        "deep.bias": model.emission.linear.b,
        "out.weight": model.emission.output.W,
        "out.bias": model.emission.output.b,
    }
    decoder = attentive.cell.cell
    inputs = jnp.concatenate([decoder.W, attentive.F], 1)
    cells = {"decoder.{}": eqx.tree_at(lambda c: (c.W, c.U), decoder, (inputs, U[: 3 * H]))}
    cells |= {"encoder.{}_l0": ends.forward.core, "encoder.{}_l0_reverse": ends.backward.core}
    for name, cell in cells.items():
        named[name.format("weight_ih")], named[name.format("weight_hh")] = cell.W, cell.U
        named[name.format("bias_ih")] = cell.b
        named[name.format("bias_hh")] = jnp.concatenate([jnp.zeros(2 * H), cell.bh])
    np.savez(path, **named)
    return sum(w.size for w in jax.tree.leaves(eqx.filter(model, eqx.is_inexact_array)))


def update(optimiser: str, averaging: float):
    """One update, as `reverie train` makes it, and its arguments."""
    training = replace(LEARNING, optimiser=optimiser, averaging=averaging)
    sources, targets = batch()
    pairs = zip(sources, targets, strict=True)
    examples = [Example(target, source=SymbolSequence.of(source)) for source, target in pairs]
    reader = SequenceReader(InMemory(examples), ROWS)
    made = Update(
        TeacherForcing((Smoothing(training.smoothing),)),
        build_optimiser(training),
        build_rate(training),
        global_mesh(),
        reader.elements,
        reader.beginning,
        training.clip_norm,
        training.averaging,
    )
    learned = jax.tree.map(jnp.asarray, reader.batch(np.arange(ROWS)).examples)
    learner = made.begin(Direct(network()), ROWS, jax.random.key(0))
    rest = (jnp.array(True), jnp.full((1, 3), 0.5), jnp.ones(()), jax.random.key(1))
    return jax.jit(made.__call__), (learner, learned, *rest)


def learning(optimiser: str, averaging: float, rounds: int) -> float:
    """Seconds of it."""
    step, arguments = update(optimiser, averaging)
    return best({"": repeat(step, *arguments)}, rounds)[""]


class Plainly:
    """A medium whose texts are their symbols."""

    end = END

    def encode_source(self, text: np.ndarray, unknown: str) -> np.ndarray:
        return text

    def decode_target(self, values: np.ndarray) -> str:
        return ""


def searching(rows: int, rounds: int, bfloat16: bool = False) -> Found:
    """Sentences translated as `reverie translate` does it, in batches of its own choice."""
    model = round_matrices(speaker()) if bfloat16 else speaker()
    translator = Translator(model, Plainly())
    asked, sources = SearchSettings(WIDTH, ALPHA, longest=LIMIT), list(sentences())

    def work():
        return [t for s in parts(sources, rows) for t in translator.translate(s, asked)]

    seconds, found = best({"": work}, rounds)[""], [each[0] for each in work()]
    return Found(seconds, [each.values.tolist() for each in found], [e.log_prob for e in found])


def weights() -> int:
    """How many PyTorch's network has."""
    return sum(w.numel() for w in Net().parameters())


def pytorch_learning(rounds: int) -> float:
    """Seconds of an update: the same loss, clipping and Adam."""
    net = Net()
    optimiser = torch.optim.Adam(net.parameters(), LEARNING.rate, fused=True)
    sources, targets = (torch.as_tensor(values).long() for values in batch())
    lengths = torch.full((ROWS,), SOURCE)

    def work():
        optimiser.zero_grad()
        logits = net(sources, lengths, targets)
        functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), label_smoothing=LEARNING.smoothing
        ).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), LEARNING.clip_norm)
        optimiser.step()

    return best({"": work}, rounds)[""]


def pytorch_searching(path: Path, rows: int, rounds: int, bfloat16: bool = False) -> Found:
    """The same search; in bfloat16 by autocast."""
    net = Net().eval()
    with np.load(path) as arrays:
        net.load_state_dict({name: torch.from_numpy(arrays[name]) for name in arrays.files})
    sources, lengths = torch.as_tensor(sentences()).long(), torch.full((rows,), LENGTH)

    def work():
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            return [net.search(s, lengths) for s in parts(sources, rows)]

    seconds, found = best({"": work}, rounds)[""], work()
    first = [
        (v[:n], p)
        for f in found
        for v, n, p in zip(f["values"], f["lengths"], f["log_probs"], strict=True)
    ]
    return Found(seconds, [v.tolist() for v, _ in first], [p.item() for _, p in first])


def agree(ours: Found, theirs: Found) -> None:
    """Raises AssertionError unless both found the same."""
    assert ours.values == theirs.values, "the translations differ"
    np.testing.assert_allclose(ours.log_probs, theirs.log_probs, rtol=0, atol=1e-3)


def begin(cores: list[int], prepared: Callable[[], object] | None = None) -> None:
    """Before the work of a process."""
    os.sched_setaffinity(0, cores)
    torch.set_num_threads(len(cores))
    if prepared is not None:
        prepared()


def told(what: str, unit: str, count: int, times: tuple[float, ...], aim: float | None) -> str:
    """A row of the table: Reverie's rate, PyTorch's in two ways, and the ratios."""
    rates = "".join(f"{count / t:>14,.1f}" for t in times)
    ratios = "".join(f"{t / times[0]:>8.2f}" for t in times[1:])
    return f"{what:<40}{unit:<14}{rates}{ratios}{'' if aim is None else f'{aim:.1f}':>6}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2, help="cores of each side")
    parser.add_argument("--rounds", type=int, default=15, help="repetitions")
    parser.add_argument("--quick", action="store_true", help="two repetitions: does it work?")
    asked = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[-asked.threads :]
    if len(cores) < asked.threads:
        parser.error(f"there are {len(cores)} cores, not {asked.threads}")
    rounds = 2 if asked.quick else asked.rounds
    busy = os.getloadavg()[0] > 1
    print(f"best of {rounds}, {len(cores)} cores for each side ({load()})")
    if busy:
        print("something else is running: these figures say little")
    with (
        tempfile.TemporaryDirectory() as folder,
        elsewhere(partial(begin, cores, as_reverie_does)) as reverie,
        elsewhere(partial(begin, cores)) as plain,
        elsewhere(partial(begin, cores, keep_freed_memory)) as keeping,
    ):
        path = Path(folder) / "weights.npz"
        count, theirs = reverie.submit(exported, path).result(), plain.submit(weights).result()
        # PyTorch's GRUs have two biases for gates r and u, of which one would do.
        assert count == theirs - 3 * 2 * H, (count, theirs)
        print(f"{count:,} weights; PyTorch has {theirs - count:,} more, the GRUs' second biases")
        head = f"{'':<54}{'Reverie':>14}{'PyTorch':>14}{'kept memory':>14}"
        print(f"{head}{'ratio':>8}{'kept':>8}{'aim':>6}")

        def both(work: Callable[..., Any], *arguments: Any) -> list[Any]:
            return [pool.submit(work, *arguments).result() for pool in (plain, keeping)]

        took = both(pytorch_learning, rounds)
        for optimiser, averaging, aim in (("adam", 0.0, 2.0), ("muon", LEARNING.averaging, None)):
            ours = reverie.submit(learning, optimiser, averaging, rounds).result()
            also = " (with averaging)" if averaging else ""
            what = f"training, {optimiser}{also}"
            print(told(what, "symbols/s", ROWS * TARGET, (ours, *took), aim), flush=True)
        for rows, bfloat16, aim in (
            (1, False, 3.0),
            (64, False, 2.0),
            (1, True, 3.0),
            (64, True, 2.0),
        ):
            found = reverie.submit(searching, rows, rounds, bfloat16).result()
            others = both(pytorch_searching, path, rows, rounds, bfloat16)
            for other in others if not bfloat16 else ():
                agree(found, other)
            what = f"translating {rows} at once{', bfloat16' * bfloat16}"
            times = (found.seconds, *(other.seconds for other in others))
            print(told(what, "sentences/s", SENTENCES, times, aim), flush=True)
    print(load())


if __name__ == "__main__":
    main()

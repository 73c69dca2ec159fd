"""How much a loop of XLA does in each step: instructions of its body, and leaves that it carries.

XLA's CPU client pays for every instruction of a loop, and for every array that the loop carries, in
each step. An instruction here is one that is called: a fusion, a product, a loop or a conditional
inside; names of parts and constants are free. The loops are those of a whole update as `reverie
train` makes it, forward before backward, of generating with drawing, and of a beam search; those of
five steps make random bits outside of them.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import handwriting
import jax
import numpy as np
import training
import translation_speed
from side_by_side import as_reverie_does
from training import V

from reverie.cells.catalogue import cell_names
from reverie.concepts import Condition, SymbolSequence
from reverie.model import SequenceModel
from reverie.rollout import nothing, rollout
from reverie.samplers import Sample
from reverie.search.beam import beam
from reverie.stop import OnSymbol
from reverie.tasks.text.build import symbol_model
from reverie.tasks.text.options import Network

H, ROWS, STEPS = 128, 8, 16
FREE = {"parameter", "constant", "tuple", "get-tuple-element", "bitcast"}
WRAPPERS: dict[str, dict[str, Any]] = {
    "three layers": {"layers": 3},
    "skips": {"layers": 3, "skips": True},
    "dropout": {"dropout_in": 0.2, "dropout_out": 0.2},
    "recurrent dropout": {"recurrent_dropout": 0.2},
    "zoneout": {"zoneout": 0.1},
    "projection": {"projection": 64},
    "layer norm": {"layer_norm": True},
    "clipped derivatives": {"clip_gates": 10.0},
}


class Loop(NamedTuple):
    """A while loop of a compiled program."""

    steps: str
    """As XLA knows them; `?` where the data decide."""
    instructions: int
    leaves: int


def find_loops(compiled: str) -> Iterator[Loop]:
    """The loops of a program in XLA's text form, in its order."""
    bodies: dict[str, list[str]] = {"": []}
    name = ""
    for line in compiled.splitlines():
        if line.endswith("{") and (found := re.match(r"(?:ENTRY )?%?([\w.-]+) ", line)):
            name = found[1]
            bodies[name] = []
        elif " = " in line:
            bodies[name].append(line)
    for line in compiled.splitlines():
        if " while(" in line and (called := re.search(r"body=%?([\w.-]+)", line)):
            trips = re.search(r'"known_trip_count":\{"n":"(\d+)"', line)
            shapes = line.split(" = ", 1)[1].split(" while(")[0]
            count = sum(kind(each) not in FREE for each in bodies[called[1]])
            yield Loop(trips[1] if trips else "?", count, len(re.findall(r"\w+\[", shapes)))


def kind(line: str) -> str:
    """What an instruction is: the word before its arguments."""
    found = re.search(
        r"([\w-]+)\(", re.sub(r"\([^()]*\) (?=\w)|/\*.*?\*/", "", line.split(" = ")[1])
    )
    return found[1] if found else ""


def text_model(network: Network) -> SequenceModel:
    return symbol_model(network, V, rng=np.random.default_rng(0))


def generating(model: Any, condition: Condition = Condition(), rows: int = 1) -> str:
    """A rollout with drawing, compiled."""

    def one(model: Any, key: Any) -> Any:
        how: dict[str, Any] = {"condition": condition, "record": nothing, "score": False}
        return rollout(model, Sample(), STEPS, key=key, **how).values

    keys = jax.random.split(jax.random.key(0), rows)
    run = jax.vmap(one, (None, 0)) if rows > 1 else one
    return jax.jit(run).lower(model, keys if rows > 1 else keys[0]).compile().as_text()


def searching() -> str:
    """A beam search of the translator, compiled."""
    model = translation_speed.network()

    def one(model: Any, source: SymbolSequence) -> Any:
        return beam(model, 5, STEPS, condition=model.condition(source), stop=OnSymbol(1))

    source = SymbolSequence.of(np.arange(2, 12, dtype=np.int32))
    return jax.jit(one).lower(model, source).compile().as_text()


def programs() -> Iterator[tuple[str, Callable[[], str]]]:
    """What is counted, by name."""
    networks = {cell: Network(cell=cell, hidden=H) for cell in cell_names()}
    for name, options in WRAPPERS.items():
        networks[f"lstm, {name}"] = Network(cell="lstm", hidden=H, **options)
    for name, network in networks.items():
        model = text_model(network)
        yield f"update, {name}", lambda m=model: lowered(training.update(m, ROWS, STEPS))
    yield "update, window and three layers", lambda: lowered(handwriting.update(3, H, ROWS, STEPS))
    yield "update, attention", lambda: lowered(translation_speed.update("adam", 0.0))
    for cell in ("lstm", "gru"):
        model = text_model(Network(cell=cell, hidden=H))
        yield f"generating, {cell}", lambda model=model: generating(model)
    model = text_model(Network(layers=3, hidden=H))
    yield "generating, three layers", lambda: generating(model)
    yield "generating, three layers, 8 at once", lambda: generating(model, rows=8)
    pen, text = handwriting.network(3, H), handwriting.told(np.random.default_rng(0))
    yield "generating, window and three layers", lambda: generating(pen, text)
    yield "beam search, attention", searching


def lowered(update: tuple[Any, tuple[Any, ...]]) -> str:
    """A step and its arguments, compiled."""
    step, arguments = update
    return step.lower(*arguments).compile().as_text()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="programs whose name contains this")
    only = parser.parse_args().only
    as_reverie_does()
    print(f"{'':<42}{'loops':>7}{'steps':>7}{'instructions':>14}{'leaves':>8}")
    for name, compiled in programs():
        if only in name:
            for loop, count in Counter(find_loops(compiled())).items():
                sizes = f"{count:>7}{loop.steps:>7}{loop.instructions:>14}{loop.leaves:>8}"
                print(f"{name:<42}{sizes}", flush=True)
                name = ""


if __name__ == "__main__":
    main()
